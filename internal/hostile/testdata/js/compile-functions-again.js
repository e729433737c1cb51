// Functions made for ever.
// outcome: timeout
// first: late
for (let i = 0; ; i++) new Function('return ' + i)
