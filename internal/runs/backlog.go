package runs

import (
	"context"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Backlog is how many runs of a task have not ended and are in a state.
type Backlog struct {
	Task  string
	State State
	Runs  int

	// Oldest is since when the first of those that are queued, and whose time has come, waits
	// for a worker or for another run of its task. Zero: there is none.
	Oldest time.Time
}

// Backlogs returns those of all nodes together.
func (r *Runs) Backlogs(ctx context.Context) (all []Backlog, err error) {
	err = r.byIndex(ctx, opStats, func(q querier) error {
		all, err = r.backlogs(ctx, q)
		return err
	})
	return all, err
}

func (r *Runs) backlogs(ctx context.Context, q querier) ([]Backlog, error) {
	// Each part has an index without the runs that have ended.
	rows, err := q.QueryContext(ctx, `
		SELECT task, state, count(*), min(oldest) FROM (
			SELECT task, state, due AS oldest FROM postern_runs WHERE turn IS NOT NULL
			UNION ALL
			SELECT task, state, CAST(NULL AS BIGINT) FROM postern_runs WHERE due IS NOT NULL AND turn IS NULL
			UNION ALL
			SELECT task, state, CAST(NULL AS BIGINT) FROM postern_runs WHERE node <> ''
		) AS parts GROUP BY task, state ORDER BY task, state`)
	if err != nil {
		return nil, r.db.Failed(ctx, opStats, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var all []Backlog
	for rows.Next() {
		var b Backlog
		var oldest *int64
		if err := rows.Scan(&b.Task, &b.State, &b.Runs, &oldest); err != nil {
			return nil, r.db.Failed(ctx, opStats, "", err)
		}
		if oldest != nil {
			b.Oldest = database.Time(*oldest)
		}
		all = append(all, b)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opStats, "", err)
	}
	return all, nil
}
