package runs

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Rate is how many runs of a task may begin within a time: in every interval of that length,
// wherever it starts, on all nodes together. An attempt that repeats a run counts as well; a run
// that goes on after a wait does not. The zero Rate is no bound.
type Rate struct {
	Runs int           `json:"runs,omitempty"` // at most 10,000
	Per  time.Duration `json:"per,omitempty"`  // 1 s to 720 h, in milliseconds
}

// Bounds of a Rate.
const (
	maxRateRuns = 10_000 // each has a row while it counts
	minRatePer  = time.Second
	maxRatePer  = 30 * 24 * time.Hour
)

func (r Rate) check(op string) error {
	switch {
	case r == Rate{}:
		return nil
	case r.Runs < 1 || r.Runs > maxRateRuns:
		return invalid(op, "rate", fmt.Sprintf("is %d runs", r.Runs), "write a number from 1 to 10000")
	case r.Per < minRatePer || r.Per > maxRatePer || r.Per%time.Millisecond != 0:
		return invalid(op, "rate", "is for "+r.Per.String(), "write a time from 1s to 720h")
	}
	return nil
}

// A run that counts for the rate of its task has a row in postern_runs_starts. These rows, and
// not those of the runs, are counted: a run may begin several times, or be deleted.

// rateLeft returns how many runs of a task may begin now, and if that is none, when one may.
func (r *Runs) rateLeft(ctx context.Context, q querier, of task, rate Rate) (left int, next int64, err error) {
	per := rate.Per.Milliseconds()
	var begun int
	if err := q.QueryRowContext(ctx, r.sql(
		"SELECT count(*) FROM postern_runs_starts WHERE tenant = $1 AND task = $2 AND time > {now} - CAST($3 AS BIGINT)"),
		of.tenant, of.name, per).Scan(&begun); err != nil {
		return 0, 0, err
	}
	if begun < rate.Runs {
		return rate.Runs - begun, 0, nil
	}
	// The one whose end of counting makes room.
	err = q.QueryRowContext(ctx,
		"SELECT time FROM postern_runs_starts WHERE tenant = $1 AND task = $2 ORDER BY time DESC LIMIT 1 OFFSET $3",
		of.tenant, of.name, rate.Runs-1).Scan(&next)
	return 0, next + per, err
}

// recordStart counts a run that begins, and forgets those of its task that no longer count.
func (r *Runs) recordStart(ctx context.Context, tx *sql.Tx, of task, rate Rate) error {
	per := rate.Per.Milliseconds()
	if _, err := r.exec(ctx, tx, opTake, `
		DELETE FROM postern_runs_starts WHERE tenant = $1 AND task = $2 AND time <= {now} - CAST($3 AS BIGINT) AND counts_until <= {now}`,
		of.tenant, of.name, per); err != nil {
		return err
	}
	_, err := r.exec(ctx, tx, opTake,
		"INSERT INTO postern_runs_starts (tenant, task, time, counts_until) VALUES ($1, $2, {now}, {now} + CAST($3 AS BIGINT))",
		of.tenant, of.name, per)
	return err
}

// forgetStarts forgets those that no longer count, of tasks that have begun no run since.
func (r *Runs) forgetStarts(ctx context.Context) error {
	return r.writer.alone(ctx, opPrune, func(ctx context.Context, tx *sql.Tx) error {
		_, err := r.exec(ctx, tx, opPrune, "DELETE FROM postern_runs_starts WHERE counts_until <= {now}")
		return err
	})
}
