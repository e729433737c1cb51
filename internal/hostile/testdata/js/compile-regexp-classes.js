// A pattern of classes of all letters, without regard to case.
// outcome: ok or timeout or script_error
// first: dies
eval('/' + '[\\u0000-\\uffff]'.repeat(1e4) + '/i')
