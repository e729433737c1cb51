// An optional chain of a hundred thousand links.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval("var a = {}; a" + "?.b".repeat(1e5))
