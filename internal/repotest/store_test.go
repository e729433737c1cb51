package repotest_test

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/postern-dev/postern/store"
)

const storePage = "docs/STORE.md"

// TestStoreSchema checks that the page on the store has the tables and columns that a
// new store has, in their order, and no others.
func TestStoreSchema(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "postern.db")
	s, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + file, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), `
		SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.rowid, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns := make(map[string][]string)
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		columns[table] = append(columns[table], column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	documented := documentedTables(t)
	for table, want := range columns {
		if got := documented[table]; !slices.Equal(got, want) {
			t.Errorf("%s gives the table %s the columns\n%q, the store\n%q", storePage, table, got, want)
		}
	}
	if len(documented) != len(columns) {
		t.Errorf("%s has %d tables, the store %d", storePage, len(documented), len(columns))
	}
}

// documentedTables returns the columns of the tables in the page on the store.
func documentedTables(t *testing.T) map[string][]string {
	t.Helper()
	tables := make(map[string][]string)
	for _, text := range strings.Split(section(string(read(t, storePage)), "Tables"), "\n### ")[1:] {
		name, _, _ := strings.Cut(text, "\n")
		for _, row := range rowsOf(text) {
			tables[name] = append(tables[name], spans(row[0])[0])
		}
	}
	return tables
}

// TestAuditActions checks that the page on the store names the actions of the audit
// trail.
func TestAuditActions(t *testing.T) {
	t.Parallel()
	page, found := string(read(t, storePage)), 0
	for name, action := range constantsOf(parseGo(t, "connection/store.go")) {
		if !strings.HasPrefix(name, "Action") {
			continue
		}
		found++
		if !strings.Contains(page, "`"+action+"`") {
			t.Errorf("%s does not name the action %s", storePage, action)
		}
	}
	if found == 0 {
		t.Error("found no actions")
	}
}
