// with on the host objects.
// outcome: ok or script_error
new Function('o', 'with (o) { return typeof constructor + typeof process }')(engine)
