// Classes nested five thousand levels.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('class A{static{'.repeat(4000) + '}}'.repeat(4000))
