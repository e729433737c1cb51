package runs

import (
	"context"
	"database/sql"
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
	err := r.db.QueryRowContext(ctx, r.sql(`
		SELECT EXISTS (SELECT 1 FROM postern_runs WHERE turn IS NOT NULL)
			OR EXISTS (SELECT 1 FROM postern_runs WHERE due <= {now} AND due IS NOT NULL AND turn IS NULL)`)).Scan(&ready)
	if err != nil {
		return false, r.db.Failed(ctx, opTake, "", err)
	}
	return ready, nil
}

// claim makes this node the one that executes up to n runs that are ready. Nodes do it one
// after the other, so that no task exceeds its concurrency.
func (r *Runs) claim(ctx context.Context, n int) ([]*Run, error) {
	var runs []*Run
	err := r.writer.alone(ctx, opTake, func(ctx context.Context, tx *sql.Tx) error {
		if r.db.Dialect == database.PostgreSQL {
			const lock = 0x506f73745275 // any number that nothing else uses
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lock)); err != nil {
				return r.db.Failed(ctx, opTake, "", err)
			}
		}
		if _, err := r.exec(ctx, tx, opTake,
			"UPDATE postern_runs SET turn = priority WHERE due <= {now} AND due IS NOT NULL AND turn IS NULL"); err != nil {
			return err
		}
		ids, err := r.candidates(ctx, tx, n)
		if err != nil || len(ids) == 0 {
			return err
		}
		args := append([]any{r.node}, ids...)
		rows, err := tx.QueryContext(ctx, r.sql(`
			UPDATE postern_runs SET state = 'running', node = $1, token = token + 1, attempt = attempt + 1, due = NULL, turn = NULL,
				started = CASE WHEN started = 0 THEN {now} ELSE started END
			WHERE turn IS NOT NULL AND id IN (`+placeholders(2, len(ids))+`)
			RETURNING `+head+body), args...)
		if err == nil {
			runs, err = scanRuns(rows, true)
		}
		if err != nil {
			return r.db.Failed(ctx, opTake, "", err)
		}
		return r.readSignals(ctx, tx, runs)
	})
	return runs, err
}

// candidates returns up to n ids of runs that are ready and whose tasks have a free slot: by
// priority, of one priority those first whose tenants have the fewest runs in progress, and of
// one tenant by time.
func (r *Runs) candidates(ctx context.Context, tx *sql.Tx, n int) ([]any, error) {
	// The expressions keep SQLite from grouping by an index that has all runs ever kept.
	rows, err := tx.QueryContext(ctx, `
		WITH busy AS (SELECT tenant, task, count(*) AS n
				FROM (SELECT tenant || '' AS tenant, task || '' AS task FROM postern_runs WHERE node <> '') AS taken GROUP BY tenant, task),
			tenants AS (SELECT tenant, sum(n) AS n FROM busy GROUP BY tenant)
		SELECT r.id, r.tenant, r.task, r.slots, coalesce(b.n, 0)
		FROM postern_runs r LEFT JOIN busy b ON b.tenant = r.tenant AND b.task = r.task LEFT JOIN tenants t ON t.tenant = r.tenant
		WHERE r.turn IS NOT NULL AND (r.slots = 0 OR r.slots > coalesce(b.n, 0))
		ORDER BY r.turn, coalesce(t.n, 0), r.due, r.id LIMIT $1`, n)
	if err != nil {
		return nil, r.db.Failed(ctx, opTake, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	type task struct{ tenant, name string }
	var ids []any
	taken := make(map[task]int)
	for rows.Next() {
		var id string
		var of task
		var slots, busy int
		if err := rows.Scan(&id, &of.tenant, &of.name, &slots, &busy); err != nil {
			return nil, r.db.Failed(ctx, opTake, "", err)
		}
		if slots == 0 || busy+taken[of] < slots {
			ids = append(ids, id)
			taken[of]++
		}
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opTake, "", err)
	}
	return ids, nil
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
