// Package callback tells a panic in what the embedding program supplied, such as a
// store or a function to be called, from one in Postern.
package callback

import (
	"runtime/debug"

	"github.com/postern-dev/postern/hostapi"
)

// Recover makes an error of a panic in name, which the embedding program supplied. It
// must be deferred, around the call of name and nothing else.
func Recover(op, name string, err *error) {
	if x := recover(); x != nil {
		*err = &hostapi.Error{
			Code: hostapi.CodeInternal, Op: op, Message: name + " panicked",
			Hint:  "this is a fault of the program that embeds Postern; the cause of the error, a *hostapi.PanicError, has the stack",
			Cause: &hostapi.PanicError{Value: x, Stack: debug.Stack()},
		}
	}
}
