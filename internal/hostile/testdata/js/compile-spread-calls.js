// A call of fifty thousand spread arguments.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval("Math.max(" + "...[1],".repeat(5e4) + "1)")
