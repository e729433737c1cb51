package runs

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Why an execution is cancelled.
var (
	errCanceled = &hostapi.Error{Code: hostapi.CodeCanceled, Op: "run", Message: "it was cancelled"}
	errStopping = &hostapi.Error{Code: hostapi.CodeClosed, Op: "run", Message: "the server is stopping"}
	errLost     = &hostapi.Error{
		Code: hostapi.CodeClosed, Op: "run", Message: "this run is no longer this server's",
		Hint: "other servers have seen no heartbeat of this one for some time",
	}
)

// execution is a run that this node executes.
type execution struct {
	run      *Run
	cancel   context.CancelCauseFunc
	progress *Progress
}

// begin executes a run that was taken.
func (r *Runs) begin(run *Run) {
	ctx, cancel := context.WithCancelCause(context.Background())
	x := &execution{run, cancel, newProgress(r, run)}
	r.mu.Lock()
	r.running[run.ID] = x
	r.mu.Unlock()
	r.workers.Go(func() {
		defer r.wakeTaker()
		defer r.forget(x)
		defer cancel(nil)
		limited, stop := context.WithTimeoutCause(ctx, run.Timeout, &hostapi.Error{
			Code: hostapi.CodeTimeout, Op: "run", Name: run.Task, Message: "took longer than " + run.Timeout.String(),
			Hint: "allow it more time with timeout", Reason: hostapi.ErrTimeLimit,
		})
		defer stop()
		outcome := r.call(limited, x)
		r.settle(x, outcome, context.Cause(limited)) //nolint:contextcheck // stored although its context has ended
	})
}

func (r *Runs) forget(x *execution) {
	r.mu.Lock()
	if r.running[x.run.ID] == x { // not a later attempt on this node, after others had taken the run
		delete(r.running, x.run.ID)
	}
	r.mu.Unlock()
	r.ring(x.run.ID)
}

// call calls Config.Execute. A panic is the outcome of that run alone.
func (r *Runs) call(ctx context.Context, x *execution) (outcome Outcome) {
	defer func() {
		if v := recover(); v != nil {
			text := fmt.Sprintf("a %T", v) // the value may be a secret of the task
			if fault, ok := v.(goruntime.Error); ok {
				text = fault.Error()
			}
			r.config.Log.Error("runs: a run panicked: "+text+"\n"+string(debug.Stack()), "run", x.run.ID)
			outcome = Outcome{Err: &hostapi.Error{
				Code: hostapi.CodeInternal, Op: "run", Name: x.run.Task, Message: "a fault in the server", Hint: "its log has the details; please report it",
			}}
		}
	}()
	return r.config.Execute(ctx, x.run, x.progress)
}

// settle stores the outcome, however long the database takes, unless the node ends before.
func (r *Runs) settle(x *execution, outcome Outcome, cause error) {
	if errors.Is(cause, errLost) {
		return
	}
	entries, size := x.progress.close()
	next := r.next(x, outcome, cause)
	next.log = size
	err := r.untilStored(context.Background(), x.run, "store an outcome", func() error { return r.store(x.run, next, entries) })
	if err != nil && !errors.Is(err, errLost) {
		r.config.Log.Error("runs: the server ends before it could store how a run has ended: "+err.Error(), "run", x.run.ID)
	}
}

// untilStored calls store until it succeeds, the run is another node's, or ctx or the node ends. It
// returns the last error. The database may restart, or its disk be full, meanwhile.
func (r *Runs) untilStored(ctx context.Context, run *Run, what string, store func() error) error {
	const longest = 2 * time.Second
	err := store()
	if err == nil || errors.Is(err, errLost) {
		return err
	}
	r.unstored.Add(1)
	defer r.unstored.Add(-1)
	last := ""
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, longest) {
		last = r.logged(last, fmt.Errorf("%s %s: %w", what, run.ID, err))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		case <-r.ended:
			return err
		}
		if err = store(); err == nil || errors.Is(err, errLost) {
			return err
		}
	}
}
