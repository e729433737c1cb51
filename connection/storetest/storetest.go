// Package storetest tests an implementation of [connection.Store]. Run it from a test
// of the implementation:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) (a, b connection.Store) {
//			url := newDatabase(t)
//			return open(t, url), open(t, url)
//		})
//	}
package storetest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// Run runs the suite. Each test calls open for an empty store, opened twice as by two
// processes that share it; a store that cannot be shared is returned twice. open
// registers its cleanup with t. The tests run in parallel.
func Run(t *testing.T, open func(t *testing.T) (a, b connection.Store)) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(a, b testStore)
	}{
		{"PutAndLoad", putAndLoad},
		{"LoadedRecordIsACopy", loadedRecordIsACopy},
		{"AccountsAreApart", accountsAreApart},
		{"NamespacesAreApart", namespacesAreApart},
		{"ManagersOfNamespacesAreApart", managersOfNamespacesAreApart},
		{"GenerationsNeverRepeat", generationsNeverRepeat},
		{"DeleteOfNothing", deleteOfNothing},
		{"List", list},
		{"ReasonsOfAnyBytes", reasonsOfAnyBytes},
		{"PutAtOnce", putAtOnce},
		{"LeaseOfNothing", leaseOfNothing},
		{"LeaseHasOneHolder", leaseHasOneHolder},
		{"DeadLeaseIsTakenOver", deadLeaseIsTakenOver},
		{"Release", release},
		{"PutAndDeleteEndTheLease", putAndDeleteEndTheLease},
		{"LeaseOnceAmongMany", leaseOnceAmongMany},
		{"Audit", audit},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, b := open(t)
			test.run(testStore{t, a}, testStore{t, b})
		})
	}
}

// crm is the key of most tests.
func crm() connection.Key { return connection.Key{Connection: "crm"} }

// testStore is a store whose calls must not fail.
type testStore struct {
	t *testing.T
	connection.Store
}

func (s testStore) load(key connection.Key) *connection.Record {
	s.t.Helper()
	r, err := s.Load(s.t.Context(), key)
	if err != nil {
		s.t.Fatalf("load %v: %v", key, err)
	}
	return r
}

func (s testStore) put(key connection.Key, secret string) {
	s.t.Helper()
	if err := s.Put(s.t.Context(), key, &connection.Record{State: connection.StateReady, Secret: []byte(secret)}); err != nil {
		s.t.Fatalf("put %v: %v", key, err)
	}
}

func (s testStore) lease(generation int64, holder string, dead connection.Lease) bool {
	s.t.Helper()
	ok, err := s.Lease(s.t.Context(), crm(), generation, holder, dead)
	if err != nil {
		s.t.Fatalf("lease: %v", err)
	}
	return ok
}

func (s testStore) leased(generation int64, holder string) bool {
	s.t.Helper()
	return s.lease(generation, holder, connection.Lease{})
}

func (s testStore) beat(holder string) bool {
	s.t.Helper()
	ok, err := s.Beat(s.t.Context(), crm(), holder)
	if err != nil {
		s.t.Fatalf("beat: %v", err)
	}
	return ok
}

func (s testStore) committed(holder string, generation int64, secret string) bool {
	s.t.Helper()
	ok, err := s.Commit(s.t.Context(), crm(), holder, &connection.Record{
		Generation: generation, State: connection.StateReady, Secret: []byte(secret),
	})
	if err != nil {
		s.t.Fatalf("commit: %v", err)
	}
	return ok
}

func (s testStore) release(holder string, state connection.State, reason string) {
	s.t.Helper()
	if err := s.Release(s.t.Context(), crm(), holder, state, reason); err != nil {
		s.t.Fatalf("release: %v", err)
	}
}

func (s testStore) remove() {
	s.t.Helper()
	if err := s.Delete(s.t.Context(), crm()); err != nil {
		s.t.Fatalf("delete: %v", err)
	}
}

// wantNow checks that a time of the store is about now.
func (s testStore) wantNow(what string, at time.Time) {
	s.t.Helper()
	if d := time.Since(at).Abs(); d > time.Minute {
		s.t.Errorf("%s is %v, which is %v from now", what, at, d)
	}
}

func putAndLoad(a, b testStore) {
	t := a.t
	if r := a.load(crm()); r != nil {
		t.Errorf("record %+v before there is any", r)
	}
	expiry := time.Date(2031, 2, 3, 4, 5, 6, int(7*time.Millisecond), time.UTC)
	for i, want := range []connection.Record{
		{State: connection.StateReady},
		{
			State: connection.StateReady, Expiry: expiry, Scopes: []string{"read", "a b", "\"é\x00"},
			Secret: []byte("\x00\xff token"),
		},
		{State: connection.StateNeedsReauth, Reason: "refused", Scopes: []string{}, Secret: []byte("t")},
	} {
		given := want
		given.Generation, given.InFlight, given.Lease = 77, expiry, connection.Lease{Holder: "me", Beat: 9} // fields that the store sets itself
		if err := a.Put(t.Context(), crm(), &given); err != nil {
			t.Fatal(err)
		}
		for _, s := range []testStore{a, b} {
			got := s.load(crm())
			s.wantNow("Updated", got.Updated)
			want.Generation, want.Updated, want.Lease.Beat = int64(i+1), got.Updated, got.Lease.Beat
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
		}
	}
}

func loadedRecordIsACopy(a, b testStore) {
	t := a.t
	given := &connection.Record{State: connection.StateReady, Scopes: []string{"read"}, Secret: []byte("token")}
	if err := a.Put(t.Context(), crm(), given); err != nil {
		t.Fatal(err)
	}
	loaded := b.load(crm())
	for _, r := range []*connection.Record{given, loaded} {
		r.Scopes[0], r.Secret[0], r.Reason = "write", 'x', "changed"
	}
	if r := a.load(crm()); r.Scopes[0] != "read" || string(r.Secret) != "token" || r.Reason != "" {
		t.Errorf("record %+v, which its caller has changed", r)
	}
}

func accountsAreApart(a, _ testStore) {
	t := a.t
	keys := []connection.Key{
		{Connection: "a"},
		{Connection: "a", Account: "b"},
		{Connection: "a#b"},
		{Connection: "A"},
		{Connection: "顧客", Account: "é"},
		{Connection: "顧客", Account: "e\u0301"},
	}
	for _, key := range keys {
		a.put(key, fmt.Sprintf("%q", key))
	}
	for _, key := range keys {
		if got, want := string(a.load(key).Secret), fmt.Sprintf("%q", key); got != want {
			t.Errorf("secret of %v is %s", key, got)
		}
	}
}

func generationsNeverRepeat(a, b testStore) {
	t := a.t
	a.put(crm(), "one")
	a.put(crm(), "two")
	a.remove()
	if r := b.load(crm()); r != nil {
		t.Errorf("record %+v after Delete", r)
	}
	if entries, err := a.List(t.Context(), ""); err != nil || len(entries) != 0 {
		t.Errorf("list %+v, %v after Delete", entries, err)
	}
	// A process that has loaded a deleted generation is too late.
	for generation := int64(1); generation <= 3; generation++ {
		if b.leased(generation, "late") {
			t.Errorf("generation %d leased after Delete", generation)
		}
	}
	if !a.leased(0, "new") {
		t.Error("no lease on a record that does not exist")
	}
	if r := a.load(crm()); r == nil || r.Generation != 0 || r.Secret != nil || r.State != connection.StateUnused {
		t.Errorf("record %+v, want an empty one", r)
	}
	a.put(crm(), "three")
	if r := a.load(crm()); r.Generation != 3 || string(r.Secret) != "three" {
		t.Errorf("generation %d of %q, want 3", r.Generation, r.Secret)
	}
}

func deleteOfNothing(a, _ testStore) {
	t := a.t
	a.remove()
	a.put(crm(), "token")
	if r := a.load(crm()); r.Generation != 1 {
		t.Errorf("generation %d, want 1", r.Generation)
	}
}

func list(a, b testStore) {
	t := a.t
	for _, name := range []string{"é", "b", "B", "a b", "a"} {
		a.put(connection.Key{Connection: name, Account: "2"}, "token")
		a.put(connection.Key{Connection: name}, "token")
	}
	entries, err := b.List(t.Context(), "")
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
}

// The text of a server's error may be any bytes, and must not prevent a state from
// being stored. A store may replace what is not text.
func reasonsOfAnyBytes(a, _ testStore) {
	t := a.t
	const odd, want = "a\x00b\xffc\n", "abc\n"
	text := func(reason string) string {
		return strings.Map(func(c rune) rune {
			if c == 0 || c == '\uFFFD' {
				return -1
			}
			return c
		}, reason)
	}
	if err := a.Put(t.Context(), crm(), &connection.Record{Reason: odd}); err != nil {
		t.Fatal(err)
	}
	if got := text(a.load(crm()).Reason); got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
	if !a.leased(1, "me") {
		t.Fatal("not leased")
	}
	a.release("me", connection.StateFailing, "released "+odd)
	if got := text(a.load(crm()).Reason); got != "released "+want {
		t.Errorf("reason %q", got)
	}
}

func putAtOnce(a, b testStore) {
	t := a.t
	const writers, each = 4, 5
	var wg sync.WaitGroup
	for _, s := range []testStore{a, b} {
		for range writers {
			wg.Go(func() {
				for range each {
					if err := s.Put(t.Context(), crm(), &connection.Record{Secret: []byte("token")}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	if got := a.load(crm()).Generation; got != 2*writers*each {
		t.Errorf("generation %d, want %d", got, 2*writers*each)
	}
}

func leaseOfNothing(a, b testStore) {
	t := a.t
	if a.leased(1, "me") {
		t.Error("leased generation 1 of nothing")
	}
	if r := a.load(crm()); r != nil {
		t.Errorf("a refused lease made %+v", r)
	}
	if !a.leased(0, "me") {
		t.Error("no lease on a record that does not exist")
	}
	r := b.load(crm())
	if r == nil || r.Generation != 0 || r.State != connection.StateUnused || r.Secret != nil {
		t.Fatalf("record %+v, want an empty one", r)
	}
	a.wantNow("InFlight", r.InFlight)
	if !a.committed("me", 1, "token") {
		t.Error("not committed")
	}
	if r := b.load(crm()); r.Generation != 1 || string(r.Secret) != "token" || !r.InFlight.IsZero() {
		t.Errorf("record %+v", r)
	}
}

func leaseHasOneHolder(a, b testStore) {
	t := a.t
	a.put(crm(), "one")
	if a.leased(2, "me") || a.leased(0, "me") {
		t.Error("leased a generation that the record does not have")
	}
	if !a.leased(1, "me") {
		t.Fatal("not leased")
	}
	if b.leased(1, "you") {
		t.Error("leased to two")
	}
	if !a.leased(1, "me") {
		t.Error("its holder cannot take the lease again")
	}
	if b.committed("you", 2, "stolen") {
		t.Error("committed without a lease")
	}
	for _, generation := range []int64{1, 3} {
		if a.committed("me", generation, "odd") {
			t.Errorf("committed generation %d after 1", generation)
		}
	}
	if r := b.load(crm()); r.Generation != 1 || string(r.Secret) != "one" || r.InFlight.IsZero() {
		t.Errorf("record %+v, want the first, in flight", r)
	}
	if !a.committed("me", 2, "two") {
		t.Error("not committed")
	}
	if a.committed("me", 3, "three") {
		t.Error("committed after the lease")
	}
	if !b.leased(2, "you") {
		t.Error("the lease did not end with the commit")
	}
}

// A lease does not expire: it is taken over if its heartbeat has stopped.
func deadLeaseIsTakenOver(a, b testStore) {
	t := a.t
	a.put(crm(), "one")
	if !a.leased(1, "dead") {
		t.Fatal("not leased")
	}
	seen := b.load(crm()).Lease
	if seen.Holder != "dead" {
		t.Fatalf("lease %+v, want that of dead", seen)
	}
	if b.beat("next") || b.load(crm()).Lease != seen {
		t.Error("beat without a lease")
	}
	if !a.beat("dead") || b.load(crm()).Lease == seen {
		t.Error("a heartbeat is not visible")
	}
	if b.lease(1, "next", seen) || b.lease(1, "next", connection.Lease{Holder: "other", Beat: seen.Beat + 1}) {
		t.Error("took a lease that has had a beat since it was watched")
	}
	if !b.lease(1, "next", b.load(crm()).Lease) {
		t.Fatal("not taken over")
	}
	if a.beat("dead") || a.committed("dead", 2, "late") {
		t.Error("beat or committed under a lease that another has by now")
	}
	a.release("dead", connection.StateFailing, "late")
	if r := b.load(crm()); r.State != connection.StateReady || r.InFlight.IsZero() {
		t.Errorf("record %+v changed by a Release without a lease", r)
	}
	if !b.committed("next", 2, "two") {
		t.Error("not committed")
	}
	if r := b.load(crm()); r.Lease.Holder != "" {
		t.Errorf("lease %+v after a commit", r.Lease)
	}
}

func release(a, b testStore) {
	t := a.t
	a.put(crm(), "one")
	if !a.leased(1, "me") {
		t.Fatal("not leased")
	}
	a.release("me", connection.StateNeedsReauth, "refused")
	r := b.load(crm())
	if r.State != connection.StateNeedsReauth || r.Reason != "refused" || !r.InFlight.IsZero() ||
		r.Generation != 1 || string(r.Secret) != "one" {
		t.Errorf("record %+v", r)
	}
	if !b.leased(1, "you") {
		t.Error("the lease did not end")
	}
}

func putAndDeleteEndTheLease(a, b testStore) {
	t := a.t
	a.put(crm(), "one")
	if !a.leased(1, "me") {
		t.Fatal("not leased")
	}
	b.put(crm(), "granted")
	if a.committed("me", 2, "late") || a.committed("me", 3, "late") {
		t.Error("committed after a Put")
	}
	if r := a.load(crm()); r.Generation != 2 || string(r.Secret) != "granted" || !r.InFlight.IsZero() {
		t.Errorf("record %+v", r)
	}
	if !a.leased(2, "me") {
		t.Fatal("not leased")
	}
	b.remove()
	if a.committed("me", 3, "late") {
		t.Error("committed after a Delete")
	}
}

func leaseOnceAmongMany(a, b testStore) {
	t := a.t
	var wg sync.WaitGroup
	var won atomic.Int32
	for i := range 16 {
		s := a
		if i%2 == 1 {
			s = b
		}
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
}

func audit(a, _ testStore) {
	t := a.t
	for _, event := range []connection.AuditEvent{
		{Action: connection.ActionUse, Key: crm(), Identity: hostapi.Identity{Actor: "task"}, Detail: "api.example.com"},
		{Action: connection.ActionFail, Key: connection.Key{Connection: "crm", Account: "ada"}},
	} {
		if err := a.Audit(t.Context(), event); err != nil {
			t.Errorf("audit %+v: %v", event, err)
		}
	}
	// Events of many tasks are taken at once, and Flush does not wait for those that come
	// later.
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 20 {
				event := connection.AuditEvent{Action: connection.ActionUse, Key: crm(), Detail: strconv.Itoa(i)}
				if err := a.Audit(t.Context(), event); err != nil {
					t.Errorf("audit: %v", err)
				}
			}
			if err := a.Flush(t.Context()); err != nil {
				t.Errorf("flush: %v", err)
			}
		})
	}
	wg.Wait()
}
