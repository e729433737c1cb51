// A string literal of five megabytes of escapes.
// outcome: ok or timeout or script_error
// first: late
eval('"' + '\\u{61}'.repeat(1e6) + '"')
