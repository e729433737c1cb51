// A tag that never returns.
// outcome: timeout
((s, ...v) => { for (;;); })`a${1}b`
