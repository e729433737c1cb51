package store_test

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/storetest"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
	"github.com/postern-dev/postern/store"
)

func crm() connection.Key { return connection.Key{Connection: "crm"} }

func load(tb testing.TB, s *store.Store, key connection.Key) *connection.Record {
	tb.Helper()
	r, err := s.Load(tb.Context(), key)
	if err != nil {
		tb.Fatalf("load %v: %v", key, err)
	}
	return r
}

func put(tb testing.TB, s *store.Store, key connection.Key, secret string) {
	tb.Helper()
	if err := s.Put(tb.Context(), key, &connection.Record{State: connection.StateReady, Secret: []byte(secret)}); err != nil {
		tb.Fatalf("put %v: %v", key, err)
	}
}

// wantNow checks that a time of the database is about now: the database is on
// this machine.
func wantNow(tb testing.TB, what string, at time.Time) {
	tb.Helper()
	if d := time.Since(at).Abs(); d > time.Minute {
		tb.Errorf("%s is %v, which is %v from now", what, at, d)
	}
}

// TestContract holds what every store promises, as two processes see it.
func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) (a, b connection.Store) {
			t.Helper()
			url := sqliteURL(t)
			return open(t, url), open(t, url)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) (a, b connection.Store) {
			t.Helper()
			url := testservers.Postgres(t)
			return open(t, url), open(t, url)
		})
	})
}

func TestInvalidNames(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		for _, key := range []connection.Key{{}, {Account: "a"}, {Connection: "\xff"}, {Connection: "a", Account: "\x00"}} {
			_, err := s.Load(t.Context(), key)
			errs := []error{err, s.Put(t.Context(), key, &connection.Record{}), s.Delete(t.Context(), key)}
			_, err = s.Lease(t.Context(), key, 0, "me", connection.Lease{})
			errs = append(errs, err)
			_, err = s.SaveDefinition(t.Context(), store.Definition{Name: key.Connection + key.Account})
			errs = append(errs, err)
			if key.Connection == "" && key.Account == "a" {
				errs = errs[:4] // "a" is the name of a definition
			}
			for i, err := range errs {
				if got := hostapi.CodeOf(err); got != hostapi.CodeInvalidArgument {
					t.Errorf("%q, call %d: code %q, want invalid_argument", key, i, got)
				}
			}
		}
	})
}

// What a server says may be anything, and must not keep a state from being stored.
func TestReasonsOfAnyBytes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		const odd, want = "a\x00b\xffc\n", "a\uFFFDb\uFFFDc\n"
		if err := s.Put(t.Context(), crm(), &connection.Record{Reason: odd}); err != nil {
			t.Fatal(err)
		}
		if got := load(t, s, crm()).Reason; got != want {
			t.Errorf("reason %q, want %q", got, want)
		}
		if !leased(t, s, 1, "me") {
			t.Fatal("not leased")
		}
		if err := s.Release(t.Context(), crm(), "me", connection.StateFailing, "released "+odd); err != nil {
			t.Fatal(err)
		}
		if got := load(t, s, crm()).Reason; got != "released "+want {
			t.Errorf("reason %q", got)
		}
	})
}
