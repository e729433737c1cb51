// eval by a computed name.
// outcome: script_error
globalThis['ev' + 'al']('['.repeat(3e6))
