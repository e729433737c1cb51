package hostapi

// PanicError is the cause of a [CodeInternal] error that began as a panic: a
// fault of Postern or of a [Connector]. A program that embeds the engine finds it
// with errors.As and should log the stack.
type PanicError struct {
	Value any    // what was given to panic; may hold anything, so the text omits it
	Stack []byte // as debug.Stack returns it
}

// Error does not tell the value.
func (*PanicError) Error() string { return "panic" }
