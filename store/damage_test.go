package store_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/store"
)

// filled returns the bytes of a SQLite store with something in every table.
func filled(tb testing.TB) []byte {
	tb.Helper()
	url := sqliteURL(tb)
	s, err := store.Open(tb.Context(), store.Config{URL: url, Key: testKey()})
	if err != nil {
		tb.Fatal(err)
	}
	fill(tb, s, 30)
	for range 30 {
		if err := s.Audit(tb.Context(), connection.AuditEvent{Action: connection.ActionUse, Key: crm()}); err != nil {
			tb.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return content(tb, url)
}

// useDamaged opens a file as a store and calls everything. Whatever is in the file,
// no error is one of ours, and each one says what to do.
func useDamaged(tb testing.TB, file []byte) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "damaged.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		tb.Fatal(err)
	}
	check := func(name string, err error) {
		if err == nil {
			return
		}
		for _, err := range all(err) {
			e, ok := err.(*hostapi.Error) //nolint:errorlint // it must be of that type
			if !ok || e.Code != hostapi.CodeConfig || e.Hint == "" {
				tb.Errorf("%s: %q of %v, want config with a hint", name, hostapi.CodeOf(err), err)
			}
		}
	}
	s, err := store.Open(tb.Context(), store.Config{URL: "sqlite:" + path, Key: testKey()})
	check("Open", err)
	if err != nil {
		return
	}
	defer s.Close() //nolint:errcheck // of no interest here
	for name, call := range calls(s) {
		check(name, call(tb.Context()))
	}
}

// all returns the errors that are joined in err.
func all(err error) (errs []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, err := range joined.Unwrap() {
		errs = append(errs, all(err)...)
	}
	return errs
}

func TestTruncatedFile(t *testing.T) {
	t.Parallel()
	file := filled(t)
	for _, size := range []int{1, 15, 16, 100, 1000, 4095, 4096, 4097, 8192, len(file) / 2, len(file) - 4096, len(file) - 1} {
		useDamaged(t, file[:size])
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	file := filled(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		damaged := bytes.Clone(file)
		at := random.IntN(len(damaged))
		for i := at; i < min(at+1+random.IntN(2000), len(damaged)); i++ {
			damaged[i] = byte(random.Uint32())
		}
		useDamaged(t, damaged)
	}
}

func FuzzDamagedFile(f *testing.F) {
	f.Add(16, []byte{0})
	f.Add(100, []byte("\x0d\x00"))
	f.Add(4096, bytes.Repeat([]byte{0xff}, 4096))
	file := filled(f)
	f.Fuzz(func(t *testing.T, at int, damage []byte) {
		t.Parallel()
		damaged := bytes.Clone(file)
		copy(damaged[uint(at)%uint(len(damaged)):], damage)
		useDamaged(t, damaged)
	})
}

// openToBreak opens a store that will not be able to store all events.
func openToBreak(tb testing.TB, url string) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), store.Config{URL: url, Key: testKey()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTablesGone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := openToBreak(t, t.url)
		mustExec(t, raw(t, t.url), "DROP TABLE postern_audit_events")
		if err := s.Audit(t.Context(), connection.AuditEvent{Action: connection.ActionUse, Key: crm()}); err != nil {
			t.Fatal(err)
		}
		wantConfigError(t, s.Flush(t.Context()), "its tables are damaged, or not those of a store")
	})
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := open(t, sqliteURL(t))
	put(t, s, crm(), "token")
	if err := s.OneConnection(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // as many as there are
		t.Fatal(err)
	}
	long := strings.Repeat("x", 100_000)
	wantConfigError(t, s.Put(t.Context(), crm(), &connection.Record{Secret: []byte(long)}), "the disk is full")
	if got := string(load(t, s, crm()).Secret); got != "token" {
		t.Errorf("secret %q, want the one before", got)
	}
	if err := s.OneConnection(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	put(t, s, crm(), long) // there is space again
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	s := open(t, sqliteURL(t))
	put(t, s, crm(), "token")
	if err := s.OneConnection(t.Context(), "PRAGMA query_only = true"); err != nil {
		t.Fatal(err)
	}
	wantConfigError(t, s.Put(t.Context(), crm(), &connection.Record{}), "cannot be written")
	if got := string(load(t, s, crm()).Secret); got != "token" {
		t.Errorf("secret %q, want it readable", got)
	}
}

// A file that is gone is not written to: what goes there is lost. Nor does the end of the store wait for it.
func TestFileGoneWhileInUse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(tb testing.TB, path string)
	}{
		{"removed", func(tb testing.TB, path string) {
			tb.Helper()
			if err := os.Remove(path); err != nil {
				tb.Fatal(err)
			}
		}},
		{"replaced", func(tb testing.TB, path string) {
			tb.Helper()
			other := sqliteURL(tb)
			if err := open(tb, other).Close(); err != nil {
				tb.Fatal(err)
			}
			if err := os.Rename(strings.TrimPrefix(other, "sqlite:"), path); err != nil {
				tb.Fatal(err)
			}
		}},
		{"folder moved", func(tb testing.TB, path string) {
			tb.Helper()
			if err := os.Rename(filepath.Dir(path), filepath.Dir(path)+"-moved"); err != nil {
				tb.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "postern.db")
			s := openToBreak(t, "sqlite:"+path)
			put(t, s, crm(), "token")
			tt.do(t, path)
			for name, call := range calls(s) {
				err := call(t.Context())
				if err == nil {
					t.Errorf("%s succeeded", name)
					continue
				}
				wantConfigError(t, err, "the file was removed or replaced while it was in use")
			}
			began := time.Now()
			wantConfigError(t, s.Close(), "events of the audit trail that could not be stored")
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("Close took %v", took)
			}
		})
	}
}
