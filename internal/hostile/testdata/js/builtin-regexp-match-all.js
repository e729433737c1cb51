// matchAll with a pattern that matches nothing, of a long text.
// outcome: limit or timeout or script_error
// first: dies or late
for (const m of 'a'.repeat(1e7).matchAll(/(?:)/g)) ;
