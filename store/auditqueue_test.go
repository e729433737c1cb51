package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/store"
)

// event is the nth of a writer.
func event(writer, n int) connection.AuditEvent {
	return connection.AuditEvent{
		Action: connection.ActionUse, Key: crm(), Identity: hostapi.Identity{Run: fmt.Sprint(writer)}, Detail: fmt.Sprint(n),
	}
}

// lockAudit keeps events from being stored until it is called.
func lockAudit(t dbTest) (unlock func()) {
	t.Helper()
	tx, err := raw(t, t.url).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	lock := "LOCK TABLE postern_audit_events IN ACCESS EXCLUSIVE MODE"
	if strings.HasPrefix(t.url, "sqlite:") {
		lock = "UPDATE postern_keys SET created = created" // takes the lock for writing
	}
	if _, err := tx.ExecContext(t.Context(), lock); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	})
}

// 10,000 events of 64 goroutines are all stored when Close has returned, and those of
// each goroutine in their order.
func TestCloseStoresAllEvents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		const writers, events = 64, 10_000
		s := open(t, t.url)
		var next atomic.Int64
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for n := 0; next.Add(1) <= events; n++ {
					if err := s.Audit(t.Context(), event(w, n)); err != nil {
						t.Errorf("event %d of %d: %v", n, w, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Audit(t.Context(), event(0, 0)); !errors.Is(err, hostapi.ErrClosed) {
			t.Errorf("Audit after Close: %v", err)
		}
		trail, err := open(t, t.url).AuditTrail(t.Context(), store.AuditFilter{Limit: 2 * events})
		if err != nil || len(trail) != events {
			t.Fatalf("%d events, %v; want %d", len(trail), err, events)
		}
		last := make(map[string]int) // by writer; the trail begins with the latest
		for _, e := range trail {
			var n int
			if _, err := fmt.Sscan(e.Detail, &n); err != nil {
				t.Fatal(err)
			}
			if before, ok := last[e.Identity.Run]; ok && n != before-1 {
				t.Fatalf("event %d of writer %s follows %d", before, e.Identity.Run, n)
			}
			last[e.Identity.Run] = n
			if age := time.Since(e.Time); age < -time.Minute || age > 5*time.Minute {
				t.Fatalf("an event has the time %v", e.Time)
			}
		}
	})
}

// While the database does not accept events, none that finds room waits at all, and none
// that finds the queue full beyond its own deadline. What was taken is stored once, what
// was refused never.
func TestAuditWhileTheDatabaseIsStalled(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		unlock := lockAudit(t)
		defer unlock()
		const room, patience = 4096, 50 * time.Millisecond
		taken, began := 0, time.Now()
		for range room {
			ctx, cancel := context.WithTimeout(t.Context(), late)
			if err := s.Audit(ctx, event(0, taken)); err != nil {
				t.Fatalf("event %d: %v", taken, err)
			}
			cancel()
			taken++
		}
		if took := time.Since(began); took > late {
			t.Errorf("%d events took %v", room, took)
		}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			began := time.Now()
			err := s.Audit(ctx, event(1, 0))
			if took := time.Since(began); took > patience+late || hostapi.CodeOf(err) != hostapi.CodeTimeout {
				t.Errorf("an event beyond the room: %v after %v, want a timeout", err, took)
			}
			cancel()
		}
		short, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := s.Flush(short); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Errorf("Flush: %v, want a timeout", err)
		}
		unlock()
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		db := raw(t, t.url)
		if got := queryInt(t, db, "SELECT count(*) FROM postern_audit_events WHERE run = '0'"); got != taken {
			t.Errorf("%d events are stored, want %d", got, taken)
		}
		if got := queryInt(t, db, "SELECT count(DISTINCT detail) FROM postern_audit_events"); got != taken {
			t.Errorf("%d different events are stored, want %d", got, taken)
		}
	})
}

// The time of an event is that at which it happened, not that at which it was stored.
func TestTimeOfAnEventThatWaited(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		unlock := lockAudit(t)
		defer unlock()
		for n := range 2 {
			if err := s.Audit(t.Context(), event(0, n)); err != nil {
				t.Fatal(err)
			}
			short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if err := s.Flush(short); err == nil {
				t.Error("flushed to a locked table")
			}
			cancel()
		}
		unlock()
		events, err := s.AuditTrail(t.Context(), store.AuditFilter{})
		if err != nil || len(events) != 2 {
			t.Fatal(events, err)
		}
		if apart := events[0].Time.Sub(events[1].Time); apart < 200*time.Millisecond {
			t.Errorf("two events that happened 300ms apart are recorded %v apart", apart)
		}
	})
}

// Close says how many events are lost, and does not hang.
func TestCloseWithoutADatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s, err := store.Open(t.Context(), store.Config{URL: t.url, Key: testKey()})
		if err != nil {
			t.Fatal(err)
		}
		unlock := lockAudit(t)
		defer unlock()
		for n := range 7 {
			if err := s.Audit(t.Context(), event(0, n)); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		err = s.Close()
		if took := time.Since(began); took > 5*time.Second+late || err == nil || !strings.Contains(err.Error(), "events of the audit trail that could not be stored: 7") {
			t.Errorf("Close returned %v after %v", err, took)
		}
	})
}

// A statement that has stored its events and then failed, as when the connection breaks,
// does not store them again.
func TestEventsAreStoredOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		if strings.HasPrefix(t.url, "sqlite:") {
			return // there is no connection that could break
		}
		url, way := stallablePostgres(t, t.url)
		s, err := store.Open(t.Context(), store.Config{URL: url, Key: testKey()})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for n := range 500 {
					if err := s.Audit(t.Context(), event(w, n)); err != nil {
						t.Error(err)
						return
					}
					if n%50 == 0 {
						way.cut()
					}
				}
			})
		}
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := queryInt(t, raw(t, t.url), "SELECT count(*) FROM postern_audit_events"); got != 2000 {
			t.Errorf("%d events, want 2000", got)
		}
	})
}

// Events that are older than AuditKeep are deleted when the store is opened.
func TestAuditKeep(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		now := time.Now()
		for n := range 2500 { // more than one statement deletes
			e := event(0, n)
			e.Time = now.Add(-48 * time.Hour)
			if err := s.Audit(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		e := event(1, 0)
		e.Time = now.Add(-12 * time.Hour)
		if err := s.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		openConfig(t, store.Config{URL: t.url, AuditKeep: 24 * time.Hour})
		db, deadline := raw(t, t.url), time.After(2*time.Minute)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			got := queryInt(t, db, "SELECT count(*) FROM postern_audit_events")
			if got == 1 {
				return // the one of today
			}
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatalf("%d events, want the one of today", got)
			}
		}
	})
}
