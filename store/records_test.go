package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
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

func TestPutAndLoad(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		if r := load(t, s, crm()); r != nil {
			t.Errorf("record %+v before there is any", r)
		}
		expiry := time.Date(2031, 2, 3, 4, 5, 6, int(7*time.Millisecond), time.UTC)
		records := []connection.Record{
			{},
			{
				State: connection.StateReady, Expiry: expiry, Scopes: []string{"read", "a b", "\"é\x00"},
				Secret: []byte("\x00\xff token"),
			},
			{State: connection.StateNeedsReauth, Reason: "refused", Scopes: []string{}, Secret: []byte("t")},
		}
		for i, want := range records {
			given := want
			given.Generation, given.InFlight = 77, expiry // not the caller's to say
			if err := s.Put(t.Context(), crm(), &given); err != nil {
				t.Fatal(err)
			}
			// Another process sees the same.
			for _, s := range []*store.Store{s, open(t, t.url)} {
				got := load(t, s, crm())
				wantNow(t, "Updated", got.Updated)
				want.Generation, want.Updated = int64(i+1), got.Updated
				if !reflect.DeepEqual(*got, want) {
					t.Errorf("got  %+v\nwant %+v", *got, want)
				}
			}
		}
	})
}

func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		keys := []connection.Key{
			{Connection: "a"},
			{Connection: "a", Account: "b"},
			{Connection: "a#b"},
			{Connection: "A"},
			{Connection: "顧客", Account: "é"},
			{Connection: "顧客", Account: "e\u0301"},
		}
		for _, key := range keys {
			put(t, s, key, fmt.Sprintf("%q", key))
		}
		for _, key := range keys {
			if got, want := string(load(t, s, key).Secret), fmt.Sprintf("%q", key); got != want {
				t.Errorf("secret of %v is %s", key, got)
			}
		}
	})
}

func TestGenerationsNeverRepeat(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), "one")
		put(t, s, crm(), "two")
		if err := s.Delete(t.Context(), crm()); err != nil {
			t.Fatal(err)
		}
		if r := load(t, s, crm()); r != nil {
			t.Errorf("record %+v after Delete", r)
		}
		if entries, err := s.List(t.Context()); err != nil || len(entries) != 0 {
			t.Errorf("list %+v, %v after Delete", entries, err)
		}
		// Whoever still has one of the deleted generations is too late.
		for generation := int64(1); generation <= 3; generation++ {
			if leased(t, s, generation, "late") {
				t.Errorf("generation %d leased after Delete", generation)
			}
		}
		if !leased(t, s, 0, "new") {
			t.Error("no lease on what is not there")
		}
		if r := load(t, s, crm()); r == nil || r.Generation != 0 || r.Secret != nil || r.State != connection.StateUnused {
			t.Errorf("record %+v, want an empty one", r)
		}
		put(t, s, crm(), "three")
		if r := load(t, s, crm()); r.Generation != 3 || string(r.Secret) != "three" {
			t.Errorf("generation %d of %q, want 3", r.Generation, r.Secret)
		}
	})
}

func TestDeleteWhatIsNotThere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		if err := s.Delete(t.Context(), crm()); err != nil {
			t.Error(err)
		}
		put(t, s, crm(), "token")
		if r := load(t, s, crm()); r.Generation != 1 {
			t.Errorf("generation %d, want 1", r.Generation)
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		names := []string{"é", "b", "B", "a b", "a"}
		for _, name := range names {
			put(t, s, connection.Key{Connection: name, Account: "2"}, "token")
			put(t, s, connection.Key{Connection: name}, "token")
		}
		entries, err := s.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Connection+"#"+e.Account)
			if e.Secret != nil || e.Generation != 1 || e.State != connection.StateReady {
				t.Errorf("entry %+v", e)
			}
		}
		if got, want := strings.Join(got, " "), "B# B#2 a# a#2 a b# a b#2 b# b#2 é# é#2"; got != want {
			t.Errorf("order %s, want %s", got, want)
		}
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
			errs = append(errs, err, s.SaveDefinition(t.Context(), store.Definition{Name: key.Connection + key.Account}))
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

func TestPutAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		const writers, each = 8, 5
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if err := s.Put(t.Context(), crm(), &connection.Record{Secret: []byte("token")}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if got := load(t, s, crm()).Generation; got != writers*each {
			t.Errorf("generation %d, want %d", got, writers*each)
		}
	})
}
