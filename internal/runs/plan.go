package runs

import (
	"context"
	"database/sql"

	"github.com/postern-dev/postern/internal/database"
)

// The statistics by which PostgreSQL plans a statement are of a moment when more or fewer runs were
// queued or in progress. It then reads all runs ever kept, instead of the index that has only those few. So
// the statements that use these indexes tell it not to.

// preferIndexes is SQL for PostgreSQL: for the rest of the transaction.
const preferIndexes = "set_config('enable_seqscan', 'off', true)"

// byIndex calls do with what reads the database by indexes.
func (r *Runs) byIndex(ctx context.Context, op string, do func(q querier) error) error {
	if r.db.Dialect != database.PostgreSQL {
		return do(r.db)
	}
	return r.db.InTx(ctx, op, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT "+preferIndexes); err != nil {
			return r.db.Failed(ctx, op, "", err)
		}
		return do(tx)
	})
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
