// An exception whose message never ends.
// outcome: timeout or script_error
throw { get message() { for (;;); }, toString() { for (;;); } }
