package fairqueue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/postern-dev/postern/internal/fairqueue"
)

// TestBounds checks, with random arrivals, ends and cancellations of many groups, that no
// bound is exceeded, that all that is admitted ends, and that nothing stays in the queue.
func TestBounds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		bounds := fairqueue.Bounds{Running: r.IntN(6), PerGroup: r.IntN(4), Waiting: r.IntN(30)}
		if bounds.Running == 0 && bounds.PerGroup == 0 {
			bounds.Running = 1
		}
		q := fairqueue.New(bounds)
		var running [8]atomic.Int64
		var all atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			group, cancelled := r.IntN(len(running)), r.IntN(5) == 0
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if cancelled {
					go cancel()
				}
				name := fmt.Sprint(group)
				if err := q.Enter(ctx, name); err != nil {
					if !errors.Is(err, fairqueue.ErrFull) && !errors.Is(err, context.Canceled) {
						t.Errorf("error %v", err)
					}
					return
				}
				defer q.Leave(name)
				own, total := running[group].Add(1), all.Add(1)
				if bounds.PerGroup > 0 && own > int64(bounds.PerGroup) || bounds.Running > 0 && total > int64(bounds.Running) {
					t.Errorf("%+v: %d in progress, %d of a group", bounds, total, own)
				}
				if _, _, waiting := q.Counts(name); waiting > bounds.Waiting {
					t.Errorf("%+v: %d wait", bounds, waiting)
				}
				running[group].Add(-1)
				all.Add(-1)
			})
		}
		wg.Wait()
		if n, own, waiting := q.Counts("0"); n != 0 || own != 0 || waiting != 0 {
			t.Errorf("%+v: %d, %d and %d are left", bounds, n, own, waiting)
		}
	}
}

// TestClose checks that Close ends the waiting, and that what is in progress goes on.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := fairqueue.New(fairqueue.Bounds{Running: 1, Waiting: 1})
		if err := q.Enter(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		waited := make(chan error)
		go func() { waited <- q.Enter(t.Context(), "") }()
		synctest.Wait()
		q.Close()
		q.Close()
		if err := <-waited; !errors.Is(err, fairqueue.ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
		q.Leave("")
		if n, _, _ := q.Counts(""); n != 0 {
			t.Errorf("%d are in progress", n)
		}
	})
}
