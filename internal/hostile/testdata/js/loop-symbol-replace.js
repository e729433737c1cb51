// A replacement that never returns.
// outcome: timeout
'a'.replace(/a/, () => { for (;;); })
