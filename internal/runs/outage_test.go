package runs_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// A run that has ended while the disk is full says what it waits for, keeps its result and its log, and is stored when
// there is space again. Nothing else waits meanwhile: a request is refused, and one who follows a log is told why.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	result, line := strings.Repeat("r", 1<<20), strings.Repeat("l", 60<<10)
	filled := make(chan struct{})
	r := node(t, db, func(_ context.Context, _ *runs.Run, p *runs.Progress) runs.Outcome {
		<-filled
		p.Log("info", line)
		return runs.Outcome{Result: []byte(result)}
	})
	run := submit(t, r, runs.Request{})
	until(t, "the run begins", func() bool { return get(t, r, run.ID).State == runs.Running })
	free := databasetest.Fill(t, db)
	close(filled)
	until(t, "the outcome waits", func() bool { return r.Unstored() == 1 })

	if hold, err := r.Hold(t.Context(), get(t, r, run.ID)); err != nil || hold.By != runs.HeldByDatabase {
		t.Errorf("it waits for %q, %v", hold.By, err)
	}
	for _, err := range r.Follow(t.Context(), run.ID, 0) {
		if database.OutageOf(err) != database.Full {
			t.Errorf("its log ends with %v", err)
		}
	}
	_, err := r.Submit(t.Context(), runs.Request{Task: "another", Input: []byte(result)}, "")
	if database.OutageOf(err) != database.Full || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("another run: %v", err)
	}

	free()
	if run = wait(t, r, run.ID, runs.Succeeded); string(run.Result) != result {
		t.Errorf("a result of %d bytes", len(run.Result))
	}
	if entries, err := r.Entries(t.Context(), run.ID, 0, 10); err != nil || len(entries) != 1 || entries[0].Text != line {
		t.Errorf("a log of %d entries, %v", len(entries), err)
	}
	until(t, "no outcome waits", func() bool { return r.Unstored() == 0 })
	if page, err := r.List(t.Context(), runs.Query{}); err != nil || len(page.Runs) != 1 {
		t.Errorf("%d runs with the one that was refused, %v", len(page.Runs), err)
	}
}

// Those who wait while another process holds the database wait for it together, and not one after the other.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		url := databasetest.SQLiteURL(t)
		db, another := databasetest.Open(t, url), databasetest.Open(t, url)
		r := open(t, db, runs.Config{Heartbeat: time.Hour, Poll: time.Hour})
		lock, err := another.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := r.Submit(t.Context(), runs.Request{Task: "task"}, ""); database.OutageOf(err) != database.Locked {
					t.Errorf("submit: %v", err)
				}
			})
		}
		wg.Wait()
		// Each wait takes 10 s, and there are as many as batches.
		if took := time.Since(began); took > 45*time.Second {
			t.Errorf("it took %s", took)
		}
		if err := lock.Rollback(); err != nil {
			t.Error(err)
		}
	})
}
