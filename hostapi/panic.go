package hostapi

// PanicError is the cause of a [CodeInternal] error that was a panic: a fault of
// Postern, or of something that the embedding program supplied, such as a [Connector],
// a store, a transport or a callback, which the message of the error then names. Find
// it with errors.As, and log the stack.
type PanicError struct {
	Value any    // argument of panic; it may hold a secret, so the text omits it
	Stack []byte // from debug.Stack
}

// Error returns "panic", without the value.
func (*PanicError) Error() string { return "panic" }
