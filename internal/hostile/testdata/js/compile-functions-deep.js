// Functions nested ten thousand levels.
// outcome: script_error or timeout or ok or limit
// first: late
new Function('function f(){'.repeat(9000) + '}'.repeat(9000))
