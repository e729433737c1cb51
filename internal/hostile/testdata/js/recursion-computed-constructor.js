// The constructor by a computed name.
// outcome: script_error
(() => {})['con' + 'structor']('['.repeat(3e6))
