// toString that never returns.
// outcome: timeout
`${{ toString() { for (;;); } }}`
