// Brackets, quotes and comments that are not closed.
// outcome: ok or timeout or script_error
// first: late
for (const x of ['(', '[', '{', '`', '`${', '"', "'", '/*', '/', '<!--', '#', '@', '\\']) try { eval(x.repeat(5000)) } catch (e) { if (!(e instanceof SyntaxError)) throw e }
