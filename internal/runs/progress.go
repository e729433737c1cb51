package runs

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Kind is the kind of an [Entry].
type Kind string

// The kinds.
const (
	KindLog     Kind = "log"     // a line that the task wrote
	KindRequest Kind = "request" // a request that has ended
	KindUnsafe  Kind = "unsafe"  // a request that must not be repeated was about to be sent
	KindCut     Kind = "cut"     // the log was full: what followed was not kept
)

// Entry is one entry of the log of a run.
type Entry struct {
	Seq     int64 // increases within a run, with gaps
	Time    time.Time
	Attempt int
	Kind    Kind
	Level   hostapi.Level // of an entry of KindLog; otherwise ""
	Text    string        // at most 64 KiB
}

const (
	maxEntry   = 64 << 10
	maxEntries = 1 << 20                // of one attempt, so that seq increases
	flushDelay = 100 * time.Millisecond // until an entry is stored, at most
	flushSize  = 64 << 10               // and no later than this many bytes
)

// Progress is what an attempt reports while it runs. It is safe for concurrent use. What is
// reported must hold no secret.
type Progress struct {
	runs *Runs
	run  *Run

	mu      sync.Mutex
	n       int64   // entries so far
	size    int     // bytes so far
	full    bool    // nothing more is kept, but unsafe requests
	pending []entry // not stored yet
	waiting int     // bytes of pending
	timer   *time.Timer
	closed  bool
	unsafe  bool

	flushing sync.Mutex // keeps the order
}

// entry is an Entry to be stored.
type entry struct {
	seq, time int64
	attempt   int
	kind      Kind
	level     hostapi.Level
	text      string
}

func newProgress(r *Runs, run *Run) *Progress {
	return &Progress{runs: r, run: run, unsafe: run.Unsafe}
}

// Log adds a line of the task. It is stored within 100 ms, or together with the outcome.
func (p *Progress) Log(level hostapi.Level, text string) { p.add(KindLog, level, text) }

// Request adds a request that has ended, as Log does.
func (p *Progress) Request(text string) { p.add(KindRequest, "", text) }

// Unsafe records, before a request is sent that must not be repeated unseen, that it may have
// been. It waits for a database that does not respond, up to 30 s. If it returns an error, the
// request must not be sent: ctx or that time has ended, or the run is another node's by now.
func (p *Progress) Unsafe(ctx context.Context, text string) error {
	const op = "record a request"
	p.flushing.Lock()
	defer p.flushing.Unlock()
	p.mu.Lock()
	// Lines before it are stored with it: a reader that has seen it would not look for them.
	before := p.takePending()
	entries := append(slices.Clip(before), p.entry(KindUnsafe, "", text))
	p.mu.Unlock()
	patient, cancel := context.WithTimeout(ctx, maxTransaction)
	defer cancel()
	err := p.runs.untilStored(patient, p.run, op, func() error { return p.storeUnsafe(ctx, op, entries) })
	if err != nil {
		p.putBack(before)
		return err
	}
	p.mu.Lock()
	p.unsafe = true
	p.mu.Unlock()
	p.runs.watchers.ring(p.run.ID)
	return nil
}

func (p *Progress) storeUnsafe(ctx context.Context, op string, entries []entry) error {
	mine := false
	err := p.runs.writer.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		n, err := p.runs.exec(ctx, tx, op, "UPDATE postern_runs SET unsafe = 1 WHERE id = $1 AND token = $2 AND state = 'running'", p.run.ID, p.run.token)
		mine = n > 0
		if err != nil || !mine {
			return err
		}
		return p.runs.insertEntries(ctx, tx, p.run.ID, entries)
	})
	if err == nil && !mine {
		err = errLost
	}
	return err
}

func (p *Progress) isUnsafe() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unsafe
}

func (p *Progress) add(kind Kind, level hostapi.Level, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full || p.closed {
		return
	}
	if p.size+len(text) > p.runs.config.MaxLog || p.n >= maxEntries-maxEntry {
		p.full = true
		kind, level, text = KindCut, "", fmt.Sprintf("the log has more than %d bytes: what follows was not kept", p.runs.config.MaxLog)
	}
	e := p.entry(kind, level, text)
	p.waiting += len(e.text)
	p.pending = append(p.pending, e)
	switch {
	case p.waiting >= flushSize:
		if p.timer != nil {
			p.timer.Stop()
		}
		p.timer = time.AfterFunc(0, p.flush)
		p.waiting = 0
	case p.timer == nil:
		p.timer = time.AfterFunc(flushDelay, p.flush)
	}
}

// entry makes the next entry. The token of the attempt makes it later than those of attempts
// before.
func (p *Progress) entry(kind Kind, level hostapi.Level, text string) entry {
	p.n++
	if len(text) > maxEntry {
		text = strings.ToValidUTF8(text[:maxEntry-len("…")], "") + "…"
	}
	p.size += len(text) + len(kind)
	return entry{p.run.token*maxEntries + p.n, time.Now().UnixMilli(), p.run.Attempt, kind, level, database.Plain(text)}
}

// flush stores what is pending.
func (p *Progress) flush() {
	p.flushing.Lock()
	defer p.flushing.Unlock()
	p.mu.Lock()
	entries := p.takePending()
	p.mu.Unlock()
	if len(entries) == 0 {
		return
	}
	err := p.runs.writer.write(context.Background(), "store the log of a run", func(ctx context.Context, tx *sql.Tx) error {
		return p.runs.insertEntries(ctx, tx, p.run.ID, entries)
	})
	if err != nil {
		p.putBack(entries)
		return
	}
	p.runs.watchers.ring(p.run.ID)
}

// takePending returns what is not stored yet. The caller holds mu, and flushing until it is stored.
func (p *Progress) takePending() []entry {
	if p.timer != nil {
		p.timer.Stop()
	}
	entries := p.pending
	p.pending, p.waiting, p.timer = nil, 0, nil
	return entries
}

// putBack returns entries that could not be stored: they go with the next ones, or with the outcome.
func (p *Progress) putBack(entries []entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(entries, p.pending...)
}

// close ends the log, and returns what was not stored, and the bytes of all.
func (p *Progress) close() (entries []entry, size int) {
	p.flushing.Lock() // after a flush that has begun
	defer p.flushing.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return p.takePending(), p.size
}

// insertEntries stores entries, many in one statement.
func (r *Runs) insertEntries(ctx context.Context, tx *sql.Tx, run string, entries []entry) error {
	const columns, most = 7, 100
	for len(entries) > 0 {
		some := entries[:min(most, len(entries))]
		entries = entries[len(some):]
		var b strings.Builder
		b.WriteString("INSERT INTO postern_runs_log (run, seq, time, attempt, kind, level, text) VALUES ")
		args := make([]any, 0, columns*len(some))
		for i, e := range some {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(" + placeholders(1+columns*i, columns) + ")")
			args = append(args, run, e.seq, e.time, e.attempt, e.kind, e.level, e.text)
		}
		b.WriteString(" ON CONFLICT (run, seq) DO NOTHING") // one that was stored although the reply was lost
		if _, err := r.exec(ctx, tx, "store the log of a run", b.String(), args...); err != nil {
			return err
		}
	}
	return nil
}
