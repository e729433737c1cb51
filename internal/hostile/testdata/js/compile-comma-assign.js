// An assignment that destructures fifty thousand names.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval("var [" + Array.from({ length: 5e4 }, (_, i) => "a" + i + "=" + i).join(",") + "] = []")
