package runs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// cooldown is how long a node pauses after it has taken runs, so that under load it takes
// several in one transaction.
const cooldown = 3 * time.Millisecond

const opTake = "take runs"

// take takes runs that are ready while there are free workers, until ctx ends.
func (r *Runs) take(ctx context.Context) {
	poll := time.NewTicker(r.config.Poll)
	defer poll.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-poll.C:
		}
		last = r.logged(last, r.takeAll(ctx))
		pause(ctx, cooldown)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// takeAll takes runs until no worker is free or nothing is ready.
func (r *Runs) takeAll(ctx context.Context) error {
	for {
		free := r.free()
		if free == 0 {
			return nil
		}
		ready, err := r.isAnyReady(ctx)
		if err != nil || !ready {
			return err
		}
		n, err := r.takeSome(ctx, free)
		if err != nil || n == 0 {
			return err
		}
	}
}

// takeSome begins up to n runs, and returns how many.
func (r *Runs) takeSome(ctx context.Context, n int) (int, error) {
	r.taking.Lock()
	defer r.taking.Unlock()
	if r.isStopping() {
		return 0, nil
	}
	runs, err := r.claim(ctx, n)
	if err != nil {
		return 0, err
	}
	if len(runs) == n { // there may be more
		r.tell(tellReady)
	}
	for _, run := range runs {
		r.begin(run) //nolint:contextcheck // goes on when nothing more is taken
	}
	return len(runs), nil
}

func (r *Runs) free() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.config.Workers-len(r.running))
}

// isAnyReady looks without a lock.
func (r *Runs) isAnyReady(ctx context.Context) (bool, error) {
	var ready bool
	if err := r.statements.anyReady.QueryRowContext(ctx).Scan(&ready); err != nil {
		return false, r.db.Failed(ctx, opTake, "", err)
	}
	return ready, nil
}

// claim makes this node the one that executes up to n runs that are ready. Nodes do it one
// after the other, so that no bound is exceeded.
func (r *Runs) claim(ctx context.Context, n int) ([]*Run, error) {
	var runs []*Run
	err := r.writer.alone(ctx, opTake, func(ctx context.Context, tx *sql.Tx) error {
		if r.db.Dialect == database.PostgreSQL {
			const lock = 0x506f73745275 // any number that nothing else uses
			if _, err := tx.ExecContext(ctx, "SELECT "+preferIndexes+", pg_advisory_xact_lock($1)", int64(lock)); err != nil {
				return r.db.Failed(ctx, opTake, "", err)
			}
		}
		if _, err := tx.StmtContext(ctx, r.statements.ready).ExecContext(ctx); err != nil {
			return r.db.Failed(ctx, opTake, "", err)
		}
		ids, err := r.candidates(ctx, tx, n)
		if err != nil {
			return r.db.Failed(ctx, opTake, "", err)
		}
		if runs = nil; len(ids) == 0 {
			return nil
		}
		// The expression keeps PostgreSQL from looking for the ids among all that are ready.
		rows, err := tx.QueryContext(ctx, r.sql(`
			UPDATE postern_runs SET state = 'running', node = $1, token = token + 1, attempt = attempt + 1, due = NULL, turn = NULL,
				started = CASE WHEN started = 0 THEN {now} ELSE started END
			WHERE coalesce(turn, 0) > 0 AND id IN (`+placeholders(2, len(ids))+`)
			RETURNING `+head+body), append([]any{r.node}, ids...)...)
		if err == nil {
			runs, err = scanRuns(rows, true)
		}
		if err != nil {
			return r.db.Failed(ctx, opTake, "", err)
		}
		for _, run := range runs {
			if run.Rate.Runs > 0 && run.Waits == 0 {
				if err := r.recordStart(ctx, tx, task{run.Tenant, run.Task}, run.Rate); err != nil {
					return err
				}
			}
		}
		return r.readSignals(ctx, tx, runs)
	})
	return runs, err
}

// candidates returns the ids of up to n runs that are ready and that no bound keeps from beginning, in turn.
// What it reads depends on the number of queues and on n, not on how many runs wait or were
// kept.
func (r *Runs) candidates(ctx context.Context, tx *sql.Tx, n int) ([]any, error) {
	queues, err := r.waitingQueues(ctx, tx)
	if err != nil || len(queues) == 0 {
		return nil, err
	}
	t := turns{queues: queues, busy: busy{make(map[task]int), make(map[string]int)}, bounds: r.config.boundsOf, served: &r.served}
	if len(queues) > 1 || queues[0].Slots > 0 || t.bounds(queues[0].Tenant).Running > 0 {
		if t.busy, err = r.countBusy(ctx, tx); err != nil {
			return nil, err
		}
	}
	for _, q := range queues {
		if q.Rate.Runs > 0 {
			if q.left, _, err = r.rateLeft(ctx, tx, q.task(), q.Rate); err != nil {
				return nil, err
			}
		}
	}
	t.forget()
	var ids []any
	for len(ids) < n {
		from, run := t.next()
		if from == nil {
			break
		}
		ids = append(ids, run.id)
		if len(from.runs) == 0 && len(ids) < n {
			if from.runs, err = r.following(ctx, tx, from.key, run, n-len(ids)); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// waitingQueues returns the queues with runs that are ready, each with the run at its head.
func (r *Runs) waitingQueues(ctx context.Context, tx *sql.Tx) ([]*waitingQueue, error) {
	rows, err := tx.StmtContext(ctx, r.statements.heads).QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var queues []*waitingQueue
	for rows.Next() {
		q, run := new(waitingQueue), place{}
		if err := rows.Scan(&q.key, &run.turn, &run.due, &run.id); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(q.key), &q.queue); err != nil {
			r.config.Log.Error("runs: a stored run is damaged, and is not begun: "+err.Error(), "run", run.id)
			continue
		}
		q.runs = []place{run}
		queues = append(queues, q)
	}
	return queues, rows.Err()
}

// following returns up to n runs of a queue that follow one.
func (r *Runs) following(ctx context.Context, tx *sql.Tx, key string, run place, n int) ([]place, error) {
	rows, err := tx.StmtContext(ctx, r.statements.following).QueryContext(ctx, key, run.turn, run.due, run.id, n)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var places []place
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.turn, &p.due, &p.id); err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, rows.Err()
}

// countBusy counts the runs in progress.
func (r *Runs) countBusy(ctx context.Context, q querier) (busy, error) {
	b := busy{make(map[task]int), make(map[string]int)}
	rows, err := q.QueryContext(ctx, "SELECT tenant, task FROM postern_runs WHERE node <> ''")
	if err != nil {
		return b, err
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	for rows.Next() {
		var of task
		if err := rows.Scan(&of.tenant, &of.name); err != nil {
			return b, err
		}
		b.tasks[of]++
		b.tenants[of.tenant]++
	}
	return b, rows.Err()
}

// placeholders returns n parameters of a statement, from $first.
func placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

// readSignals reads signals for runs, and what their schedules remember.
func (r *Runs) readSignals(ctx context.Context, tx *sql.Tx, runs []*Run) error {
	for _, run := range runs {
		if run.Schedule != "" {
			err := tx.QueryRowContext(ctx, "SELECT memory FROM postern_runs_schedules WHERE id = $1", run.Schedule).Scan(&run.Memory)
			if err != nil && !errors.Is(err, sql.ErrNoRows) { // its schedule was deleted
				return r.db.Failed(ctx, opTake, "", err)
			}
		}
		if run.Waits == 0 {
			continue // signals are for after a wait
		}
		rows, err := tx.QueryContext(ctx, "SELECT seq, data FROM postern_runs_signals WHERE run = $1 ORDER BY seq", run.ID)
		if err != nil {
			return r.db.Failed(ctx, opTake, "", err)
		}
		if err := run.scanSignals(rows); err != nil {
			return r.db.Failed(ctx, opTake, "", err)
		}
	}
	return nil
}

func (run *Run) scanSignals(rows *sql.Rows) error {
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&run.lastSeq, &data); err != nil {
			return err
		}
		run.Signals = append(run.Signals, data)
	}
	return rows.Err()
}
