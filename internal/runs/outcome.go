package runs

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Outcome is how one attempt ended. The zero value is success without a result.
type Outcome struct {
	Result []byte // of one that failed, too: what it did until then
	Err    error  // nil: it succeeded, or waits

	// Retry says that the failure may pass. The run is queued again, unless an attempt that
	// was not Safe has sent a request that must not be repeated, or there were as many
	// attempts as may be.
	Retry bool

	// Safe says that the run may be repeated whatever it has sent, as Request.Safe does for
	// all attempts.
	Safe bool

	// After is how long to wait before the next attempt. Default: RetryAfter of the error;
	// without it 1 s, doubled with each attempt up to 5 minutes, and varied by a quarter.
	After time.Duration

	// Wait makes the run wait instead of ending. Nil: it has ended.
	Wait *Wait

	// Memory is what the next run of the same schedule gets as Run.Memory, stored together
	// with the outcome, also of one that failed. Nil: what was remembered before.
	Memory []byte
}

// Wait is what a run waits for. It holds no worker meanwhile, and survives restarts. Afterwards
// Execute is called again, as the first attempt; what was sent before is no reason not to
// repeat it.
type Wait struct {
	Until time.Time // zero: only for a signal
	State []byte    // Run.Resume of the next call
}

// mayRepeat is the rule for an attempt that ended without a result. Runs.interruptedBy has
// the same in SQL.
func (run *Run) mayRepeat(unsafe, safe bool) bool { return !unsafe || safe || run.Safe }

// transition is the next state of a run that this node executes, and what is stored with it.
type transition struct {
	state  State
	err    error
	result []byte
	log    int // bytes of the log of the attempt
	memory []byte
	delay  time.Duration // of a queued run
	until  int64         // of a waiting run
	resume []byte
	queue  string // of a waiting run, when it goes on
	undone bool   // the attempt does not count
}

// next decides what an outcome means.
func (r *Runs) next(x *execution, o Outcome, cause error) transition {
	run, unsafe := x.run, x.progress.isUnsafe()
	switch {
	case o.Err == nil && o.Wait != nil:
		return r.wait(run, o)
	case o.Err == nil && len(o.Result) > r.config.MaxResult:
		return transition{state: Failed, err: &hostapi.Error{
			Code: hostapi.CodeLimit, Op: "run", Name: run.Task,
			Message: fmt.Sprintf("the result has %d bytes, and may have %d", len(o.Result), r.config.MaxResult), Hint: "store large files elsewhere",
		}}
	case o.Err == nil:
		return transition{state: Succeeded, result: o.Result, memory: o.Memory}
	case errors.Is(cause, errCanceled):
		return transition{state: Canceled, err: errCanceled}
	case errors.Is(cause, errStopping) && run.mayRepeat(unsafe, o.Safe):
		return transition{state: Queued, undone: true}
	case errors.Is(cause, errStopping):
		return transition{state: Interrupted, err: interrupted(unsafe)}
	case o.Retry && run.mayRepeat(unsafe, o.Safe) && run.Attempt-run.Losses < run.Attempts:
		return transition{state: Queued, err: o.Err, delay: cmp.Or(o.After, retryAfter(o.Err), backoff(run.Attempt))}
	}
	err := o.Err
	if _, explained := errors.AsType[*hostapi.Error](err); !explained && errors.Is(cause, hostapi.ErrTimeLimit) {
		err = cause
	}
	t := transition{state: Failed, err: err, memory: o.Memory}
	if len(o.Result) <= r.config.MaxResult {
		t.result = o.Result
	}
	return t
}

func (r *Runs) wait(run *Run, o Outcome) transition {
	if len(o.Wait.State) > r.config.MaxResult {
		return transition{state: Failed, err: &hostapi.Error{
			Code: hostapi.CodeLimit, Op: "run", Name: run.Task,
			Message: fmt.Sprintf("what it keeps while it waits has %d bytes, and may have %d", len(o.Wait.State), r.config.MaxResult),
		}}
	}
	queue, err := queueOf(&run.Request, true).key()
	if err != nil {
		return transition{state: Failed, err: err}
	}
	t := transition{state: Waiting, until: never, resume: o.Wait.State, queue: queue, memory: o.Memory}
	if !o.Wait.Until.IsZero() {
		t.until = database.Millis(o.Wait.Until)
	}
	return t
}

// retryAfter returns how long a server asked to wait, 0 if it did not.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// backoff returns how long to wait after that many attempts.
func backoff(attempts int) time.Duration {
	const longest = 5 * time.Minute
	wait := longest
	if shift := attempts - 1; shift < 9 {
		wait = min(longest, time.Second<<shift)
	}
	return wait*3/4 + rand.N(wait/2) //nolint:gosec // no secret
}

func interrupted(unsafe bool) *hostapi.Error {
	e := &hostapi.Error{Code: hostapi.CodeClosed, Op: "run", Message: "the server ended while it ran", Hint: "start it again"}
	if unsafe {
		e.Message += ", and a request that must not be repeated may have been sent"
		e.Hint = "look at its requests and at the other side, then start it again if that is right"
	} else {
		e.Message += ", for the third time"
		e.Hint = "the run may be the cause: look at its log, then start it again"
	}
	return e
}

const opSettle = "store the outcome of a run"

// store makes a transition, unless the run is no longer this node's.
func (r *Runs) store(run *Run, t transition, entries []entry) error {
	return r.writer.write(context.Background(), opSettle, func(ctx context.Context, tx *sql.Tx) error {
		now := t
		changed, signaled, err := r.change(ctx, tx, run, now)
		if err == nil && !changed && !now.state.Ended() { // its end was asked for meanwhile
			now = transition{state: Canceled, err: errCanceled, log: t.log}
			changed, signaled, err = r.change(ctx, tx, run, now)
		}
		if err != nil || !changed { // not changed: it is another node's, or was stored before
			return err
		}
		return r.storeRest(ctx, tx, run, now, entries, signaled)
	})
}

// change changes the row, if it may. It also returns whether there may be signals.
func (r *Runs) change(ctx context.Context, tx *sql.Tx, run *Run, t transition) (changed, signaled bool, err error) {
	var code, problem string
	if t.err != nil {
		code, problem = encodeError(t.err)
	}
	statement := r.statements.end
	args := []any{run.ID, run.token}
	switch t.state {
	case Queued:
		statement = r.statements.queue
		args = append(args, flag(t.undone), code, problem, t.delay.Milliseconds(), t.log)
	case Waiting:
		statement = r.statements.wait
		args = append(args, t.resume, t.until, t.log, t.queue)
	default:
		args = append(args, t.state, code, problem, t.result, t.log+len(t.result))
	}
	var signals int
	err = tx.StmtContext(ctx, statement).QueryRowContext(ctx, args...).Scan(&signals)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, false, nil
	case err != nil:
		return false, false, r.db.Failed(ctx, opSettle, "", err)
	}
	return true, signals != 0, nil
}

// storeRest stores what belongs to a transition beside the row of the run.
func (r *Runs) storeRest(ctx context.Context, tx *sql.Tx, run *Run, t transition, entries []entry, signaled bool) error {
	if err := r.insertEntries(ctx, tx, run.ID, entries); err != nil {
		return err
	}
	if t.memory != nil && run.Schedule != "" {
		if _, err := r.exec(ctx, tx, opSettle, "UPDATE postern_runs_schedules SET memory = $2 WHERE id = $1", run.Schedule, t.memory); err != nil {
			return err
		}
	}
	if !signaled || t.state == Queued {
		return nil
	}
	seen := run.lastSeq
	if t.state.Ended() {
		seen = never
	}
	if _, err := r.exec(ctx, tx, opSettle, "DELETE FROM postern_runs_signals WHERE run = $1 AND seq <= $2", run.ID, seen); err != nil {
		return err
	}
	if t.state == Waiting { // for a signal that came while it ran
		_, err := r.exec(ctx, tx, opSettle, `
			UPDATE postern_runs SET due = {now}, turn = priority
			WHERE id = $1 AND EXISTS (SELECT 1 FROM postern_runs_signals WHERE run = $1)`, run.ID)
		return err
	}
	return nil
}
