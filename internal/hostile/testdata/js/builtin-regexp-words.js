// A pattern that backtracks for ever: words.
// outcome: timeout or ok
// first: dies
/^(\w+\s?)*(?=!)$/.test('word '.repeat(30) + '?')
