// Property names that are long ropes.
// outcome: timeout or limit
const o = {}; let s = 'k'; for (let i = 0; ; i++) { s += 'é' + i; o[s] = i; o[s + s] }
