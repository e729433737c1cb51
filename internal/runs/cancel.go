package runs

import (
	"context"
	"database/sql"
	"errors"
)

const opCancel = "cancel run"

// Cancel asks for the end of a run. One that is not being executed ends at once; one that is
// gets its context cancelled, on another node within [Config].Poll, and ends when its
// Execute returns. A run that has ended stays as it is, without an error. The error matches
// [ErrNotFound] if there is no such run.
func (r *Runs) Cancel(ctx context.Context, id, actor string) error {
	if !isName(actor) {
		return invalid(opCancel, "actor", "is not valid", "")
	}
	code, problem := encodeError(errCanceled)
	err := r.writer.alone(ctx, opCancel, func(ctx context.Context, tx *sql.Tx) error {
		n, err := r.exec(ctx, tx, opCancel, `
			UPDATE postern_runs SET state = 'canceled', token = token + 1, due = NULL, turn = NULL, resume = NULL, finished = {now},
				error_code = $2, error = $3, cancel_requested = {now}, canceled_by = $4
			WHERE id = $1 AND state IN ('queued', 'waiting')`, id, code, problem, actor)
		if err != nil {
			return err
		}
		if n > 0 {
			_, err := r.exec(ctx, tx, opCancel, "DELETE FROM postern_runs_signals WHERE run = $1", id)
			return err
		}
		n, err = r.exec(ctx, tx, opCancel, `
			UPDATE postern_runs SET canceled_by = CASE WHEN cancel_requested = 0 THEN $2 ELSE canceled_by END,
				cancel_requested = CASE WHEN cancel_requested = 0 THEN {now} ELSE cancel_requested END
			WHERE id = $1 AND state = 'running'`, id, actor)
		if err != nil || n > 0 {
			return err
		}
		return r.exists(ctx, tx, opCancel, id)
	})
	if err != nil {
		return err
	}
	r.queued.recount()
	r.ring(id)
	if !r.cancelHere(id) {
		r.tell(tellCanceled)
	}
	return nil
}

// exists fails with ErrNotFound if there is no such run.
func (r *Runs) exists(ctx context.Context, tx *sql.Tx, op, id string) error {
	var one int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM postern_runs WHERE id = $1", id).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return notFound(op, "run", id)
	case err != nil:
		return r.db.Failed(ctx, op, "", err)
	}
	return nil
}

// cancelHere cancels the execution of a run, if it is on this node.
func (r *Runs) cancelHere(id string) bool {
	r.mu.Lock()
	x := r.running[id]
	r.mu.Unlock()
	if x == nil {
		return false
	}
	x.cancel(errCanceled)
	return true
}

// cancelRequested cancels the runs of this node whose end other nodes were asked for.
func (r *Runs) cancelRequested(ctx context.Context) error {
	r.mu.Lock()
	none := len(r.running) == 0
	r.mu.Unlock()
	if none {
		return nil
	}
	ids, err := r.ids(ctx, r.db, opCancel, "SELECT id FROM postern_runs WHERE node = $1 AND node <> '' AND cancel_requested > 0", r.node)
	for _, id := range ids {
		r.cancelHere(id)
	}
	return err
}

// ids returns the texts that a query selects.
func (r *Runs) ids(ctx context.Context, q querier, op, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, r.db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, r.db.Failed(ctx, op, "", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, op, "", err)
	}
	return ids, nil
}

const opSignal = "signal run"

// maxSignals is how many signals may be pending for a run.
const maxSignals = 1000

// Signal stores data for a run and, if it waits, makes it go on: the next call of Execute has
// it in Run.Signals. A signal for a run that does not wait yet is kept until it does. The
// error matches [ErrNotFound], or [ErrConflict] if the run has ended or has 1,000 signals
// that it has not seen.
func (r *Runs) Signal(ctx context.Context, id string, data []byte) error {
	if len(data) > r.config.MaxInput {
		return invalid(opSignal, id, "the signal is too large", "pass large files by reference")
	}
	if data == nil {
		data = []byte{}
	}
	err := r.writer.alone(ctx, opSignal, func(ctx context.Context, tx *sql.Tx) error {
		// This locks the row, so that the end of an attempt comes before or after.
		n, err := r.exec(ctx, tx, opSignal, "UPDATE postern_runs SET signaled = 1 WHERE id = $1 AND finished = 0", id)
		if err != nil {
			return err
		}
		if n == 0 {
			if err := r.exists(ctx, tx, opSignal, id); err != nil {
				return err
			}
			return conflict(opSignal, id, "the run has ended", "")
		}
		n, err = r.exec(ctx, tx, opSignal, `
			INSERT INTO postern_runs_signals (run, seq, data)
			SELECT CAST($1 AS TEXT), coalesce(max(seq), 0) + 1, $2 FROM postern_runs_signals WHERE run = $1 HAVING count(*) < $3`, id, data, maxSignals)
		if err != nil {
			return err
		}
		if n == 0 {
			return conflict(opSignal, id, "the run has 1000 signals that it has not seen", "")
		}
		_, err = r.exec(ctx, tx, opSignal, "UPDATE postern_runs SET due = {now}, turn = priority WHERE id = $1 AND state = 'waiting'", id)
		return err
	})
	if err != nil {
		return err
	}
	r.someReady()
	return nil
}

// maxLosses is how often a run is queued again because its node ended: it may be the cause.
const maxLosses = 2

// interruptedBy changes the runs of a node that has ended, and returns how many there are.
// Those that may be repeated are queued again. A node that has not ended may take others meanwhile: they are
// left for the next time.
func (r *Runs) interruptedBy(ctx context.Context, tx *sql.Tx, node string, undone bool) (int64, error) {
	const op = "give back runs"
	const repeatable = "(cancel_requested = 0 AND (safe = 1 OR unsafe = 0) AND losses - CAST($2 AS BIGINT) < $3)"
	queued, err := r.exec(ctx, tx, op, `
		UPDATE postern_runs SET state = 'queued', node = '', token = token + 1, due = {now}, turn = priority,
			attempt = attempt - CAST($2 AS BIGINT), losses = losses + 1 - CAST($2 AS BIGINT)
		WHERE node = $1 AND node <> '' AND `+repeatable, node, flag(undone), maxLosses)
	if err != nil {
		return 0, err
	}
	canceledCode, canceledText := encodeError(errCanceled)
	code, unsafeText := encodeError(interrupted(true))
	_, text := encodeError(interrupted(false))
	ended, err := r.exec(ctx, tx, op, `
		UPDATE postern_runs SET node = '', token = token + 1, finished = {now}, resume = NULL,
			state = CASE WHEN cancel_requested > 0 THEN 'canceled' ELSE 'interrupted' END,
			error_code = CASE WHEN cancel_requested > 0 THEN $4 ELSE $5 END,
			error = CASE WHEN cancel_requested > 0 THEN $6 WHEN unsafe = 1 THEN $7 ELSE $8 END
		WHERE node = $1 AND node <> '' AND NOT `+repeatable,
		node, flag(undone), maxLosses, canceledCode, code, canceledText, unsafeText, text)
	return queued + ended, err
}
