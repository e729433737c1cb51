package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/store"
)

func leased(tb testing.TB, s *store.Store, generation int64, holder string) bool {
	tb.Helper()
	ok, err := s.Lease(tb.Context(), crm(), generation, holder, connection.Lease{})
	if err != nil {
		tb.Fatalf("lease: %v", err)
	}
	return ok
}

func committed(tb testing.TB, s *store.Store, holder string, generation int64, secret string) bool {
	tb.Helper()
	ok, err := s.Commit(tb.Context(), crm(), holder, &connection.Record{
		Generation: generation, State: connection.StateReady, Secret: []byte(secret),
	})
	if err != nil {
		tb.Fatalf("commit: %v", err)
	}
	return ok
}

func TestLeaseOfNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		if leased(t, s, 1, "me") {
			t.Error("leased generation 1 of nothing")
		}
		if r := load(t, s, crm()); r != nil {
			t.Errorf("a refused lease made %+v", r)
		}
		if !leased(t, s, 0, "me") {
			t.Error("no lease on what is not there")
		}
		r := load(t, s, crm())
		if r == nil || r.Generation != 0 || r.State != connection.StateUnused || r.Secret != nil {
			t.Fatalf("record %+v, want an empty one", r)
		}
		wantNow(t, "InFlight", r.InFlight)
		if !committed(t, s, "me", 1, "token") {
			t.Error("not committed")
		}
		if r := load(t, s, crm()); r.Generation != 1 || string(r.Secret) != "token" || !r.InFlight.IsZero() {
			t.Errorf("record %+v", r)
		}
	})
}

func TestLeaseIsOneHolders(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s, other := open(t, t.url), open(t, t.url)
		put(t, s, crm(), "one")
		if leased(t, s, 2, "me") || leased(t, s, 0, "me") {
			t.Error("leased a generation that it is not of")
		}
		if !leased(t, s, 1, "me") {
			t.Fatal("not leased")
		}
		if leased(t, other, 1, "you") {
			t.Error("leased to two")
		}
		if !leased(t, s, 1, "me") {
			t.Error("its holder cannot take the lease again")
		}
		if committed(t, other, "you", 2, "stolen") {
			t.Error("committed without a lease")
		}
		for _, generation := range []int64{1, 3} {
			if committed(t, s, "me", generation, "odd") {
				t.Errorf("committed generation %d after 1", generation)
			}
		}
		if r := load(t, s, crm()); r.Generation != 1 || string(r.Secret) != "one" || r.InFlight.IsZero() {
			t.Errorf("record %+v, want the first, in flight", r)
		}
		if !committed(t, s, "me", 2, "two") {
			t.Error("not committed")
		}
		if committed(t, s, "me", 3, "three") {
			t.Error("committed after the lease")
		}
		if !leased(t, other, 2, "you") {
			t.Error("the lease did not end with the commit")
		}
	})
}

// A lease has no end by the clock: it is taken over where its beat has stood still.
func TestLeaseOfTheDeadIsTakenOver(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), "one")
		if !leased(t, s, 1, "dead") {
			t.Fatal("not leased")
		}
		takeOver := func(dead connection.Lease) bool {
			t.Helper()
			ok, err := s.Lease(t.Context(), crm(), 1, "next", dead)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		beat := func(holder string) bool {
			t.Helper()
			ok, err := s.Beat(t.Context(), crm(), holder)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		seen := load(t, s, crm()).Lease
		if seen.Holder != "dead" {
			t.Fatalf("lease %+v, want that of dead", seen)
		}
		if beat("next") || load(t, s, crm()).Lease != seen {
			t.Error("beat without a lease")
		}
		if !beat("dead") || load(t, s, crm()).Lease == seen {
			t.Error("a beat does not show")
		}
		if takeOver(seen) || takeOver(connection.Lease{Holder: "other", Beat: seen.Beat + 1}) {
			t.Error("took a lease that has had a beat since it was watched")
		}
		if !takeOver(load(t, s, crm()).Lease) {
			t.Fatal("not taken over")
		}
		if beat("dead") || committed(t, s, "dead", 2, "late") {
			t.Error("beat or committed under a lease that another has by now")
		}
		if err := s.Release(t.Context(), crm(), "dead", connection.StateFailing, "late"); err != nil {
			t.Error(err)
		}
		if r := load(t, s, crm()); r.State != connection.StateReady || r.InFlight.IsZero() {
			t.Errorf("record %+v changed by a Release without a lease", r)
		}
		if !committed(t, s, "next", 2, "two") {
			t.Error("not committed")
		}
		if r := load(t, s, crm()); r.Lease.Holder != "" {
			t.Errorf("lease %+v after a commit", r.Lease)
		}
	})
}

func TestRelease(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), "one")
		if !leased(t, s, 1, "me") {
			t.Fatal("not leased")
		}
		if err := s.Release(t.Context(), crm(), "me", connection.StateNeedsReauth, "refused"); err != nil {
			t.Fatal(err)
		}
		r := load(t, s, crm())
		if r.State != connection.StateNeedsReauth || r.Reason != "refused" || !r.InFlight.IsZero() ||
			r.Generation != 1 || string(r.Secret) != "one" {
			t.Errorf("record %+v", r)
		}
		if !leased(t, s, 1, "you") {
			t.Error("the lease did not end")
		}
	})
}

func TestPutAndDeleteEndTheLease(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), "one")
		if !leased(t, s, 1, "me") {
			t.Fatal("not leased")
		}
		put(t, s, crm(), "granted")
		if committed(t, s, "me", 2, "late") || committed(t, s, "me", 3, "late") {
			t.Error("committed after a Put")
		}
		if r := load(t, s, crm()); r.Generation != 2 || string(r.Secret) != "granted" || !r.InFlight.IsZero() {
			t.Errorf("record %+v", r)
		}
		if !leased(t, s, 2, "me") {
			t.Fatal("not leased")
		}
		if err := s.Delete(t.Context(), crm()); err != nil {
			t.Fatal(err)
		}
		if committed(t, s, "me", 3, "late") {
			t.Error("committed after a Delete")
		}
	})
}

func TestInvalidLeases(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		_, noHolder := s.Lease(t.Context(), crm(), 0, "", connection.Lease{})
		_, noBeater := s.Beat(t.Context(), crm(), "")
		_, noCommitter := s.Commit(t.Context(), crm(), "", &connection.Record{Generation: 1})
		_, noGeneration := s.Commit(t.Context(), crm(), "me", &connection.Record{})
		noReleaser := s.Release(t.Context(), crm(), "", connection.StateReady, "")
		for i, err := range []error{noHolder, noBeater, noCommitter, noGeneration, noReleaser} {
			if got := hostapi.CodeOf(err); got != hostapi.CodeInvalidArgument {
				t.Errorf("call %d: code %q, want invalid_argument", i, got)
			}
		}
	})
}

func TestLeaseOnceAmongMany(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		var wg sync.WaitGroup
		var won atomic.Int32
		for i := range 16 {
			wg.Go(func() {
				ok, err := s.Lease(t.Context(), crm(), 0, strconv.Itoa(i), connection.Lease{})
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d have the lease, want 1", won.Load())
		}
	})
}

const renewals = 40

// renew renews a record, as all others do that call it with the same file, until
// it is of generation renewals. It returns how often it was the one. The secret
// counts along, which it would not if two had the lease at once.
func renew(ctx context.Context, s *store.Store, holder, file string) (int, error) {
	n := 0
	for {
		r, err := s.Load(ctx, crm())
		if err != nil {
			return n, err
		}
		if r == nil {
			r = new(connection.Record)
		}
		if r.Generation >= renewals {
			return n, nil
		}
		ok, err := s.Lease(ctx, crm(), r.Generation, holder, connection.Lease{})
		if err != nil {
			return n, err
		}
		if !ok {
			continue
		}
		done, err := witness(file)
		if err != nil {
			return n, err
		}
		count, _ := strconv.Atoi(string(r.Secret)) // none at first
		done()
		ok, err = s.Commit(ctx, crm(), holder, &connection.Record{
			Generation: r.Generation + 1, Secret: []byte(strconv.Itoa(count + 1)),
		})
		if err != nil || !ok {
			return n, fmt.Errorf("commit %d: %t, %w", r.Generation+1, ok, err)
		}
		n++
	}
}

// witness fails if another is at work that has the same file.
func witness(path string) (done func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return func() { _ = errors.Join(f.Close(), os.Remove(path)) }, nil
}

func TestRenewAmongGoroutines(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		file := filepath.Join(t.TempDir(), "held")
		var wg sync.WaitGroup
		var total atomic.Int64
		for i := range 8 {
			wg.Go(func() {
				n, err := renew(t.Context(), s, strconv.Itoa(i), file)
				if err != nil {
					t.Error(err)
				}
				total.Add(int64(n))
			})
		}
		wg.Wait()
		wantRenewed(t, s, total.Load())
	})
}

func TestRenewAmongProcesses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		file := filepath.Join(t.TempDir(), "held")
		var children []*child
		for range 4 {
			children = append(children, start(t, "renew", t.url, file))
		}
		var total int64
		for _, c := range children {
			n, err := strconv.ParseInt(c.wait(t), 10, 64)
			if err != nil {
				t.Error(err)
			}
			total += n
		}
		wantRenewed(t, s, total)
	})
}

func wantRenewed(tb testing.TB, s *store.Store, total int64) {
	tb.Helper()
	r := load(tb, s, crm())
	if total != renewals || r.Generation != renewals || string(r.Secret) != strconv.Itoa(renewals) {
		tb.Errorf("%d renewals, generation %d, counted %s; want %d of each", total, r.Generation, r.Secret, renewals)
	}
}
