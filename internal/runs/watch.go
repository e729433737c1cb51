package runs

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// watchers are the goroutines that wait for changes of runs. A change on this node rings at
// once; for others, one query each Config.Poll serves all of them.
type watchers struct {
	mu sync.Mutex
	of map[string]map[*watcher]struct{} // by id of the run
}

type watcher struct{ bell chan struct{} }

// watch returns a watcher of a run. Call leave when done.
func (w *watchers) watch(id string) (watching *watcher, leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	watching = &watcher{make(chan struct{}, 1)}
	if w.of == nil {
		w.of = make(map[string]map[*watcher]struct{})
	}
	if w.of[id] == nil {
		w.of[id] = make(map[*watcher]struct{})
	}
	w.of[id][watching] = struct{}{}
	return watching, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.of[id], watching)
		if len(w.of[id]) == 0 {
			delete(w.of, id)
		}
	}
}

// ring tells the watchers of a run to look again. It reports whether there are any.
func (w *watchers) ring(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for watching := range w.of[id] {
		select {
		case watching.bell <- struct{}{}:
		default: // it will look anyway
		}
	}
	return len(w.of[id]) > 0
}

// ids returns the runs that are watched.
func (w *watchers) ids() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]string, 0, len(w.of))
	for id := range w.of {
		ids = append(ids, id)
	}
	return ids
}

// ring tells the watchers of a run to look again, on other nodes too if there are none here.
func (r *Runs) ring(id string) {
	if !r.watchers.ring(id) {
		r.tell(tellEnded)
	}
}

// poll looks for what other nodes have done to the runs of this one, and to those that are
// watched here.
func (r *Runs) poll(ctx context.Context) error {
	if err := r.cancelRequested(ctx); err != nil {
		return err
	}
	return r.ringEnded(ctx)
}

// ringEnded tells the watchers of runs that have ended.
func (r *Runs) ringEnded(ctx context.Context) error {
	watched := r.watchers.ids()
	const most = 500
	for len(watched) > 0 {
		some := watched[:min(most, len(watched))]
		watched = watched[len(some):]
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		ended, err := r.ids(ctx, r.db, opWait, "SELECT id FROM postern_runs WHERE finished > 0 AND id IN ("+placeholders(1, len(args))+")", args...)
		if err != nil {
			return err
		}
		for _, id := range ended {
			r.watchers.ring(id)
		}
	}
	return nil
}

const opWait = "wait for run"

// Wait returns a run when it has ended, on any node. The error matches [ErrNotFound] if there
// is no such run; if ctx ends before, it is that of ctx, and [hostapi.CodeClosed] once
// [Runs.Stop] has returned.
func (r *Runs) Wait(ctx context.Context, id string) (*Run, error) {
	watching, leave := r.watchers.watch(id)
	defer leave()
	for {
		state, err := r.state(ctx, opWait, id)
		if err != nil {
			return nil, err
		}
		if state.Ended() {
			return r.Get(ctx, id)
		}
		select {
		case <-watching.bell:
		case <-ctx.Done():
			return nil, r.db.Failed(ctx, opWait, id, ctx.Err())
		case <-r.ended:
			return nil, closedError(opWait)
		}
	}
}

// Entries returns the log of a run after that entry, at most limit entries; after 0, from the
// start.
func (r *Runs) Entries(ctx context.Context, id string, after int64, limit int) ([]Entry, error) {
	const op = "read the log of a run"
	ctx, cancel := inTime(ctx)
	defer cancel()
	rows, err := r.db.QueryContext(ctx,
		"SELECT seq, time, attempt, kind, level, text FROM postern_runs_log WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3", id, after, limit)
	if err != nil {
		return nil, r.db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var entries []Entry
	for rows.Next() {
		var e Entry
		var at int64
		if err := rows.Scan(&e.Seq, &at, &e.Attempt, &e.Kind, &e.Level, &e.Text); err != nil {
			return nil, r.db.Failed(ctx, op, "", err)
		}
		e.Time = database.Time(at)
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, op, "", err)
	}
	return entries, nil
}

// Follow returns the log of a run after that entry (0: all of it), and what is added to it, until
// the run has ended. What another node adds is seen within Config.Poll. An error, such as
// [ErrNotFound] or that of ctx, is the last element; so is an outage of the database, by which nothing can be added.
func (r *Runs) Follow(ctx context.Context, id string, after int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		watching, leave := r.watchers.watch(id)
		defer leave()
		poll := time.NewTicker(r.config.Poll)
		defer poll.Stop()
		for {
			// The state is read first: what is logged before the end is stored with it.
			state, err := r.state(ctx, opWait, id)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			var more bool
			if after, more = r.yieldEntries(ctx, id, after, yield); !more || state.Ended() {
				return
			}
			if outage := r.db.Outage(); outage != nil {
				yield(Entry{}, outage)
				return
			}
			select {
			case <-watching.bell:
			case <-poll.C:
			case <-ctx.Done():
				yield(Entry{}, r.db.Failed(ctx, opWait, id, ctx.Err()))
				return
			case <-r.ended:
				yield(Entry{}, closedError(opWait))
				return
			}
		}
	}
}

// yieldEntries yields the entries there are after one, and returns the last one and whether to
// go on.
func (r *Runs) yieldEntries(ctx context.Context, id string, after int64, yield func(Entry, error) bool) (last int64, more bool) {
	const some = 200
	for {
		entries, err := r.Entries(ctx, id, after, some)
		if err != nil {
			yield(Entry{}, err)
			return after, false
		}
		for _, e := range entries {
			after = e.Seq
			if !yield(e, nil) {
				return after, false
			}
		}
		if len(entries) < some {
			return after, true
		}
	}
}
