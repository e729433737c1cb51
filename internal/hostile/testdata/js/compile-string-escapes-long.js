// A literal of five hundred thousand escapes and continuations.
// outcome: ok
Function('return "' + '\\u{1F600}\\x41\\\n\\0'.repeat(1e5) + '"')().length
