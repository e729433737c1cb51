package runs

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

const (
	opPrune       = "delete old runs"
	pruneInterval = time.Minute // a node may execute 100,000 runs meanwhile
	pruneBatch    = 500         // runs in one transaction, so that others can write meanwhile
)

// Prune deletes the runs that ended before a time, with their logs, and returns how many. A run that
// was started by one which has not ended before that time is kept, see [Runs.SubmitEvent]. On an error, those that were
// deleted are counted too.
func (r *Runs) Prune(ctx context.Context, before time.Time) (int64, error) {
	var total int64
	for {
		var n int64
		err := r.writer.alone(ctx, opPrune, func(ctx context.Context, tx *sql.Tx) error {
			const old = `(
				SELECT id FROM postern_runs AS r WHERE finished > 0 AND finished < $1
				AND NOT EXISTS (SELECT 1 FROM postern_runs AS e WHERE e.id = r.event_run AND (e.finished = 0 OR e.finished >= $1))
				ORDER BY finished, id LIMIT $2)`
			if _, err := r.exec(ctx, tx, opPrune, "DELETE FROM postern_runs_log WHERE run IN "+old, before.UnixMilli(), pruneBatch); err != nil {
				return err
			}
			var err error
			n, err = r.exec(ctx, tx, opPrune, "DELETE FROM postern_runs WHERE id IN "+old, before.UnixMilli(), pruneBatch)
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
		if n < pruneBatch {
			return total, nil
		}
	}
}

// retain enforces Config.Keep, Config.KeepRuns and Config.KeepBytes, and forgets what no longer
// counts.
func (r *Runs) retain(ctx context.Context) error {
	if err := r.forgetStarts(ctx); err != nil {
		return err
	}
	if r.config.Keep > 0 {
		if _, err := r.Prune(ctx, time.Now().Add(-r.config.Keep)); err != nil {
			return err
		}
	}
	for _, bound := range []struct {
		query string // the end of the newest run beyond the bound
		most  int64
	}{
		{"SELECT finished FROM postern_runs WHERE finished > 0 ORDER BY finished DESC LIMIT 1 OFFSET $1", int64(r.config.KeepRuns)},
		{`SELECT finished FROM (
			SELECT finished, sum(size) OVER (ORDER BY finished DESC, id DESC) AS total FROM postern_runs WHERE finished > 0) AS sums
		WHERE total > $1 ORDER BY finished DESC LIMIT 1`, r.config.KeepBytes},
	} {
		if bound.most < 0 {
			continue
		}
		var newest int64
		err := r.db.QueryRowContext(ctx, bound.query, bound.most).Scan(&newest)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return r.db.Failed(ctx, opPrune, "", err)
		}
		if _, err = r.Prune(ctx, database.Time(newest+1)); err != nil {
			return err
		}
	}
	return nil
}
