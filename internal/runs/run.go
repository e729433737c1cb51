package runs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// State is the state of a run.
type State string

// The states. A run begins as queued; the last four are final.
const (
	Queued      State = "queued"      // waits for its time, for a worker, or for another run of its task
	Running     State = "running"     // a node executes it
	Waiting     State = "waiting"     // waits for a time or a signal, and holds nothing
	Succeeded   State = "succeeded"   // has a result
	Failed      State = "failed"      // has an error
	Canceled    State = "canceled"    // was cancelled before it ended
	Interrupted State = "interrupted" // its node ended, and it must not be repeated unseen
)

// States returns all states, in the order of a run's life.
func States() []State {
	return []State{Queued, Running, Waiting, Succeeded, Failed, Canceled, Interrupted}
}

// Ended reports whether the state is final.
func (s State) Ended() bool {
	switch s {
	case Succeeded, Failed, Canceled, Interrupted:
		return true
	case Queued, Running, Waiting:
	}
	return false
}

// Trigger is why a run exists.
type Trigger string

// The triggers.
const (
	ByAPI      Trigger = "api"      // a client or a user started it
	BySchedule Trigger = "schedule" // a schedule did
	ByEvent    Trigger = "event"    // a webhook or a start event did
	ByRetry    Trigger = "retry"    // it repeats another run, see Run.RetryOf
)

// Errors of methods that name a run or a schedule, found by [errors.Is].
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
)

// Run is a run as it was when it was read. Times are zero for what has not happened.
type Run struct {
	ID      string // a UUID of version 7
	Request        // with its defaults; without NotBefore and Key
	State   State
	Trigger Trigger

	Schedule string    // id of the schedule that started it
	Tick     time.Time // the time of the schedule that it is for
	RetryOf  string    // id of the run that it repeats
	EventRun string    // id of the run of the start event or webhook that started it

	Attempt int       // counts how often it, or what follows a wait, was begun
	Losses  int       // counts attempts that ended with their node
	Waits   int       // counts how often it has waited
	Unsafe  bool      // a request that must not be repeated may have been sent, since the last wait
	Due     time.Time // when a queued or waiting run goes on; zero for a signal only
	Node    string    // id of the node that executes it

	CanceledBy string // who asked for its end

	Created  time.Time
	Started  time.Time // when it was begun first
	Finished time.Time

	Result []byte
	Error  *hostapi.Error // of the last attempt, unless that succeeded; nil otherwise

	Resume  []byte   // Wait.State of the last wait
	Signals [][]byte // what came by Runs.Signal since, oldest first; only for Execute
	Memory  []byte   // what the last run of the same schedule remembered; only for Execute

	token     int64 // increases whenever the run is taken or lost
	lastSeq   int64 // of Signals
	requested bool  // its end was asked for
}

// head are the columns of a list, body those with the bytes of one run.
const (
	head = `id, tenant, task, version, actor, priority, timeout, slots, rate_runs, rate_per, attempts, safe, state, started_by, schedule, tick, retry_of, event_run,
		attempt, losses, waits, unsafe, coalesce(due, 0), node, canceled_by, cancel_requested, created, started, finished, error, token`
	body = `, input, result, resume`
)

// scanRun reads head, and body if the row has it.
func scanRun(row interface{ Scan(dest ...any) error }, withBody bool) (*Run, error) {
	var run Run
	var timeout, ratePer, safe, unsafe, tick, due, cancelRequested, created, started, finished int64
	var problem string
	dest := []any{
		&run.ID, &run.Tenant, &run.Task, &run.Version, &run.Actor, &run.Priority, &timeout, &run.Concurrency, &run.Rate.Runs, &ratePer, &run.Attempts, &safe,
		&run.State, &run.Trigger, &run.Schedule, &tick, &run.RetryOf, &run.EventRun, &run.Attempt, &run.Losses, &run.Waits, &unsafe, &due, &run.Node, &run.CanceledBy,
		&cancelRequested, &created, &started, &finished, &problem, &run.token,
	}
	if withBody {
		dest = append(dest, &run.Input, &run.Result, &run.Resume)
	}
	if err := row.Scan(dest...); err != nil {
		return nil, err
	}
	run.Timeout, run.Rate.Per = millis(timeout), millis(ratePer)
	run.Safe, run.Unsafe, run.requested = safe != 0, unsafe != 0, cancelRequested != 0
	run.Tick, run.Created, run.Started, run.Finished = database.Time(tick), database.Time(created), database.Time(started), database.Time(finished)
	if due != never {
		run.Due = database.Time(due)
	}
	if problem != "" {
		stored := storedError{Code: hostapi.CodeInternal, Message: "the stored error is damaged"}
		_ = json.Unmarshal([]byte(problem), &stored) // one damaged row must not keep others from being taken
		run.Error = stored.error()
	}
	return &run, nil
}

// scanRuns reads and closes rows.
func scanRuns(rows *sql.Rows, withBody bool) ([]*Run, error) {
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var runs []*Run
	for rows.Next() {
		run, err := scanRun(rows, withBody)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, rows.Err()
}

// Get returns a run. The error matches [ErrNotFound] if there is none with that id.
func (r *Runs) Get(ctx context.Context, id string) (*Run, error) {
	const op = "get run"
	run, err := scanRun(r.db.QueryRowContext(ctx, "SELECT "+head+body+" FROM postern_runs WHERE id = $1", id), true)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, notFound(op, "run", id)
	case err != nil:
		return nil, r.db.Failed(ctx, op, "", err)
	}
	return run, nil
}

// state returns the state of a run, without its bytes.
func (r *Runs) state(ctx context.Context, op, id string) (state State, err error) {
	ctx, cancel := inTime(ctx)
	defer cancel()
	err = r.db.QueryRowContext(ctx, "SELECT state FROM postern_runs WHERE id = $1", id).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", notFound(op, "run", id)
	case err != nil:
		return "", r.db.Failed(ctx, op, "", err)
	}
	return state, nil
}

func notFound(op, kind, id string) error {
	return &hostapi.Error{
		Code: hostapi.CodeInvalidArgument, Op: op, Name: id, Message: "there is no such " + kind,
		Hint: "it may have been deleted", Reason: ErrNotFound,
	}
}

func conflict(op, id, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: id, Message: message, Hint: hint, Reason: ErrConflict}
}

func invalid(op, name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message, Hint: hint}
}

// storedError is an error of a run as JSON. Values that a script threw are not kept: they are
// of any size.
type storedError struct {
	Code      hostapi.Code    `json:"code"`
	Op        string          `json:"op,omitempty"`
	Name      string          `json:"name,omitempty"`
	Message   string          `json:"message,omitempty"`
	Hint      string          `json:"hint,omitempty"`
	File      string          `json:"file,omitempty"`
	Line      int             `json:"line,omitempty"`
	Column    int             `json:"column,omitempty"`
	Stack     []hostapi.Frame `json:"stack,omitempty"`
	Transient bool            `json:"transient,omitempty"`
}

const maxErrorText = 16 << 10

func encodeError(err error) (code, text string) {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		e = &hostapi.Error{Code: hostapi.CodeOf(err), Message: err.Error()}
	}
	message := e.Message
	if e.Cause != nil {
		if message != "" {
			message += ": "
		}
		message += e.Cause.Error()
	}
	stored := storedError{
		e.Code, plain(e.Op), plain(e.Name), plain(message), plain(e.Hint), plain(e.File), e.Line, e.Column, slices.Clone(e.Stack), e.Temporary(),
	}
	for i := range stored.Stack {
		stored.Stack[i].Function, stored.Stack[i].File = plain(stored.Stack[i].Function), plain(stored.Stack[i].File)
	}
	encoded, err := json.Marshal(stored)
	if err != nil { // it has texts and numbers only
		return string(e.Code), `{"code":"internal"}`
	}
	return string(e.Code), string(encoded)
}

// plain returns text that the databases accept, of a bounded length.
func plain(text string) string {
	if len(text) > maxErrorText {
		text = text[:maxErrorText] + "…"
	}
	return database.Plain(text)
}

func (s *storedError) error() *hostapi.Error {
	return &hostapi.Error{
		Code: s.Code, Op: s.Op, Name: s.Name, Message: s.Message, Hint: s.Hint,
		File: s.File, Line: s.Line, Column: s.Column, Stack: s.Stack, Transient: s.Transient,
	}
}
