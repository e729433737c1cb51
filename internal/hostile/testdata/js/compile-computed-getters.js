// An object of fifty thousand computed getters.
// outcome: ok or limit or timeout or script_error or invalid_argument
eval("({" + Array.from({ length: 5e4 }, (_, i) => "get [" + i + "]() { return 1 }").join(",") + "})")
