package runs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// The log of a run is seen while it runs, on each node, to the end, and in order over attempts.
func TestFollow(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		seen := make(chan struct{})
		r := node(t, db, func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			if run.Attempt == 2 {
				p.Log(hostapi.LevelInfo, "again")
				return runs.Outcome{}
			}
			p.Log(hostapi.LevelInfo, "one")
			if err := p.Unsafe(ctx, "POST /x"); err != nil {
				t.Error(err)
			}
			p.Request("POST /x 200")
			p.Log(hostapi.LevelInfo, "bad \x00\xff bytes")
			<-seen
			<-seen
			p.Log(hostapi.LevelInfo, strings.Repeat("é", 40_000))
			return runs.Outcome{Err: errors.New("no"), Retry: true, Safe: true, After: time.Millisecond}
		})
		other := open(t, db, runs.Config{})
		id := submit(t, r, runs.Request{}).ID
		want := []string{
			"1 log one", "1 unsafe POST /x", "1 request POST /x 200", "1 log bad \uFFFD\uFFFD bytes",
			"1 log " + strings.Repeat("é", 32_766) + "…", "2 log again",
		}
		var wg sync.WaitGroup // and not parallel tests, of which there may be only one at a time
		for _, r := range []*runs.Runs{r, other} {
			wg.Go(func() {
				var got []string
				var third int64
				for e, err := range r.Follow(t.Context(), id, 0) {
					if err != nil {
						t.Error(err)
						return
					}
					got = append(got, fmt.Sprintf("%d %s %s", e.Attempt, e.Kind, e.Text))
					if time.Since(e.Time).Abs() > time.Hour {
						t.Errorf("time %v", e.Time)
					}
					switch len(got) {
					case 3:
						third = e.Seq
					case 4:
						seen <- struct{}{}
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("got %.200q, want %.200q", got, want)
				}
				rest := 0
				for _, err := range r.Follow(t.Context(), id, third) {
					if err != nil {
						t.Error(err)
						return
					}
					rest++
				}
				if rest != 3 {
					t.Errorf("%d entries after the third, want 3", rest)
				}
			})
		}
		wg.Wait()
	})
}

// Following ends with an error where there is no such run, and when the caller has enough.
func TestFollowErrors(t *testing.T) {
	t.Parallel()
	r := open(t, databasetest.Open(t, databasetest.SQLiteURL(t)), runs.Config{})
	last := func(ctx context.Context, id string) (err error) {
		for _, err = range r.Follow(ctx, id, 0) {
		}
		return err
	}
	if err := last(t.Context(), "unknown"); !errors.Is(err, runs.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	id := submit(t, r, runs.Request{}).ID
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := last(ctx, id); hostapi.CodeOf(err) != hostapi.CodeTimeout {
		t.Errorf("ended context: %v", err)
	}
	if _, err := r.Wait(ctx, id); hostapi.CodeOf(err) != hostapi.CodeTimeout {
		t.Errorf("wait with an ended context: %v", err)
	}
}

// A task cannot fill the disk with its log, and the log says where it was cut. Requests that
// must not be repeated are recorded all the same.
func TestLogBound(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, runs.Config{MaxLog: 1000, Execute: func(ctx context.Context, _ *runs.Run, p *runs.Progress) runs.Outcome {
			for range 1000 {
				p.Log(hostapi.LevelInfo, "0123456789")
			}
			if err := p.Unsafe(ctx, "POST"); err != nil {
				t.Error(err)
			}
			return runs.Outcome{}
		}})
		run := wait(t, r, submit(t, r, runs.Request{}).ID, runs.Succeeded)
		entries, err := r.Entries(t.Context(), run.ID, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		n := len(entries)
		if n < 50 || n > 100 || entries[n-1].Kind != runs.KindUnsafe || entries[n-2].Kind != runs.KindCut {
			t.Errorf("%d entries, the last of kind %s and %s", n, entries[n-2].Kind, entries[n-1].Kind)
		}
		if !run.Unsafe {
			t.Error("the run does not say that it sent something")
		}
	})
}
