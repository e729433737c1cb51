// A replacement that repeats all of the text for each letter.
// outcome: limit or timeout or script_error
// first: dies
'x'.repeat(1e5).replace(/x/g, "$`$'")
