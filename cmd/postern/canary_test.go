package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/testservers"
	"github.com/postern-dev/postern/store"
)

// exercise uses these connections in every way there is, lets the token endpoint fail in
// these ways, and manages connections, store and keys.
func (n *nest) exercise(t *testing.T, working, failures []string) {
	t.Helper()
	const file = "oauth.toml"
	n.on(t, file, 0, "connect", "code")
	n.on(t, file, 0, "connect", "code#ada")
	n.on(t, file, 0, "connect", "bound")
	n.on(t, file, 0, "connect", "pushed")
	n.on(t, file, 0, "connect", "tv")
	for _, name := range working {
		n.run(t, file, "leak.js", name, 0)
		n.run(t, file, "throw.js", name, 1)
		n.on(t, file, 0, "connection", "show", name)
		n.on(t, file, 0, "connection", "show", name, "--json")
	}
	for _, name := range []string{"code", "open", "fixed"} {
		n.on(t, file, 0, "run", filepath.Join(n.dir, "file.js"), "--use", name, "--item", "q_name=STRING_TEXTFIELD", "--item", "q_url=STRING_TEXTFIELD",
			"--item", "q_files=FILE", "--data", "q_name="+name, "--data", "q_url="+n.url, "--out", filepath.Join(n.dir, "out of "+name))
	}
	for _, way := range failures {
		name := "bad " + way
		n.run(t, file, "leak.js", name, 0)
		n.run(t, file, "throw.js", name, 1)
		n.on(t, file, 3, "token", name)
		n.on(t, file, 3, "connect", name)
		n.on(t, file, 3, "connection", "test", name)
		n.on(t, file, 0, "connection", "show", name)
	}
	n.run(t, file, "leak.js", "down", 0)
	n.on(t, file, 3, "token", "down")

	for _, name := range []string{"code", "bound", "open", "shared", "robot", "exchanged", "certified", "fixed", "pair"} {
		n.on(t, file, 0, "connection", "test", name)
	}
	n.on(t, file, 3, "connection", "test", "user")
	n.on(t, file, 0, "connection", "list")
	n.on(t, file, 0, "connection", "list", "--json")
	n.postern(t, "check", n.dir)

	n.takeOver(t)
	n.stores(t)

	n.on(t, file, 0, "connection", "audit")
	n.on(t, file, 0, "connection", "audit", "--json", "--limit", "1000")
	n.on(t, file, 0, "connection", "revoke", "code#ada", "--yes")
	n.on(t, file, 0, "connection", "revoke", "bound", "--yes")
	n.on(t, file, 3, "connection", "revoke", "tv", "--yes")
	n.on(t, file, 4, "connection", "trust", "certified", "--yes", "--fingerprint", strings.Repeat("0", 64))
	n.on(t, file, 0, "keys", "rotate")
	n.on(t, file, 0, "keys", "rotate")
	n.on(t, file, 0, "keys", "rotate", "--to", "env:NEXT_STORE_KEY")
	n.on(t, file, 2, "connection", "list")
	n.on(t, "next.toml", 0, "connection", "list")
	n.run(t, "next.toml", "leak.js", "code", 0)
}

// audit holds that the trail tells of all that was done, and by whom.
func (n *nest) audit(t *testing.T) {
	t.Helper()
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Time                              time.Time
		Action, Connection, Actor, Detail string
	}
	p := n.on(t, "next.toml", 0, "connection", "audit", "--json")
	if err := json.Unmarshal([]byte(p.stdout), &events); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, e := range events {
		seen[e.Action+" "+e.Connection] = true
		if e.Actor != who.Username || time.Since(e.Time) > time.Hour {
			t.Errorf("%+v is not of %s and of today", e, who.Username)
		}
	}
	for _, want := range []string{
		"add code", "authorize code", "authorize bound", "authorize tv", "refresh code", "refresh robot", "use code", "use fixed", "use pair",
		"fail pushed", "fail bad html", "revoke code", "revoke bound",
	} {
		if !seen[want] {
			t.Errorf("the trail does not have %s:\n%s", want, p.stdout)
		}
	}
}

// takeOver imports tokens, and what only looks like some.
func (n *nest) takeOver(t *testing.T) {
	t.Helper()
	good, err := json.Marshal(map[string]any{"code#bob": map[string]any{
		"access_token": n.mint("imported access token"), "refresh_token": n.mint("imported refresh token"), "scopes": []string{"read"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	n.on(t, "oauth.toml", 0, "connection", "import", n.keepFile(t, "import.json", string(good)))
	n.run(t, "oauth.toml", "leak.js", "code#bob", 0)
	lost := n.mint("token that is not imported")
	quoted, err := json.Marshal(lost)
	if err != nil {
		t.Fatal(err)
	}
	for i, content := range []string{
		`{"code": {"access_token": [$]}}`, `{"code": {"access_token": $, "expires_at": $}}`, `{"code": {"access_token": $, "scopes": $}}`, `{"code": {"access_token": $, "more": $}}`,
		`{"code": $}`, `[{"access_token": $}]`, `{"code": {"access_token": $`, `{"code": {"access_token": ` + lost + `}}`, `{"code": {$: $}}`, `{"fixed": {"access_token": $}}`,
	} {
		path := n.keepFile(t, fmt.Sprintf("import%d.json", i), strings.ReplaceAll(content, "$", string(quoted)))
		n.on(t, "oauth.toml", 2, "connection", "import", path)
	}
}

// stores names stores that are none.
func (n *nest) stores(t *testing.T) {
	t.Helper()
	n.on(t, "nostore.toml", 3, "connection", "list")
	n.on(t, "nostore.toml", 3, "keys", "rotate")
	n.on(t, "oddstore.toml", 2, "connection", "list")
	n.on(t, "oddkey.toml", 2, "connection", "list")
	n.run(t, "oddkey.toml", "leak.js", "code", 2)
}

// token runs the one command that is there to print an access token, and searches what
// it prints for everything else.
func (n *nest) token(t *testing.T, file, name string) {
	t.Helper()
	for _, more := range [][]string{nil, {"--json"}} {
		p := n.on(t, file, 0, append([]string{"token", name}, more...)...)
		n.out = n.out[:len(n.out)-1]
		if n.find([]byte(p.stdout), nil) == nil {
			t.Errorf("%v\nis not the token of %s", p, name)
		}
		own := func(name string) bool { return name == "access token" || name == "fixed token" }
		if found := n.find([]byte(p.stdout), own); found != nil {
			t.Errorf("%v\nhas\n%s", p, strings.Join(found, "\n"))
		}
		if found := n.find([]byte(p.stderr), nil); found != nil {
			t.Errorf("%v\nhas on stderr\n%s", p, strings.Join(found, "\n"))
		}
	}
}

// searchPrinted looks for the canaries in all that the command has printed.
func (n *nest) searchPrinted(t *testing.T) {
	t.Helper()
	for _, p := range n.out {
		for stream, text := range map[string]string{"stdout": p.stdout, "stderr": p.stderr, "arguments": strings.Join(p.args, " ")} {
			if found := n.find([]byte(text), nil); found != nil {
				t.Errorf("%s of postern %s has\n%s", stream, strings.Join(p.args, " "), strings.Join(found, "\n"))
			}
		}
	}
}

// searchFiles looks for them in every file that the test did not put one into.
func (n *nest) searchFiles(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(n.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slices.Contains(n.secret, path) {
			return err
		}
		content, err := os.ReadFile(path)
		if found := n.find(content, nil); found != nil {
			t.Errorf("%s has\n%s", path, strings.Join(found, "\n"))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// everyCell returns all that a PostgreSQL database has, table by table.
func everyCell(t *testing.T, storeURL string) map[string][]byte {
	t.Helper()
	db, err := sql.Open("pgx", storeURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	list := func(query string) (all [][]byte) {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		cells, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for _, cell := range cells {
				all = append(all, slices.Clone([]byte(cell)))
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	tables := make(map[string][]byte)
	for _, table := range list("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'") {
		tables[string(table)] = slices.Concat(list(`SELECT * FROM "` + string(table) + `"`)...)
	}
	return tables
}

// TestSecretsAreNowhere runs every command that has to do with connections against a
// server that repeats all it is sent, and searches for every secret that there is:
// in what the commands print, in the audit trail, and in every byte that they store.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	t.Run("K05 SQLite", testCanariesInSQLite)
	t.Run("K05 PostgreSQL", testCanariesInPostgres)
	t.Run("proxy", testCanariesAtAProxy)
	t.Run("escaped again", testCanariesEscapedAgain)
	t.Run("as a scope", testCanariesAsScopes)
}

func testCanariesInSQLite(t *testing.T) {
	t.Parallel()
	n := newNest(t, "sqlite:postern.db")
	key, err := store.ParseKey(n.env["STORE_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	// With the store open all the time, what is written stays in its log.
	s, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(n.dir, "postern.db"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	n.exercise(t, []string{"code", "code#ada", "bound", "pushed", "tv", "open", "shared", "user", "robot", "exchanged", "certified", "fixed", "key", "pair"}, canaryFailures)
	t.Run("K10", n.audit) //nolint:paralleltest // of what was done so far
	n.token(t, "next.toml", "code")
	n.token(t, "next.toml", "fixed")
	if err := s.Backup(t.Context(), filepath.Join(n.dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postern.db", "postern.db-wal", "postern.db-shm", "backup.db", "out of code/got.txt"} {
		if info, err := os.Stat(filepath.Join(n.dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s has nothing to search: %v", name, err)
		}
	}
	n.searchPrinted(t)
	n.searchFiles(t)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	n.searchFiles(t) // the log is in the database now
	// What was never used could not be found.
	for _, name := range n.given {
		if !n.hears(n.env[name]) {
			t.Errorf("no server was sent the secret %s", name)
		}
	}
	if !n.hears("CN=me") {
		t.Error("no server was shown the client's certificate")
	}
	for _, name := range []string{
		"access token", "refresh token", "ID token", "authorization code", "device code", "code_verifier", "DPoP key", "client_assertion", "assertion",
	} {
		if !n.has(name) {
			t.Errorf("there was no %s", name)
		}
	}
}

func testCanariesInPostgres(t *testing.T) {
	t.Parallel()
	storeURL := testservers.Postgres(t)
	n := newNest(t, storeURL)
	// What is printed does not depend on the store: one connection for each kind of record.
	n.exercise(t, []string{"code", "code#ada", "bound", "pushed", "robot", "fixed", "pair"}, []string{"html"})
	t.Run("K10", n.audit) //nolint:paralleltest // of what was done so far
	n.token(t, "next.toml", "code")
	n.searchPrinted(t)
	n.searchFiles(t)
	tables := everyCell(t, storeURL)
	for _, table := range []string{"postern_connection_records", "postern_audit_events", "postern_keys"} {
		if len(tables[table]) == 0 {
			t.Errorf("the table %s has nothing to search", table)
		}
	}
	for table, cells := range tables {
		if found := n.find(cells, nil); found != nil {
			t.Errorf("the table %s has\n%s", table, strings.Join(found, "\n"))
		}
	}
}

// The password of the way out is as much of a secret, whatever the proxy says.
func testCanariesAtAProxy(t *testing.T) {
	t.Parallel()
	n := newNest(t, "sqlite:postern.db")
	n.run(t, "proxy.toml", "leak.js", "open", 0)
	n.run(t, "proxyown.toml", "leak.js", "open", 0)
	n.on(t, "proxyown.toml", 0, "connection", "show", "open", "--json")
	if !n.hears(n.env["PROXY_PASSWORD"]) {
		t.Error("the proxy was sent no password")
	}
	for _, file := range []string{"proxydown.toml", "proxyfails.toml"} {
		n.run(t, file, "leak.js", "open", 0)
		n.run(t, file, "throw.js", "open", 1)
		n.on(t, file, 3, "token", "open")
		n.on(t, file, 3, "connection", "test", "open")
	}
	n.searchPrinted(t)
	n.searchFiles(t)
}

// An API may escape what was escaped already, such as a request in an HTML page.
func testCanariesEscapedAgain(t *testing.T) {
	t.Parallel()
	n := newNest(t, "sqlite:postern.db")
	n.more = true
	for _, name := range []string{"open", "shared", "pair", "fixed", "key"} {
		n.run(t, "oauth.toml", "leak.js", name, 0)
	}
	n.run(t, "oauth.toml", "throw.js", "open", 1)
	n.searchPrinted(t)
	n.searchFiles(t)
}

// A scope, or the name of a user, that is a token is stored and shown no more than
// the token is.
func testCanariesAsScopes(t *testing.T) {
	t.Parallel()
	n := newNest(t, "sqlite:postern.db")
	n.tells = true
	n.on(t, "oauth.toml", 0, "connect", "code")
	n.run(t, "oauth.toml", "leak.js", "code", 0)
	n.on(t, "oauth.toml", 0, "connection", "show", "code", "--json")
	n.on(t, "oauth.toml", 0, "connection", "test", "code")
	n.token(t, "oauth.toml", "code")
	n.searchPrinted(t)
	n.searchFiles(t)
}
