// Package ring runs jobs in worker processes, which are copies of this program without
// its environment, files and rights. It knows processes and frames, and not what is in
// the frames.
//
// A [Pool] keeps workers warm. A job takes one, exchanges frames with it, and puts it back
// if it ended by itself. The pool watches the deadline and the memory of every job, and
// kills the worker of one that exceeds them.
//
// The program has to call [Main] at the top of its main function.
package ring

import (
	"errors"
	"sync/atomic"
	"time"
)

// Config has the bounds of a [Pool]. Every number must be set.
type Config struct {
	// Start starts a worker. Default nil: as a copy of this program.
	Start func() (Process, error)

	// MachineCode lets the workers make memory executable, as compilers do to make machine
	// code. Such workers are not prepared, see [Main].
	MachineCode bool

	Workers int           // jobs at once, at least 1
	Spare   int           // workers kept ready, beside those at work; 0: none
	Uses    int           // jobs of a worker before it is replaced, at least 1
	Idle    time.Duration // after which an idle worker that is no spare is stopped
}

// Limits bound one job.
type Limits struct {
	// Memory is how many private bytes the process may have, beside those that it had when
	// it was idle.
	Memory int64

	// Grace is how long a job may take to end by itself after its context has ended.
	Grace time.Duration
}

// Errors of a [Pool].
var (
	// ErrMain: the program has not called [Main].
	ErrMain = errors.New("the program does not call Main")

	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("the pool is closed")
)

// mainCalled says that the program calls [Main], so that a copy of it will too. Without,
// a copy would be a second instance of the program.
var mainCalled atomic.Bool //nolint:gochecknoglobals // of this process, as its arguments are

// Reason is why a worker has died.
type Reason string

// The reasons.
const (
	Exited   Reason = "exited"   // it ended by itself, or something else killed it
	Late     Reason = "late"     // the job did not end with its context
	TooLarge Reason = "memory"   // it had more memory than its limit
	TooDeep  Reason = "stack"    // its stack exceeded the maximum
	Broken   Reason = "protocol" // it sent what it must not send
)

// Death tells how a worker has ended.
type Death struct {
	Reason Reason
	Stderr string // the first lines of what it wrote there, as one; may be empty
}

// Protection is what holds a worker beside its limits, as far as the kernel allows. It
// always has no new privileges, no environment and no files.
type Protection struct {
	Namespaces []string // that it does not share with its parent
	Landlock   int      // version of the ABI; 0: not available
	Seccomp    bool
}
