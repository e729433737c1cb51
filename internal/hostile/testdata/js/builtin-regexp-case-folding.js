// A case-insensitive back reference to a long text.
// outcome: ok or limit or timeout or script_error or invalid_argument
// first: late
/(.+)\1\1\1$/iu.test("ſK".repeat(5e4) + "x")
