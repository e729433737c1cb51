// Identifiers of escapes and odd letters.
// outcome: script_error or timeout or ok or limit
new Function('var ' + '\\u0061'.repeat(1e5) + ' = 1; var \u{1d4d0}\u200c\u200d = 2')
