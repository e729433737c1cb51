// Characters of a text, again and again.
// outcome: timeout
const s = 'a'.repeat(1e6); for (;;) for (const c of s) ;
