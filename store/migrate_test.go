package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/store"
)

// fillVersion2 gives the empty database what the store of version 2 wrote, whose tables
// had no prefix.
func fillVersion2(t dbTest) {
	t.Helper()
	kind, _, _ := strings.Cut(t.url, ":")
	statements, err := os.ReadFile(filepath.Join("testdata", "version2", kind+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, t.url)
	for statement := range strings.SplitSeq(string(statements), ";\n") {
		if strings.TrimSpace(statement) != "" {
			mustExec(t, db, statement)
		}
	}
}

// wantVersion2 checks that a store has all that was in the tables of version 2. The
// times differ between the two databases.
func wantVersion2(t dbTest, s *store.Store) {
	t.Helper()
	entries, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		generation    int64
		reason        string
		secret        string
		scopes        int
		expiry, begun bool
	}{
		"0#": {generation: 1, secret: "token 0"}, "1#": {generation: 1, secret: "token 1"}, "2#": {generation: 1, secret: "token 2"},
		"crm#":   {begun: true},
		"顧客#ada": {generation: 1, secret: "\x00\xff binary", reason: "é \uFFFD", scopes: 2, expiry: true},
	}
	for _, e := range entries {
		name := e.Connection + "#" + e.Account
		w, ok := want[name]
		delete(want, name)
		r := load(t, s, e.Key)
		if !ok || r.Generation != w.generation || r.Reason != w.reason || string(r.Secret) != w.secret || len(r.Scopes) != w.scopes ||
			r.Updated.Year() != 2026 || r.Expiry.IsZero() == w.expiry || r.InFlight.IsZero() == w.begun || r.Lease.Holder != "" {
			t.Errorf("record %s is %+v, want %+v without a lease", name, r, w)
		}
	}
	if len(want) > 0 {
		t.Errorf("there is no record of %v", want)
	}
	definitions, err := s.Definitions(t.Context(), "")
	if err != nil || len(definitions) != 2 || string(definitions[1].Secrets) != "secret of erp" || string(definitions[1].Table) != `{"grant":"static"}` {
		t.Errorf("definitions %v, %v", definitions, err)
	}
	events, err := s.AuditTrail(t.Context(), store.AuditFilter{})
	if err != nil || len(events) != 3 {
		t.Fatalf("events %v, %v, want 3", events, err)
	}
	for i, e := range events {
		if e.Identity.Actor != "ada" || e.Key != crm() || e.Detail != string(rune('2'-i)) || e.Time.Year() != 2026 {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	// The deleted generation is not given again.
	put(t, s, connection.Key{Connection: "gone"}, "again")
	if r := load(t, s, connection.Key{Connection: "gone"}); r.Generation != 2 {
		t.Errorf("generation %d after a deleted one, want 2", r.Generation)
	}
}

// A store of the version whose tables had no prefix is moved to tables that have one,
// and nothing is lost. Tables of the program beside it stay, even with the older names.
func TestVersion2IsMoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		fillVersion2(t)
		db := raw(t, t.url)
		if _, err := store.Open(t.Context(), store.Config{URL: t.url, Key: make([]byte, 32)}); err == nil {
			t.Error("opened with another key")
		}
		if got := queryInt(t, db, "SELECT count(*) FROM keys"); got != 2 {
			t.Errorf("%d keys after opening with another key, want 2", got)
		}
		var wg sync.WaitGroup
		for range 3 { // processes that start at once
			wg.Go(func() { open(t, t.url) })
		}
		wg.Wait()
		wantVersion2(t, open(t, t.url))
		for _, table := range []string{"keys", "connection_records", "connection_definitions", "audit_events"} {
			if _, err := db.ExecContext(t.Context(), "SELECT 1 FROM "+table); err == nil {
				t.Errorf("the older table %s is still there", table)
			}
		}
	})
}

// Version 1 had a column that version 2 replaced by another.
func TestVersion1IsMoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		fillVersion2(t)
		db := raw(t, t.url)
		mustExec(t, db, "ALTER TABLE connection_records ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0")
		mustExec(t, db, "ALTER TABLE connection_records DROP COLUMN lease_beat")
		mustExec(t, db, "DELETE FROM postern_store_version WHERE version_id = 2")
		wantVersion2(t, open(t, t.url))
	})
}

// A database that a program shares with the store may have tables of the names that the
// store once used.
func TestTablesOfTheProgramAreLeftAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		db := raw(t, t.url)
		mustExec(t, db, "CREATE TABLE keys (id BIGINT)")
		mustExec(t, db, "INSERT INTO keys VALUES (7)")
		s := open(t, t.url)
		put(t, s, crm(), "token")
		rotate(t, s)
		if got := queryInt(t, db, "SELECT sum(id) FROM keys"); got != 7 {
			t.Errorf("the table of the program has %d, want 7", got)
		}
	})
}
