package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
	"github.com/postern-dev/postern/store"
)

// onEachPair runs test with a store in each kind of database, and with the URL of an
// empty one of each kind beside it.
func onEachPair(t *testing.T, test func(t dbTest, to string)) {
	t.Helper()
	onEach(t, func(t dbTest) {
		from := t.url
		t.Run("to sqlite", func(tt *testing.T) { test(dbTest{tt, from}, sqliteURL(tt)) })
		t.Run("to postgres", func(tt *testing.T) {
			test(dbTest{tt, from}, testservers.Postgres(tt))
		})
	})
}

// state returns all that a store has, opened.
func state(tb testing.TB, s *store.Store) string {
	tb.Helper()
	var b strings.Builder
	entries, err := s.List(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		r := load(tb, s, e.Key)
		fmt.Fprintf(&b, "%v %d %s %q %v %q %v %v %q\n", e.Key, r.Generation, r.State, r.Reason, r.Expiry, r.Scopes, r.Updated, r.InFlight, r.Secret)
	}
	definitions, err := s.Definitions(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	fmt.Fprintf(&b, "%v\n", definitions)
	events, err := s.AuditTrail(tb.Context(), store.AuditFilter{})
	if err != nil {
		tb.Fatal(err)
	}
	fmt.Fprintf(&b, "%v\n", events)
	return b.String()
}

// populate gives a store something of everything.
func populate(tb testing.TB, s *store.Store) {
	tb.Helper()
	fill(tb, s, 3)
	rotate(tb, s) // keys of several ids
	record := &connection.Record{
		State: connection.StateNeedsReauth, Reason: "é \x00", Expiry: time.UnixMilli(1_900_000_000_000).UTC(),
		Scopes: []string{"a", "b c"}, Secret: []byte("\x00\xff binary"),
	}
	if err := s.Put(tb.Context(), connection.Key{Connection: "顧客", Account: "ada"}, record); err != nil {
		tb.Fatal(err)
	}
	put(tb, s, connection.Key{Connection: "gone"}, "token")
	if err := s.Delete(tb.Context(), connection.Key{Connection: "gone"}); err != nil {
		tb.Fatal(err)
	}
	if !leased(tb, s, 0, "me") { // a lease, and no secret
		tb.Fatal("not leased")
	}
	for i := range 3 {
		event := connection.AuditEvent{Action: connection.ActionUse, Key: crm(), Identity: hostapi.Identity{Actor: "ada"}, Detail: fmt.Sprint(i)}
		if err := s.Audit(tb.Context(), event); err != nil {
			tb.Fatal(err)
		}
	}
	if err := s.Flush(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func TestCopyToAnotherDatabase(t *testing.T) {
	t.Parallel()
	onEachPair(t, func(t dbTest, url string) {
		from := open(t, t.url)
		if len(dump(t, t.url)) < 1000 {
			populate(t, from)
		}
		want := state(t, from)
		key := bytes.Repeat([]byte{7}, 32)
		to := openWith(t, url, key)
		var told []string
		copied, err := from.CopyTo(t.Context(), to, store.CopyOptions{Progress: func(done, total int) { told = append(told, fmt.Sprint(done, total)) }})
		if err != nil {
			t.Fatal(err)
		}
		if want := (store.Copied{Records: 6, Definitions: 1, Events: 3}); copied != want {
			t.Errorf("copied %+v, want %+v", copied, want)
		}
		if got := state(t, to); got != want {
			t.Errorf("the copy has\n%s\nwant\n%s", got, want)
		}
		if got := state(t, openWith(t, url, key)); got != want {
			t.Errorf("opened again, the copy has\n%s\nwant\n%s", got, want)
		}
		if got := state(t, from); got != want {
			t.Error("the source was changed")
		}
		// The lease stayed behind, and a deleted generation is not given again.
		if !leased(t, to, 0, "another") {
			t.Error("the copy has a lease of another process")
		}
		put(t, to, connection.Key{Connection: "gone"}, "new")
		if r := load(t, to, connection.Key{Connection: "gone"}); r.Generation != 2 {
			t.Errorf("generation %d, want 2", r.Generation)
		}
		rotate(t, to)

		_, err = from.CopyTo(t.Context(), to, store.CopyOptions{})
		wantConfigError(t, err, "is not empty")
		if _, err := from.CopyTo(t.Context(), to, store.CopyOptions{Replace: true}); err != nil {
			t.Fatal(err)
		}
		if got := state(t, to); got != want {
			t.Errorf("replaced, the copy has\n%s\nwant\n%s", got, want)
		}
	})
}

func TestCopyToItself(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		populate(t, s)
		want := state(t, s)
		_, err := s.CopyTo(t.Context(), open(t, t.url), store.CopyOptions{Replace: true})
		wantConfigError(t, err, "is the store itself")
		if got := state(t, s); got != want {
			t.Error("the store was changed")
		}
	})
}

// All of it is there in the end, or nothing.
func TestCopyOfWhatCannotBeDecrypted(t *testing.T) {
	t.Parallel()
	onEachPair(t, func(t dbTest, url string) {
		from, to := open(t, t.url), open(t, url)
		fill(t, from, 3)
		put(t, to, crm(), "before")
		want := dump(t, url)
		mustExec(t, raw(t, t.url), "UPDATE postern_connection_records SET secret = substr(secret, 1, 5) WHERE connection IN ('0', '2')")
		_, err := from.CopyTo(t.Context(), to, store.CopyOptions{Replace: true})
		errs := all(err)
		for _, err := range errs {
			wantConfigError(t, err, "cannot be decrypted")
			if !errors.Is(err, connection.ErrUnreadable) {
				t.Errorf("%v is not ErrUnreadable", err)
			}
		}
		if len(errs) != 2 {
			t.Errorf("errors %v, want two", err)
		}
		if got := dump(t, url); got != want {
			t.Error("a failed copy changed the other store")
		}
	})
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	onEachPair(t, func(t dbTest, url string) {
		s := open(t, t.url)
		if len(dump(t, t.url)) < 1000 {
			populate(t, s)
		}
		want := state(t, s)
		dir := t.TempDir()
		path := filepath.Join(dir, "backup.db")
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("files %v, %v; want one", entries, err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		key := bytes.Repeat([]byte{7}, 32)
		to := openWith(t, url, key)
		put(t, to, crm(), "later")

		options := store.RestoreOptions{Key: testKey()}
		_, err = to.Restore(t.Context(), path, options)
		wantConfigError(t, err, "is not empty")
		options.Replace = true
		_, err = to.Restore(t.Context(), path, store.RestoreOptions{CopyOptions: options.CopyOptions})
		wantConfigError(t, err, "the master key is not that of this store")
		if got := string(load(t, to, crm()).Secret); got != "later" {
			t.Errorf("secret %q after restoring was refused", got)
		}
		copied, err := to.Restore(t.Context(), path, options)
		if err != nil {
			t.Fatal(err)
		}
		if copied.Records != 6 || copied.Events != 3 {
			t.Errorf("restored %+v", copied)
		}
		if got := state(t, to); got != want {
			t.Errorf("restored\n%s\nwant\n%s", got, want)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Error("restoring changed the backup")
		}
	})
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		populate(t, s)
		want := state(t, s)
		dir := t.TempDir()
		write := func(name, content string) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		backup := filepath.Join(dir, "backup.db")
		if err := s.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(backup)
		if err != nil {
			t.Fatal(err)
		}
		tests := []struct{ path, message string }{
			{filepath.Join(dir, "none"), "there is no such file"},
			{dir, "is not a file"},
			{write("empty", ""), "is not a backup of a store"},
			{write("text", strings.Repeat("text\n", 1000)), "is not a database"},
			{write("cut", string(whole[:len(whole)/2])), "is damaged"},
		}
		for _, tt := range tests {
			_, err := s.Restore(t.Context(), tt.path, store.RestoreOptions{CopyOptions: store.CopyOptions{Replace: true}})
			wantConfigError(t, err, tt.message)
			if err != nil && !strings.Contains(err.Error(), tt.path) {
				t.Errorf("error %v does not name %s", err, tt.path)
			}
		}
		if got := state(t, s); got != want {
			t.Error("a refused backup changed the store")
		}
	})
}

// A panic in Progress is an error that says so, and nothing is copied.
func TestPanicInProgress(t *testing.T) {
	t.Parallel()
	from, to := open(t, sqliteURL(t)), open(t, sqliteURL(t))
	fill(t, from, 200)
	_, err := from.CopyTo(t.Context(), to, store.CopyOptions{Progress: func(int, int) { panic("canary") }})
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Code != hostapi.CodeInternal || e.Message != "Progress of the CopyOptions panicked" {
		t.Errorf("error %v, want that Progress panicked", err)
	}
	if entries, err := to.List(t.Context(), ""); err != nil || len(entries) > 0 {
		t.Errorf("the copy has %d records, %v", len(entries), err)
	}
}
