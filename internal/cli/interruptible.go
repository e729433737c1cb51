package cli

import (
	"context"
	"io"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
)

// interruptible returns what read does, or an error as soon as ctx ends. What is read may be a pipe, which waits for
// what writes to it, and Go has no way to end that: the call is left behind for the end of the process.
func interruptible[T any](ctx context.Context, op string, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, &hostapi.Error{Code: hostapi.CodeCanceled, Op: op, Message: "was cancelled"}
	}
}

// text is what was read.
type text struct {
	content []byte
	file    string // what errors call it
}

// readText reads a file, or stdin if its name is -, as [input.ReadTextFrom] does.
func readText(ctx context.Context, path string, stdin io.Reader) (text, error) {
	return interruptible(ctx, "read "+path, func() (text, error) {
		content, file, err := input.ReadTextFrom(path, stdin)
		return text{content, file}, err
	})
}
