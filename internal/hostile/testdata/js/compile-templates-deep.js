// Templates nested five thousand levels.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('`${'.repeat(5000) + '1' + '}`'.repeat(5000))
