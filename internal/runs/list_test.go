package runs_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// A list is filtered, the newest first, and its pages have each run once.
func TestList(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			if run.Task == "bad_100%" {
				return runs.Outcome{Err: errors.New("Connection REFUSED")}
			}
			return runs.Outcome{Result: []byte("x")}
		})
		var all []string
		for i := range 9 {
			request := runs.Request{Task: []string{"good", "bad_100%", "bad"}[i%3], Tenant: []string{"acme", "zeta"}[i%2], Actor: "ada"}
			run := submit(t, r, request)
			all = append(all, run.ID)
			if _, err := r.Wait(t.Context(), run.ID); err != nil {
				t.Fatal(err)
			}
			// Three of them in the same millisecond.
			mustExec(t, db, "UPDATE postern_runs SET created = $2 WHERE id = $1", run.ID, 1_000_000+1000*(i/3))
		}
		slices.Reverse(all)
		var got []string
		query := runs.Query{Limit: 2}
		for pages := 0; ; pages++ {
			page, err := r.List(t.Context(), query)
			if err != nil || pages > 10 {
				t.Fatal(err, pages)
			}
			for _, run := range page.Runs {
				got = append(got, run.ID)
				if run.Result != nil {
					t.Error("a list has results")
				}
			}
			if query.Cursor = page.Next; query.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, all) {
			t.Errorf("got %v, want %v", got, all)
		}
		at := func(seconds int) time.Time { return time.UnixMilli(1_000_000 + int64(seconds)*1000) }
		for _, test := range []struct {
			filter runs.Filter
			want   int
		}{
			{runs.Filter{}, 9},
			{runs.Filter{States: []runs.State{runs.Failed}}, 3},
			{runs.Filter{States: []runs.State{runs.Failed, runs.Succeeded}, Tenant: "acme"}, 5},
			{runs.Filter{Task: "good", Tenant: "zeta"}, 1},
			{runs.Filter{Actor: "bob"}, 0},
			{runs.Filter{Trigger: runs.ByAPI}, 9},
			{runs.Filter{Trigger: runs.BySchedule}, 0},
			{runs.Filter{Schedule: "x"}, 0},
			{runs.Filter{From: at(1), To: at(2)}, 3},
			{runs.Filter{Text: "refused"}, 3},
			{runs.Filter{Text: "D_1"}, 3},
			{runs.Filter{Text: "0%"}, 3},
			{runs.Filter{Text: "%"}, 3},
			{runs.Filter{Text: `\`}, 0},
			{runs.Filter{Text: all[4]}, 1},
			{runs.Filter{Text: "x' OR '1'='1", Tenant: "a\x00"}, 0},
		} {
			page, err := r.List(t.Context(), runs.Query{Filter: test.filter})
			if err != nil || len(page.Runs) != test.want {
				t.Errorf("%+v: %d runs, %v, want %d", test.filter, len(page.Runs), err, test.want)
			}
			counts, err := r.Counts(t.Context(), test.filter)
			total := 0
			for n := range maps.Values(counts) {
				total += n
			}
			if err != nil || total != test.want {
				t.Errorf("%+v: counts %v, %v, want %d", test.filter, counts, err, test.want)
			}
		}
		for _, cursor := range []string{"x", "!", "eA", "MSAA"} {
			if _, err := r.List(t.Context(), runs.Query{Cursor: cursor}); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}

// A chart has the ends of each interval, and percentiles of those that ran.
func TestStats(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, runs.Config{Keep: -1})
		const minute = 60_000
		end := func(at, took int, state runs.State) {
			t.Helper()
			mustExec(t, db, "UPDATE postern_runs SET state = $2, started = $3, finished = $4, due = NULL, turn = NULL WHERE id = $1",
				submit(t, r, runs.Request{Tenant: "acme"}).ID, string(state), at-took, at)
		}
		for i := range 100 {
			end(10*minute+i, i+1, runs.Succeeded)
		}
		end(12*minute-1, 5000, runs.Failed)
		end(12*minute-1, 1, runs.Canceled)
		end(12*minute, 1, runs.Interrupted)
		end(20*minute, 1, runs.Succeeded)
		filter := runs.Filter{Tenant: "acme", From: time.UnixMilli(10 * minute), To: time.UnixMilli(20 * minute)}
		got, err := r.Stats(t.Context(), filter, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		at := func(minutes int64) time.Time { return time.UnixMilli(minutes * minute).UTC() }
		const ms = time.Millisecond
		want := []runs.Bucket{
			{at(10), 100, 0, 0, 0, 50 * ms, 90 * ms, 99 * ms},
			{at(11), 0, 1, 1, 0, 5 * time.Second, 5 * time.Second, 5 * time.Second},
			{at(12), 0, 0, 0, 1, 0, 0, 0},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		for _, bad := range []runs.Filter{{}, {From: filter.To, To: filter.From}, {From: filter.From, To: filter.From.Add(2000 * time.Minute)}} {
			if _, err := r.Stats(t.Context(), bad, time.Minute); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

// Old runs are deleted with all that belongs to them, and others are not.
func TestPrune(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, runs.Config{Keep: -1, KeepRuns: -1, Execute: func(_ context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			if run.Task == "waits" {
				return runs.Outcome{Wait: &runs.Wait{}}
			}
			p.Log(hostapi.LevelInfo, "line")
			return runs.Outcome{}
		}})
		var ids []string
		for range 6 {
			ids = append(ids, wait(t, r, submit(t, r, runs.Request{Key: fmt.Sprint(len(ids))}).ID, runs.Succeeded).ID)
		}
		for i, id := range ids {
			mustExec(t, db, "UPDATE postern_runs SET created = $2, finished = $2 WHERE id = $1", id, 1000*(i+1))
		}
		waiting := submit(t, r, runs.Request{Task: "waits"}).ID
		mustExec(t, db, "UPDATE postern_runs SET created = 1 WHERE id = $1", waiting)
		n, err := r.Prune(t.Context(), time.UnixMilli(3000))
		if err != nil || n != 2 {
			t.Errorf("%d were deleted, %v, want 2", n, err)
		}
		if _, err := r.Get(t.Context(), ids[1]); !errors.Is(err, runs.ErrNotFound) {
			t.Errorf("the second run: %v", err)
		}
		if entries, err := r.Entries(t.Context(), ids[1], 0, 10); err != nil || len(entries) != 0 {
			t.Errorf("%d lines of its log are left, %v", len(entries), err)
		}
		get(t, r, waiting)
		if entries, err := r.Entries(t.Context(), ids[2], 0, 10); err != nil || len(entries) != 1 {
			t.Errorf("the third has %d lines, %v", len(entries), err)
		}
		if run := submit(t, r, runs.Request{Key: "0"}); run.ID == ids[0] {
			t.Error("the key of a deleted run is still in use")
		}
		open(t, db, runs.Config{Keep: -1, KeepRuns: 3})
		until(t, "the oldest of four is deleted", func() bool { _, err := r.Get(t.Context(), ids[2]); return errors.Is(err, runs.ErrNotFound) })
		get(t, r, ids[4])
		// The input and the log of the newest have 14 bytes, those of the two before 7 each.
		large := wait(t, r, submit(t, r, runs.Request{Input: []byte("1234567")}).ID, runs.Succeeded)
		open(t, db, runs.Config{Keep: -1, KeepBytes: 14 + 7 + 7})
		until(t, "all but three are deleted", func() bool { _, err := r.Get(t.Context(), ids[4]); return errors.Is(err, runs.ErrNotFound) })
		get(t, r, ids[5])
		get(t, r, large.ID)
		open(t, db, runs.Config{Keep: time.Hour})
		until(t, "those of 1970 are deleted", func() bool { _, err := r.Get(t.Context(), ids[5]); return errors.Is(err, runs.ErrNotFound) })
		get(t, r, large.ID)
		get(t, r, waiting)
	})
}

// What an event has started is kept until its own run has ended, of which a repeated attempt must not start it again.
func TestPruneKeepsWhatAnEventStarted(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, runs.Config{Keep: -1, KeepRuns: -1, Execute: func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			if run.Task == "event" && len(run.Signals) == 0 {
				return runs.Outcome{Wait: &runs.Wait{}}
			}
			return runs.Outcome{}
		}})
		event := submit(t, r, runs.Request{Task: "event"})
		until(t, "the event waits", func() bool { return get(t, r, event.ID).State == runs.Waiting })
		start := func() *runs.Run {
			run, err := r.SubmitEvent(t.Context(), runs.Request{Task: "started", Key: "item 1"}, event.ID)
			if err != nil {
				t.Fatal(err)
			}
			return wait(t, r, run.ID, runs.Succeeded)
		}
		started := start()
		if started.Trigger != runs.ByEvent || started.EventRun != event.ID {
			t.Errorf("started by %s %q, want the event %q", started.Trigger, started.EventRun, event.ID)
		}
		later := time.Now().Add(time.Hour)
		if n, err := r.Prune(t.Context(), later); n != 0 || err != nil {
			t.Errorf("%d were deleted, %v", n, err)
		}
		if again := start(); again.ID != started.ID {
			t.Error("a repeated attempt has started it again")
		}
		if err := r.Signal(t.Context(), event.ID, nil); err != nil {
			t.Fatal(err)
		}
		wait(t, r, event.ID, runs.Succeeded)
		if n, err := r.Prune(t.Context(), later); n != 2 || err != nil {
			t.Errorf("%d were deleted, %v, want both", n, err)
		}
	})
}
