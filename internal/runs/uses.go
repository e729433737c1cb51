package runs

import (
	"context"
	"database/sql"
)

// Use is what needs a version of a task.
type Use struct {
	Version  string // empty: the active one
	Schedule string // name of the schedule that starts it; empty: a run that has not ended
}

// Uses returns what needs versions of a task, as a transaction of the caller sees it.
func (r *Runs) Uses(ctx context.Context, tx *sql.Tx, task string) ([]Use, error) {
	const op = "find uses"
	rows, err := tx.QueryContext(ctx, `
		SELECT version, name FROM postern_runs_schedules WHERE task = $1
		UNION
		SELECT version, '' FROM postern_runs WHERE task = $1 AND due IS NOT NULL AND turn IS NULL
		UNION
		SELECT version, '' FROM postern_runs WHERE task = $1 AND turn IS NOT NULL
		UNION
		SELECT version, '' FROM postern_runs WHERE task = $1 AND node <> ''
		ORDER BY 1, 2`, task)
	if err != nil {
		return nil, r.db.Failed(ctx, op, task, err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var uses []Use
	for rows.Next() {
		var use Use
		if err := rows.Scan(&use.Version, &use.Schedule); err != nil {
			return nil, r.db.Failed(ctx, op, task, err)
		}
		uses = append(uses, use)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, op, task, err)
	}
	return uses, nil
}
