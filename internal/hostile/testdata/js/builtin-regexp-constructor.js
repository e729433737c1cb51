// Patterns that are compiled for ever.
// outcome: timeout
// first: dies or late
for (let i = 0; ; i++) new RegExp('(?:a{0,500}b' + i + '){1,2}')
