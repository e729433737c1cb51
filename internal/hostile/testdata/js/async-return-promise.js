// A script whose value is a thenable that never settles.
// outcome: ok or script_error
({ then() {} })
