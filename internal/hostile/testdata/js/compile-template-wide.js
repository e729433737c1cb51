// A template of a hundred thousand expressions.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval("`" + "${1}".repeat(1e5) + "`")
