package hostapi

// PanicError is the cause of a [CodeInternal] error that began as a panic: a fault of
// Postern, or of what the embedding program supplied, such as a [Connector], a store,
// a transport or a function to be called, which the message of the error then names. A
// program finds it with errors.As and should log the stack.
type PanicError struct {
	Value any    // what was given to panic; may hold anything, so the text omits it
	Stack []byte // as debug.Stack returns it
}

// Error does not tell the value.
func (*PanicError) Error() string { return "panic" }
