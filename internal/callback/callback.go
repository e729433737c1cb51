// Package callback attributes panics in code of the embedding program, such as a store
// or a callback function, to that program instead of to Postern.
package callback

import (
	"runtime/debug"

	"github.com/postern-dev/postern/hostapi"
)

// Recover turns a panic in name, which the embedding program supplied, into an error.
// It must be deferred around the call of name and nothing else.
func Recover(op, name string, err *error) {
	if x := recover(); x != nil {
		*err = &hostapi.Error{
			Code: hostapi.CodeInternal, Op: op, Message: name + " panicked",
			Hint:  "this is a fault of the program that embeds Postern; the cause of the error, a *hostapi.PanicError, has the stack",
			Cause: &hostapi.PanicError{Value: x, Stack: debug.Stack()},
		}
	}
}
