// Identifiers of unicode escapes, a megabyte long.
// outcome: ok or timeout
Function('var ' + '\\u{000000000000000000061}'.repeat(5e4) + ' = 1, ' + '\\u0061'.repeat(1e5) + ' = 2')()
