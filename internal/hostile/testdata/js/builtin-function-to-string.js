// toString of a long function, again and again.
// outcome: limit or timeout or script_error
// first: dies or late
const f = new Function('/*' + 'x'.repeat(5e6) + '*/'); for (;;) f.toString() + f.toString()
