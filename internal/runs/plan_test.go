package runs

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// With 10,000 runs queued and 20,000 kept, what is done for each run, and each page of a list, uses an index: the plan of no
// statement reads all runs.
func TestPlans(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r, err := Open(t.Context(), db, Config{Poll: time.Hour, Heartbeat: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := r.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		const queued, ended = 10_000, 20_000
		for _, statement := range []string{
			fmt.Sprintf(manyRuns, ended, queued), "ANALYZE",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		s := &r.statements
		statements := map[string]struct {
			text string
			args []any
		}{
			"take: is any ready": {text: textOf(s, &s.anyReady)},
			"take: what is due":  {text: textOf(s, &s.ready)},
			"take: the heads":    {text: textOf(s, &s.heads)},
			"take: the next":     {textOf(s, &s.following), []any{"queue", 2, 0, "", 10}},
			"take: in progress":  {text: "SELECT tenant, task FROM postern_runs WHERE node <> ''"},
			"queue again":        {textOf(s, &s.queue), []any{"id", 1, 0, "", "", 0, 0}},
			"end":                {textOf(s, &s.end), []any{"id", 1, "failed", "", "", nil, 0}},
			"the same request":   {"SELECT id FROM postern_runs WHERE tenant = $1 AND actor = $2 AND idempotency_key = $3", []any{"", "ada", "key"}},
			"what has to go":     {"SELECT id FROM postern_runs WHERE finished > 0 AND finished < $1 ORDER BY finished, id LIMIT $2", []any{10_000, 100}},
		}
		for name, q := range map[string]Query{
			"list":          {},
			"list, a page":  {Cursor: encodeCursor(1_000_000, "0190163d-8694-739b-aea5-966c26f8ad91")},
			"list, task":    {Filter: Filter{Task: "task-7"}},
			"list, tenant":  {Filter: Filter{Tenant: "tenant-3"}},
			"list, times":   {Filter: Filter{From: time.UnixMilli(500), To: time.UnixMilli(600)}},
			"list, failed":  {Filter: Filter{States: []State{Failed}}},
			"list, by text": {Filter: Filter{Text: "7"}},
		} {
			text, args, err := q.statement(51)
			if err != nil {
				t.Fatal(err)
			}
			statements[name] = struct {
				text string
				args []any
			}{text, args}
		}
		for name, statement := range statements {
			if plan := r.explain(t, statement.text, statement.args...); readsAll(plan) {
				t.Errorf("%s: the plan reads all runs:\n%s", name, plan)
			}
		}
		// The test sees a plan that does.
		if plan := r.explain(t, "SELECT count(*) FROM postern_runs WHERE error = $1", "x"); !readsAll(plan) {
			t.Errorf("a plan that reads all runs is not known as one:\n%s", plan)
		}
	})
}

// manyRuns inserts runs that have ended, and others that are queued, of ten tasks and five tenants.
const manyRuns = `
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d + %[2]d)
INSERT INTO postern_runs (id, tenant, task, version, actor, priority, timeout, slots, rate_runs, rate_per, queue, attempts, safe, started_by, schedule,
	tick, retry_of, fingerprint, state, due, turn, created, started, finished)
SELECT 'run-' || i, 'tenant-' || (i %% 5), 'task-' || (i %% 10), '1', 'ada', 2, 1000, 0, 0, 0, '{"tenant":"tenant-' || (i %% 5) || '"}', 3, 0, 'api', '',
	0, '', '', CASE WHEN i > %[1]d THEN 'queued' WHEN i %% 4 = 0 THEN 'failed' ELSE 'succeeded' END,
	CASE WHEN i > %[1]d THEN i END, CASE WHEN i > %[1]d THEN 2 END, i, CASE WHEN i > %[1]d THEN 0 ELSE i END, CASE WHEN i > %[1]d THEN 0 ELSE i END
FROM n`

// textOf returns the text of a prepared statement.
func textOf(s *statements, of **sql.Stmt) string {
	for _, p := range s.list() {
		if p.to == of {
			return p.text
		}
	}
	return ""
}

// explain returns the plan of a statement.
func (r *Runs) explain(t *testing.T, statement string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	prefix := "EXPLAIN QUERY PLAN "
	if r.db.Dialect == database.PostgreSQL {
		prefix = "EXPLAIN "
	}
	err := r.db.InTx(t.Context(), "explain", func(tx *sql.Tx) error {
		if r.db.Dialect == database.PostgreSQL {
			if _, err := tx.ExecContext(t.Context(), "SELECT "+preferIndexes); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(t.Context(), prefix+r.sql(statement), args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // see Err
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			into := make([]any, len(columns))
			for i := range into {
				into[i] = new(any)
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			line, _ := into[len(into)-1].(*any)
			fmt.Fprintln(&plan, *line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return plan.String()
}

// readsAll reports whether a plan reads all runs, and sorts or counts them.
func readsAll(plan string) bool {
	for line := range strings.Lines(plan) {
		line = strings.TrimSpace(strings.TrimLeft(line, " ->"))
		if strings.HasPrefix(line, "Seq Scan on postern_runs ") || strings.HasPrefix(line, "SCAN postern_runs") && !strings.Contains(line, "INDEX") || strings.Contains(line, "SCAN r\n") {
			return true
		}
		if strings.Contains(line, "TEMP B-TREE FOR ORDER BY") || strings.HasPrefix(line, "Sort  ") {
			return true
		}
	}
	return false
}

// Tables of a newer release are refused, and those that this one makes are its first version.
func TestNewerTables(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		if err := db.Update(t.Context(), tables()); err != nil {
			t.Fatal(err)
		}
		m, err := db.Migrations(t.Context(), tables())
		if err != nil || m.Current != 1 || m.Target != 1 {
			t.Errorf("version %d of %d, %v; want the first", m.Current, m.Target, err)
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO postern_runs_version (version_id, is_applied) VALUES (2, true)"); err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), db, Config{})
		e, _ := err.(*hostapi.Error) //nolint:errorlint // it is returned as it is
		if e == nil || e.Code != hostapi.CodeConfig || !strings.Contains(e.Message, "its tables have version 2, and this program supports only up to 1") || e.Hint == "" {
			t.Errorf("tables of a newer release: %v", err)
		}
	})
}
