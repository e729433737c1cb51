package runs

import (
	"context"
	"database/sql"
	"errors"

	"github.com/postern-dev/postern/internal/database"
)

// statements are those that each run needs. They are prepared once, since SQLite takes as long
// to compile them as to execute them.
type statements struct {
	insert *sql.Stmt

	// Of taking: whether there may be runs that are ready, without a lock; those whose time has come
	// become ready; the queues with the run at the head of each; the runs of a queue after one.
	anyReady, ready, heads, following *sql.Stmt

	// Of a run that a node executes; parameters 1 and 2 are its id and token. They return
	// whether it may have signals, and no row if it is no longer the node's.
	queue, wait, end *sql.Stmt
}

// preparation is a statement, and where it is put when it is prepared.
type preparation struct {
	to   **sql.Stmt
	text string
}

func (r *Runs) prepare(ctx context.Context) error {
	for _, s := range r.statements.list() {
		var err error
		if *s.to, err = r.db.PrepareContext(ctx, r.sql(s.text)); err != nil {
			return errors.Join(r.db.Failed(ctx, database.OpOpen, "", err), r.statements.close())
		}
	}
	return nil
}

func (s *statements) list() []preparation {
	const mine = " WHERE id = $1 AND token = $2 AND state = 'running'"
	return []preparation{
		{&s.insert, `
			INSERT INTO postern_runs (id, tenant, task, version, actor, priority, timeout, slots, attempts, safe, started_by, schedule, tick,
				retry_of, event_run, idempotency_key, fingerprint, state, input, size, rate_runs, rate_per, queue, created, due, turn)
			SELECT $1, $2, $3, $4, $5, CAST($6 AS BIGINT), $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'queued', $18, $20, $21, $22, $23, {now},
				CASE WHEN CAST($19 AS BIGINT) > {now} THEN CAST($19 AS BIGINT) ELSE {now} END,
				CASE WHEN CAST($19 AS BIGINT) > {now} THEN NULL ELSE CAST($6 AS BIGINT) END
			WHERE true
			ON CONFLICT (tenant, actor, idempotency_key) DO NOTHING
			RETURNING ` + head},
		{&s.anyReady, `
			SELECT (SELECT queue FROM postern_runs WHERE turn IS NOT NULL ORDER BY queue LIMIT 1) IS NOT NULL
				OR coalesce((SELECT due FROM postern_runs WHERE due IS NOT NULL AND turn IS NULL ORDER BY due LIMIT 1) <= {now}, false)`},
		{&s.ready, "UPDATE postern_runs SET turn = priority WHERE due <= {now} AND due IS NOT NULL AND turn IS NULL"},
		{&s.heads, `
			WITH RECURSIVE queues (queue) AS (
				SELECT (SELECT queue FROM postern_runs WHERE turn IS NOT NULL ORDER BY queue LIMIT 1)
				UNION ALL
				SELECT (SELECT r.queue FROM postern_runs r WHERE r.turn IS NOT NULL AND r.queue > q.queue ORDER BY r.queue LIMIT 1)
				FROM queues q WHERE q.queue IS NOT NULL
			)
			SELECT r.queue, r.turn, r.due, r.id FROM queues q JOIN postern_runs r ON r.id = (
				SELECT h.id FROM postern_runs h WHERE h.turn IS NOT NULL AND h.queue = q.queue ORDER BY h.turn, h.due, h.id LIMIT 1)`},
		{&s.following, `
			SELECT turn, due, id FROM postern_runs WHERE turn IS NOT NULL AND queue = $1 AND (turn, due, id) > ($2, $3, $4)
			ORDER BY turn, due, id LIMIT $5`},
		{&s.queue, `
			UPDATE postern_runs SET state = 'queued', node = '', token = token + 1, size = size + $7,
				attempt = attempt - CAST($3 AS BIGINT), error_code = $4, error = $5,
				due = {now} + CAST($6 AS BIGINT), turn = CASE WHEN CAST($6 AS BIGINT) = 0 THEN priority ELSE NULL END` + mine + ` AND cancel_requested = 0 RETURNING signaled`},
		{&s.wait, `
			UPDATE postern_runs SET state = 'waiting', node = '', token = token + 1, size = size + $5,
				attempt = 0, losses = 0, unsafe = 0, waits = waits + 1, error_code = '', error = '', resume = $3,
				due = CAST($4 AS BIGINT), turn = NULL, queue = $6` + mine + ` AND cancel_requested = 0 RETURNING signaled`},
		{&s.end, `
			UPDATE postern_runs SET state = $3, node = '', token = token + 1, size = size + $7, error_code = $4, error = $5, result = $6, resume = NULL,
				due = NULL, turn = NULL, finished = {now}` + mine + ` RETURNING signaled`},
	}
}

func (s *statements) close() error {
	var errs []error
	for _, prepared := range s.list() {
		if statement := *prepared.to; statement != nil {
			errs = append(errs, statement.Close())
		}
	}
	return errors.Join(errs...)
}
