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
