package runs

import (
	"context"
	"database/sql"
)

// Use is what needs a version of a task.
type Use struct {
	Version  string // empty: the active one
	Schedule string // name of the schedule that starts it; empty: runs that have not ended
	Runs     int    // how many these are
}

// Uses returns what needs versions of a task, as a transaction of the caller sees it.
func (r *Runs) Uses(ctx context.Context, tx *sql.Tx, task string) ([]Use, error) {
	const op = "find uses"
	rows, err := tx.QueryContext(ctx, `
		SELECT version, name, 0 FROM postern_runs_schedules WHERE task = $1
		UNION ALL
		SELECT version, '', count(*) FROM (
			SELECT version FROM postern_runs WHERE task = $1 AND due IS NOT NULL AND turn IS NULL
			UNION ALL
			SELECT version FROM postern_runs WHERE task = $1 AND turn IS NOT NULL
			UNION ALL
			SELECT version FROM postern_runs WHERE task = $1 AND node <> '') AS r
		GROUP BY version
		ORDER BY 1, 2`, task)
	if err != nil {
		return nil, r.db.Failed(ctx, op, task, err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var uses []Use
	for rows.Next() {
		var use Use
		if err := rows.Scan(&use.Version, &use.Schedule, &use.Runs); err != nil {
			return nil, r.db.Failed(ctx, op, task, err)
		}
		uses = append(uses, use)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, op, task, err)
	}
	return uses, nil
}
