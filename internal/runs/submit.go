package runs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/internal/database"
)

// Request is what a run is asked to do. Texts have at most 255 bytes.
type Request struct {
	Tenant  string `json:"tenant,omitempty"`  // may be empty
	Task    string `json:"task"`              // name of the task
	Version string `json:"version,omitempty"` // of the task; empty: as Execute decides
	Actor   string `json:"actor,omitempty"`   // who asked; may be empty

	Input []byte `json:"input,omitempty"` // for Execute

	// Priority is from 1, the first, to 4, the last. Default: 2.
	Priority int `json:"priority,omitempty"`

	// Timeout bounds each attempt; the time in the queue and waiting does not count.
	// Default: 1 h.
	Timeout time.Duration `json:"timeout,omitempty"`

	// NotBefore is when the run may begin. Zero: now.
	NotBefore time.Time `json:"not_before,omitzero"`

	// Concurrency is how many runs of the same tenant and task may be executed at once, on
	// all nodes together. 0: no bound.
	Concurrency int `json:"concurrency,omitempty"`

	// Rate bounds how many runs of the same tenant and task begin within a time. Zero: no
	// bound.
	Rate Rate `json:"rate,omitzero"`

	// Attempts is how often the run is begun at most when attempts fail and may be repeated.
	// One that ended with its node does not count, up to two times. Default: 3.
	Attempts int `json:"attempts,omitempty"`

	// Safe says that the task may be repeated even if it has sent requests that change
	// something: that it does the same when it runs twice.
	Safe bool `json:"safe,omitempty"`

	// Key makes that a repeated call returns the run of the first one, as long as that is
	// kept. It is of the tenant and actor. Empty: each call is a new run.
	Key string `json:"-"`
}

// Bounds of a Request.
const (
	maxName     = 255
	maxPriority = 4
	maxAttempts = 100
	maxTimeout  = 30 * 24 * time.Hour
)

// check returns the request with its defaults.
func (q Request) check(op string, maxInput int) (Request, error) {
	for _, text := range []struct{ field, value string }{
		{"tenant", q.Tenant}, {"task", q.Task}, {"version", q.Version}, {"actor", q.Actor}, {"idempotency key", q.Key},
	} {
		if !isName(text.value) {
			return q, invalid(op, text.field, fmt.Sprintf("has more than %d bytes, or characters that are not printable", maxName), "")
		}
	}
	if q.Task == "" {
		return q, invalid(op, "task", "is empty", "name the task to run")
	}
	q.Priority, q.Timeout, q.Attempts = cmp.Or(q.Priority, 2), cmp.Or(q.Timeout, time.Hour), cmp.Or(q.Attempts, 3)
	switch {
	case len(q.Input) > maxInput:
		return q, invalid(op, "input", fmt.Sprintf("has %d bytes, and may have %d", len(q.Input), maxInput), "pass large files by reference")
	case q.Priority < 1 || q.Priority > maxPriority:
		return q, invalid(op, "priority", fmt.Sprintf("is %d", q.Priority), "write a number from 1 (first) to 4 (last)")
	case q.Timeout < time.Millisecond || q.Timeout > maxTimeout:
		return q, invalid(op, "timeout", "is "+q.Timeout.String(), "write a time from 1 ms to 720 h")
	case q.Attempts < 1 || q.Attempts > maxAttempts:
		return q, invalid(op, "attempts", fmt.Sprintf("is %d", q.Attempts), "write a number from 1 to 100")
	case q.Concurrency < 0:
		return q, invalid(op, "concurrency", "is negative", "write 0 for no bound")
	}
	return q, q.Rate.check(op)
}

// isName reports whether text may be a name in the database, in a log and on a page.
func isName(text string) bool {
	return len(text) <= maxName && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// fingerprint tells requests apart that have the same key.
func (q Request) fingerprint() (string, error) {
	encoded, err := json.Marshal(q)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), nil
}

// Submit stores a run and returns it; once it returns, the run survives the end of any
// process. A call with the same key as an earlier one returns the run of that one, in its
// present state. Errors:
//   - [hostapi.CodeInvalidArgument]: the request is not valid, or has the key of another
//     request ([ErrConflict])
//   - [hostapi.CodeOverloaded]: as many runs are queued as may be, of all tenants or of this one
//     ([ErrTenantBusy])
//   - [hostapi.CodeClosed]: [Runs.Stop] was called
func (r *Runs) Submit(ctx context.Context, request Request, trigger Trigger) (*Run, error) {
	return r.submit(ctx, request, draft{trigger: trigger})
}

// SubmitEvent is [Runs.Submit] for what another run, of a start event or webhook, starts. Until that one has ended, the
// new run is kept, so that a repeated attempt finds it by its key.
func (r *Runs) SubmitEvent(ctx context.Context, request Request, eventRun string) (*Run, error) {
	return r.submit(ctx, request, draft{trigger: ByEvent, eventRun: eventRun})
}

// Retry submits what another run was asked to do as a new run. The error matches
// [ErrNotFound], or [ErrConflict] if that run has not ended; otherwise as [Runs.Submit].
func (r *Runs) Retry(ctx context.Context, id, actor string) (*Run, error) {
	run, err := r.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !run.State.Ended() {
		return nil, conflict(opSubmit, id, "the run is "+string(run.State), "cancel it, or wait until it has ended")
	}
	request := run.Request
	request.Actor = actor
	return r.submit(ctx, request, draft{trigger: ByRetry, retryOf: id})
}

const opSubmit = "start run"

// draft is what a new run has beside its request.
type draft struct {
	trigger  Trigger
	schedule string
	tick     int64
	retryOf  string
	eventRun string
}

func (r *Runs) submit(ctx context.Context, request Request, d draft) (*Run, error) {
	if r.isStopping() {
		return nil, closedError(opSubmit)
	}
	request, err := request.check(opSubmit, r.config.MaxInput)
	if err != nil {
		return nil, err
	}
	if d.trigger == "" {
		d.trigger = ByAPI
	}
	full, err := r.room(ctx, task{request.Tenant, request.Task})
	if err != nil {
		return nil, err
	}
	if full != nil {
		return r.submittedBefore(ctx, request, full)
	}
	id := uuid.Must(uuid.NewV7()).String()
	var run *Run
	err = r.writer.write(ctx, opSubmit, func(ctx context.Context, tx *sql.Tx) error {
		run, err = r.insert(ctx, tx, id, request, d)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case run == nil:
		return r.submittedBefore(ctx, request, conflict(opSubmit, "", "the run with this idempotency key was deleted meanwhile", "try again"))
	}
	r.queued.add(request.Tenant)
	r.someReady()
	return run, nil
}

// insert inserts a checked request. It returns nil if there is a run with its key.
func (r *Runs) insert(ctx context.Context, tx *sql.Tx, id string, q Request, d draft) (*Run, error) {
	fingerprint, err := q.fingerprint()
	if err != nil {
		return nil, err
	}
	queue, err := queueOf(&q, false).key()
	if err != nil {
		return nil, err
	}
	key := sql.NullString{String: q.Key, Valid: q.Key != ""}
	notBefore := database.Millis(q.NotBefore)
	run, err := scanRun(tx.StmtContext(ctx, r.statements.insert).QueryRowContext(ctx,
		id, q.Tenant, q.Task, q.Version, q.Actor, q.Priority, q.Timeout.Milliseconds(), q.Concurrency, q.Attempts, flag(q.Safe),
		d.trigger, d.schedule, d.tick, d.retryOf, d.eventRun, key, fingerprint, q.Input, notBefore, len(q.Input),
		q.Rate.Runs, q.Rate.Per.Milliseconds(), queue), false)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, r.db.Failed(ctx, opSubmit, "", err)
	}
	run.Input = q.Input
	return run, nil
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

// submittedBefore returns the run with the key of the request, and the error none if there is none.
func (r *Runs) submittedBefore(ctx context.Context, q Request, none error) (*Run, error) {
	if q.Key == "" {
		return nil, none
	}
	var id, fingerprint string
	err := r.db.QueryRowContext(ctx, "SELECT id, fingerprint FROM postern_runs WHERE tenant = $1 AND actor = $2 AND idempotency_key = $3",
		q.Tenant, q.Actor, q.Key).Scan(&id, &fingerprint)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, none
	case err != nil:
		return nil, r.db.Failed(ctx, opSubmit, "", err)
	}
	want, err := q.fingerprint()
	if err != nil {
		return nil, err
	}
	if fingerprint != want {
		return nil, conflict(opSubmit, id, "this run has the same idempotency key, and was another request", "use a new key for each request")
	}
	return r.Get(ctx, id)
}
