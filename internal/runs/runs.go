// Package runs keeps runs in a database: a run that was accepted is stored, survives the end
// of any process, is executed by one node at a time, and ends in a state that says what is
// known. It knows nothing of tasks but a function that executes one. Start with [Open].
//
// Each state change is one transaction, guarded by a token that increases whenever a node
// takes the run or loses it, so that a node that has lost a run can change nothing.
package runs

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Config is the configuration of a node. The zero value of a field is its default.
type Config struct {
	// Name is shown in the list of nodes, such as the name of the host. It need not be
	// unique.
	Name string

	// Execute executes a run, and returns soon after ctx has ended. It is called by many
	// goroutines. Nil: this node executes none, and starts no schedules.
	Execute func(ctx context.Context, run *Run, progress *Progress) Outcome

	// Options returns a request of a schedule, of which Task and Version are set, with the version
	// and the options that the task has now: those for which a Request has fields, other than
	// Timeout. If it fails with [hostapi.CodeInvalidArgument], for example since the task was
	// deleted, a tick starts a run with the options that it was saved with, whose execution tells of
	// it. Nil: a schedule keeps those options.
	Options func(ctx context.Context, request Request) (Request, error)

	// Alone says that no other process is a node: what those before have left is given back
	// by [Open], and not after their heartbeats were missed.
	Alone bool

	// Workers is how many runs this node executes at once. Default: 16.
	Workers int

	// MaxQueued is how many runs may be queued, of all nodes together; [Runs.Submit] refuses
	// more. Other nodes are counted a fifth of a second late. Default: 10,000.
	MaxQueued int

	// Tenants has the bounds of tenants by name, and EachTenant those of every other one. All
	// nodes need the same. Default: none.
	Tenants    map[string]TenantBounds
	EachTenant TenantBounds

	// MaxInput and MaxResult bound the bytes of one run. Default: 16 MiB each.
	MaxInput, MaxResult int

	// MaxLog bounds the bytes of the log of one attempt. Default: 1 MiB.
	MaxLog int

	// Keep is for how long ended runs are kept, KeepRuns how many of them at most, and
	// KeepBytes how many bytes their inputs, results and logs may have together. The oldest
	// are deleted every ten minutes. Default: 30 days, 100,000 and 4 GiB; negative: no bound.
	Keep      time.Duration
	KeepRuns  int
	KeepBytes int64

	// Poll is how often this node looks for what other nodes have done. Default: 200 ms.
	Poll time.Duration

	// Heartbeat is how often this node shows that it is alive. One that others have not seen
	// for five of their heartbeats has lost its runs. Default: 1 s.
	Heartbeat time.Duration

	// Grace is how long [Runs.Stop] waits for runs that it had to cancel. Default: 5 s.
	Grace time.Duration

	// Log gets failures of what this node does in the background. Nil: none.
	Log *slog.Logger
}

const mebibyte = 1 << 20

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(c.Workers, 16)
	c.MaxQueued = cmp.Or(c.MaxQueued, 10_000)
	c.MaxInput = cmp.Or(c.MaxInput, 16*mebibyte)
	c.MaxResult = cmp.Or(c.MaxResult, 16*mebibyte)
	c.MaxLog = cmp.Or(c.MaxLog, mebibyte)
	c.Keep = cmp.Or(c.Keep, 30*24*time.Hour)
	c.KeepRuns = cmp.Or(c.KeepRuns, 100_000)
	c.KeepBytes = cmp.Or(c.KeepBytes, 4<<30)
	c.Poll = cmp.Or(c.Poll, 200*time.Millisecond)
	c.Heartbeat = cmp.Or(c.Heartbeat, time.Second)
	c.Grace = cmp.Or(c.Grace, 5*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Runs is one node. It is safe for concurrent use.
type Runs struct {
	config Config
	db     *database.DB
	node   string
	now    *strings.Replacer // puts the dialect into a statement

	statements statements
	writer     writer
	watchers   watchers
	others     others
	queued     queued

	wake    chan struct{} // a run may have become ready, or a worker free
	cancel  context.CancelFunc
	loops   sync.WaitGroup // of the node itself; ended by cancel
	workers sync.WaitGroup

	stopOnce sync.Once
	stopped  chan struct{} // closed when Stop begins
	ended    chan struct{} // closed when nothing more is written

	taking sync.Mutex // held from taking runs until they are in running
	served served     // by claim

	mu      sync.Mutex
	running map[string]*execution // by id of the run

	unstored atomic.Int64 // runs with something that could not be stored yet
}

// Open creates or updates the tables in db, and starts a node. Call [Runs.Stop] when done;
// db stays open. Tables of a newer version are refused with [hostapi.CodeConfig].
func Open(ctx context.Context, db *database.DB, config Config) (*Runs, error) {
	if err := db.Update(ctx, tables()); err != nil {
		return nil, err
	}
	r := &Runs{
		config: config.withDefaults(), db: db, node: uuid.NewString(),
		now:     strings.NewReplacer("{now}", db.Dialect.Now),
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}), ended: make(chan struct{}),
		running: make(map[string]*execution), served: served{last: make(map[string]int64)},
		others: others{tell: newNotices()},
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	r.writer.start(db, r.ended) //nolint:contextcheck // writes until Stop
	if err := r.join(ctx); err != nil {
		close(r.ended)
		return nil, errors.Join(err, r.statements.close())
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	r.startTelling(background)
	r.loops.Go(func() { r.every(background, r.config.Heartbeat, r.newHeartbeat().beat) })
	r.loops.Go(func() { r.every(background, r.config.Poll, r.poll) })
	r.loops.Go(func() {
		r.logged("", r.retain(background))
		r.every(background, pruneInterval, r.retain)
	})
	if r.config.Execute != nil {
		r.loops.Go(func() { r.take(background) })
		r.loops.Go(func() { r.every(background, r.config.Poll, r.tick) })
	}
	return r, nil
}

// every calls do at that interval until ctx ends. An error is logged when it begins, and
// not again while it lasts.
func (r *Runs) every(ctx context.Context, interval time.Duration, do func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			last = r.logged(last, do(ctx))
		}
	}
}

// logged logs an error that is not the last one, and returns its text. An outage of the database is told by those who
// watch [database.DB.Outage], once for all that fails by it.
func (r *Runs) logged(last string, err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if text != last && !errors.Is(err, context.Canceled) && database.OutageOf(err) == "" {
		r.config.Log.Error("runs: "+text, "node", r.node)
	}
	return text
}

// sql puts the dialect into a statement.
func (r *Runs) sql(statement string) string { return r.now.Replace(statement) }

// exec executes a statement in a transaction and returns how many rows it changed.
func (r *Runs) exec(ctx context.Context, tx *sql.Tx, op, statement string, args ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, r.sql(statement), args...)
	if err != nil {
		return 0, r.db.Failed(ctx, op, "", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, r.db.Failed(ctx, op, "", err)
	}
	return n, nil
}

// someReady makes this node look for runs that are ready, and others if it has no free worker.
func (r *Runs) someReady() {
	r.wakeTaker()
	if r.config.Execute == nil || r.free() == 0 {
		r.tell(tellReady)
	}
}

// wakeTaker makes this node look for runs that are ready.
func (r *Runs) wakeTaker() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Unstored returns how many runs of this node have ended, or are about to send a request, and wait for the database to
// store it.
func (r *Runs) Unstored() int { return int(r.unstored.Load()) }

// isStopping reports whether Stop was called.
func (r *Runs) isStopping() bool {
	select {
	case <-r.stopped:
		return true
	default:
		return false
	}
}

func closedError(op string) error {
	return &hostapi.Error{Code: hostapi.CodeClosed, Op: op, Message: "the server is stopping", Hint: "try again in a moment, or on another node"}
}
