// eval in eval.
// outcome: script_error
const code = 'eval(code)'
eval(code)
