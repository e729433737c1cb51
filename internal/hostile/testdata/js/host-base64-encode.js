// base64 of a hundred megabytes.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: dies or late
base64.encodeToString('x'.repeat(1e8))
