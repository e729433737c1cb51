// An exception with a message of fifty megabytes.
// outcome: script_error or limit or timeout
throw new Error('x'.repeat(5e7))
