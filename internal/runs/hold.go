package runs

import (
	"context"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// HeldBy is what a run waits for.
type HeldBy string

// What a queued run may wait for, and by HeldByDatabase also one that waits or is executed. Of several, the first one
// is told.
const (
	HeldByDatabase    HeldBy = "database"    // nothing can be stored: neither that it begins, nor that it has ended
	HeldByTime        HeldBy = "time"        // its own: Request.NotBefore, or that of the next attempt
	HeldByConcurrency HeldBy = "concurrency" // as many runs of its task are in progress as may be
	HeldByTenant      HeldBy = "tenant"      // as many runs of its tenant are
	HeldByRate        HeldBy = "rate"        // as many runs of its task have begun as may within a time
	HeldByWorkers     HeldBy = "workers"     // all workers are busy, or others are first
)

// Hold says why a run has not begun, or does not end.
type Hold struct {
	By    HeldBy    // empty: nothing
	Until time.Time // when it may begin at the earliest; zero: that is not known
}

// Hold returns why a run, as [Runs.Get] returned it, has not begun, or does not end.
func (r *Runs) Hold(ctx context.Context, run *Run) (hold Hold, err error) {
	const op = "find what a run waits for"
	switch {
	case !run.State.Ended() && r.db.Outage() != nil:
		return Hold{By: HeldByDatabase}, nil
	case run.State != Queued:
		return Hold{}, nil
	}
	err = r.byIndex(ctx, op, func(q querier) error {
		hold, err = r.hold(ctx, q, run)
		return err
	})
	if err != nil {
		return Hold{}, r.db.Failed(ctx, op, run.ID, err)
	}
	return hold, nil
}

func (r *Runs) hold(ctx context.Context, q querier, run *Run) (Hold, error) {
	var now int64
	if err := q.QueryRowContext(ctx, r.sql("SELECT {now}")).Scan(&now); err != nil {
		return Hold{}, err
	}
	if run.Due.UnixMilli() > now {
		return Hold{HeldByTime, run.Due}, nil
	}
	busy, err := r.countBusy(ctx, q)
	if err != nil {
		return Hold{}, err
	}
	of := queueOf(&run.Request, run.Waits > 0)
	bound := r.config.boundsOf(run.Tenant).Running
	switch {
	case of.Slots > 0 && busy.tasks[of.task()] >= of.Slots:
		return Hold{By: HeldByConcurrency}, nil
	case bound > 0 && busy.tenants[run.Tenant] >= bound:
		return Hold{By: HeldByTenant}, nil
	case of.Rate.Runs == 0:
		return Hold{By: HeldByWorkers}, nil
	}
	left, next, err := r.rateLeft(ctx, q, of.task(), of.Rate)
	if err != nil || left > 0 {
		return Hold{By: HeldByWorkers}, err
	}
	return Hold{HeldByRate, database.Time(next)}, nil
}
