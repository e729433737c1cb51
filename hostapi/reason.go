package hostapi

import "errors"

// What [Error.Reason] may be where several packages have the same reason. [errors.Is]
// finds it.
var (
	// ErrClosed: the engine, the connection manager or the store was closed, before the
	// call or during it. Errors that match it have [CodeClosed].
	ErrClosed = errors.New("closed")

	// ErrNoConnections: the host has no connection, or none of the type that is needed.
	ErrNoConnections = errors.New("no connections are configured")

	// ErrNotGranted: the connection exists, and the task may not use it.
	ErrNotGranted = errors.New("the connection is not granted to the task")

	// ErrNoRule: no rule of the task or of the program allows the destination.
	ErrNoRule = errors.New("no rule allows the destination")

	// ErrTimeLimit: the task reached its own time limit, [Limits].Time. Without it, a
	// [CodeTimeout] of a task is the deadline of the caller's context, or of one request.
	ErrTimeLimit = errors.New("the time limit of the task was reached")
)
