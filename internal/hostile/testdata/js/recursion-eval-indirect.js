// Indirect eval in itself.
// outcome: script_error
globalThis.code = '(0, eval)(code)'
;(0, eval)(code)
