// A pattern of counts in counts.
// outcome: ok or limit or timeout or script_error or invalid_argument
new RegExp("(".repeat(8) + "a" + "{1,99})".repeat(8)).test("a".repeat(1e3))
