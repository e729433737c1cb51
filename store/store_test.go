package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
	"github.com/postern-dev/postern/store"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	_ = flag.Set("test.parallel", "8") // by default: most tests wait for a database
	os.Exit(m.Run())
}

// dbTest is a test on one kind of database.
type dbTest struct {
	*testing.T
	url string // of a database that is empty at first
}

// onEach runs test on every kind of database.
func onEach(t *testing.T, test func(t dbTest)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(dbTest{t, sqliteURL(t)})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(dbTest{t, testservers.Postgres(t)})
	})
}

func sqliteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "postern.db")
}

// testKey is the master key of all tests but those about it.
func testKey() []byte { return []byte("0123456789abcdef0123456789abcdef") }

func open(tb testing.TB, url string) *store.Store {
	tb.Helper()
	return openWith(tb, url, testKey())
}

func openWith(tb testing.TB, url string, key []byte) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), store.Config{URL: url, Key: key})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// raw opens the database below the Store.
func raw(tb testing.TB, url string) *sql.DB {
	tb.Helper()
	driver, name := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, name = "sqlite", (&neturl.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(10000)"}).String()
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(tb testing.TB, db *sql.DB, statement string) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

func queryInt(tb testing.TB, db *sql.DB, query string, args ...any) int {
	tb.Helper()
	var n int
	if err := db.QueryRowContext(tb.Context(), query, args...).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return n
}

// dump returns all that the database has, as text.
func dump(tb testing.TB, url string) string {
	tb.Helper()
	db := raw(tb, url)
	defer func() { _ = db.Close() }()
	var b strings.Builder
	for _, table := range []string{"postern_keys", "postern_connection_records", "postern_connection_definitions", "postern_audit_events", "postern_store_version"} {
		rows, err := db.QueryContext(tb.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
		if err != nil {
			tb.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			tb.Fatal(err)
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				tb.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %s\n", table, values)
		}
		if err := rows.Err(); err != nil {
			tb.Fatal(err)
		}
		_ = rows.Close()
	}
	return b.String()
}

// wantConfigError checks that err tells of a wrong setting and what to do.
func wantConfigError(tb testing.TB, err error, message string) {
	tb.Helper()
	e, ok := err.(*hostapi.Error) //nolint:errorlint // it must be of that type
	switch {
	case !ok:
		tb.Errorf("error %v, want a hostapi.Error", err)
	case e.Code != hostapi.CodeConfig:
		tb.Errorf("code of %q is %q, want config", e, e.Code)
	case !strings.Contains(e.Error(), message):
		tb.Errorf("error %q, want %q in it", e, message)
	case e.Hint == "":
		tb.Errorf("no hint with %q", e)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "oauth.toml")
	if err := os.WriteFile(text, bytes.Repeat([]byte("# no database\n"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, url, message string }{
		{"empty URL", "", "neither URL nor DB"},
		{"path alone", filepath.Join(dir, "a.db"), "neither sqlite: nor postgres:"},
		{"other database", "mysql://root:hunter22@127.0.0.1/db", "neither sqlite: nor postgres:"},
		{"no path", "sqlite:", "names no file"},
		{"no folder", "sqlite:" + filepath.Join(dir, "none", "a.db"), "no such folder"},
		{"folder", "sqlite:" + dir, dir},
		{"below a file", "sqlite:" + filepath.Join(text, "a.db"), "cannot create"},
		{"not a database", "sqlite:" + text, "not a database"},
		{"bad URL", "postgres://root:hunter22@127.0.0.1:port/db", "not valid"},
		{"slash in the password", "postgres://root:hunter22/x@127.0.0.1/db", "not valid"},
		{"slash behind digits", "postgres://root:1/hunter22@127.0.0.1/db", "not valid"},
		{"question mark behind digits", "postgres://root:1?hunter22@127.0.0.1/db", "not valid"},
		{"number sign behind digits", "postgres://root:1#hunter22@127.0.0.1/db", "not valid"},
		{"percent sign", "postgres://root:hunter22%zz@127.0.0.1/db", "not valid"},
		{"bad parameter", "postgres://root:hunter22@127.0.0.1/db?sslmode=hunter22", "not valid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), store.Config{URL: tt.url, Key: testKey()})
			wantConfigError(t, err, tt.message)
			wantNoSecret(t, err, "hunter22")
		})
	}
	if content, err := os.ReadFile(text); err != nil || !bytes.HasPrefix(content, []byte("# no database\n# no")) {
		t.Errorf("the file that is no database was changed: %v", err)
	}
}

// wantNoSecret checks that no way of printing err shows the secret.
func wantNoSecret(tb testing.TB, err error, secret string) {
	tb.Helper()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for e := err; e != nil; {
			if text := fmt.Sprintf(format, e); strings.Contains(text, secret) {
				tb.Errorf("%s of the error shows the secret: %s", format, text)
			}
			u, ok := e.(interface{ Unwrap() error })
			if !ok {
				break
			}
			e = u.Unwrap()
		}
	}
}

func TestOpenPostgresRefuses(t *testing.T) {
	t.Parallel()
	url := testservers.Postgres(t)
	before, after, _ := strings.Cut(url, "@")
	user, password, _ := strings.Cut(strings.TrimPrefix(before, "postgres://"), ":")
	host, _, _ := strings.Cut(after, "/")
	tests := []struct {
		name, url, message string
		code               hostapi.Code
	}{
		{"wrong password", "postgres://" + user + ":hunter22@" + after, "password authentication failed", hostapi.CodeConfig},
		{"no such database", before + "@" + host + "/none?sslmode=disable", `"none" does not exist`, hostapi.CodeConfig},
		{"no server", "postgres://" + user + ":hunter22@127.0.0.1:1/none", "cannot be reached: connect: connection refused", hostapi.CodeNetwork},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), store.Config{URL: tt.url, Key: testKey()})
			if got := hostapi.CodeOf(err); got != tt.code {
				t.Errorf("code %q, want %q", got, tt.code)
			}
			if err == nil || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("error %v, want %q in it", err, tt.message)
			}
			wantNoSecret(t, err, "hunter22")
			wantNoSecret(t, err, password)
		})
	}
}

// What is wrong with the way to a server is told; the URL, which has a password in
// it, is not.
func TestOpenUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) // another kind of server
			_ = conn.Close()
		}
	}()
	other := listener.Addr().String()
	tests := []struct{ name, url, message string }{
		{"no server", "postgres://root:hunter22@127.0.0.1:1/db", "open store postgres://127.0.0.1:1/db: the database cannot be reached: connect: connection refused"},
		{"password as a parameter", "postgres://127.0.0.1:1/db?user=root&password=hunter22", "connection refused"},
		{"no such host", "postgres://root:hunter22@nosuch.invalid/db", "lookup nosuch.invalid"},
		{"another kind of server", "postgres://root:hunter22@" + other + "/db?sslmode=disable", "the database cannot be reached: "},
		{"no TLS", "postgres://root:hunter22@" + other + "/db?sslmode=require", "the database cannot be reached: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), store.Config{URL: tt.url, Key: testKey()})
			if hostapi.CodeOf(err) != hostapi.CodeNetwork || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("error %q of %v, want network with %q", hostapi.CodeOf(err), err, tt.message)
			}
			wantNoSecret(t, err, "hunter22")
		})
	}
}

func TestK08OpenWithAnotherKey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		if err := s.Put(t.Context(), connection.Key{Connection: "crm"}, &connection.Record{Secret: []byte("token")}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before, file := dump(t, t.url), content(t, t.url)
		tests := []struct {
			key     []byte
			message string
		}{
			{nil, "master key is missing"},
			{[]byte("short"), "5 bytes, not 32"},
			{make([]byte, 64), "64 bytes, not 32"},
			{make([]byte, 32), "is not that of this store"},
		}
		for _, tt := range tests {
			_, err := store.Open(t.Context(), store.Config{URL: t.url, Key: tt.key})
			wantConfigError(t, err, tt.message)
		}
		if dump(t, t.url) != before || !bytes.Equal(content(t, t.url), file) {
			t.Error("a refused key changed the store")
		}
	})
}

// content returns the bytes of the file, nil if the database is no file.
func content(tb testing.TB, url string) []byte {
	tb.Helper()
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return nil
	}
	file, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

func TestK11OpenRefusesNewerTables(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		if err := open(t, t.url).Close(); err != nil {
			t.Fatal(err)
		}
		db := raw(t, t.url)
		mustExec(t, db, "INSERT INTO postern_store_version (version_id, is_applied) VALUES (999, true)")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		before, file := dump(t, t.url), content(t, t.url)
		_, err := store.Open(t.Context(), store.Config{URL: t.url, Key: testKey()})
		wantConfigError(t, err, "version 999")
		if dump(t, t.url) != before || !bytes.Equal(content(t, t.url), file) {
			t.Error("the store was changed")
		}
	})
}

func TestOpenAgainChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		if err := open(t, t.url).Close(); err != nil {
			t.Fatal(err)
		}
		before, file := dump(t, t.url), content(t, t.url)
		if err := open(t, t.url).Close(); err != nil {
			t.Fatal(err)
		}
		if dump(t, t.url) != before || !bytes.Equal(content(t, t.url), file) {
			t.Error("the store was changed")
		}
	})
}

func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		names := strings.Split("abcdefghijkl", "")
		var children []*child
		for _, name := range names {
			children = append(children, start(t, "put", t.url, name))
		}
		for _, c := range children {
			c.wait(t)
		}
		s := open(t, t.url)
		for _, name := range names {
			r, err := s.Load(t.Context(), connection.Key{Connection: name})
			if err != nil || r == nil || string(r.Secret) != "secret of "+name {
				t.Errorf("record of %s is %v, %v", name, r, err)
			}
		}
	})
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	// Characters that mean something in a URI mean nothing in a path.
	dir := filepath.Join(t.TempDir(), "a b?c=d&mode=ro#%41")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "postern.db")
	s := open(t, "sqlite:"+path)
	if err := s.Backup(t.Context(), filepath.Join(dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(entries), "[- backup.db - postern.db - postern.db-shm - postern.db-wal]"; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode(); mode != 0o600 {
			t.Errorf("%s has mode %v, want 0600", e.Name(), mode)
		}
	}
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		ctx := canceled(t)
		for name, call := range calls(s) {
			if got := hostapi.CodeOf(call(ctx)); got != hostapi.CodeCanceled {
				t.Errorf("%s: code %q, want canceled", name, got)
			}
		}
	})
}

func TestClosed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, call := range calls(s) {
			if err := call(t.Context()); !errors.Is(err, hostapi.ErrClosed) {
				t.Errorf("%s: %v, want closed", name, err)
			}
		}
	})
}
