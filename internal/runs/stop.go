package runs

import (
	"context"
	"database/sql"
	"errors"
)

// Stop takes no more runs, and waits for those that this node executes until ctx ends. It then
// cancels them, and waits [Config].Grace longer. A run that may be repeated goes back to the
// queue, as if the attempt had not been; another is interrupted. Nothing is lost if the
// database cannot be written: other nodes, or the next start, find what this one has left.
//
// The error is that of the database. All other methods fail with [hostapi.CodeClosed]
// afterwards, or when they would wait, except for those that only read. Further calls do
// nothing.
func (r *Runs) Stop(ctx context.Context) error {
	var err error
	r.stopOnce.Do(func() { err = r.stop(ctx) })
	return err
}

func (r *Runs) stop(ctx context.Context) error {
	close(r.stopped)
	r.taking.Lock()   // after runs that are being taken have begun
	r.taking.Unlock() //nolint:staticcheck // nothing more is taken
	done := make(chan struct{})
	go func() {
		r.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		r.cancelAll()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Grace)
		defer cancel()
		select {
		case <-done:
		case <-grace.Done():
		}
	}
	r.cancel()
	r.loops.Wait()
	err := r.writer.alone(context.WithoutCancel(ctx), opNode, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := r.interruptedBy(ctx, tx, r.node, true); err != nil {
			return err
		}
		_, err := r.exec(ctx, tx, opNode, "DELETE FROM postern_runs_nodes WHERE id = $1", r.node)
		return err
	})
	close(r.ended)
	return errors.Join(err, r.statements.close())
}

func (r *Runs) cancelAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.running {
		x.cancel(errStopping)
	}
}
