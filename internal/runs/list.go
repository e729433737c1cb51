package runs

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/internal/database"
)

// Filter selects runs. Zero fields select all.
type Filter struct {
	States   []State
	Tenant   string
	Task     string
	Actor    string
	Schedule string // id
	Trigger  Trigger
	From, To time.Time // of creation; To itself is not in the range
	Text     string    // in the id, the name of the task, the actor or the error, in any case
}

// Query asks for a page of a list.
type Query struct {
	Filter

	Limit  int    // runs of a page, at most 200. Default: 50
	Cursor string // Page.Next of the page before; empty: the first page
}

// Page is a page of a list.
type Page struct {
	Runs []*Run // without Input, Result and Resume
	Next string // cursor of the next page; empty: this is the last one
}

const (
	opList     = "list runs"
	usualLimit = 50
	maxLimit   = 200
)

// List returns runs, the newest first. A cursor that is not valid is
// [hostapi.CodeInvalidArgument].
func (r *Runs) List(ctx context.Context, q Query) (Page, error) {
	limit := min(cmp.Or(max(0, q.Limit), usualLimit), maxLimit)
	statement, args, err := q.statement(limit + 1)
	if err != nil {
		return Page{}, err
	}
	rows, err := r.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return Page{}, r.db.Failed(ctx, opList, "", err)
	}
	runs, err := scanRuns(rows, false)
	if err != nil {
		return Page{}, r.db.Failed(ctx, opList, "", err)
	}
	if len(runs) <= limit {
		return Page{Runs: runs}, nil
	}
	runs = runs[:limit]
	last := runs[limit-1]
	return Page{runs, encodeCursor(last.Created.UnixMilli(), last.ID)}, nil
}

// statement returns the statement for up to n runs of the page, with its parameters.
func (q *Query) statement(n int) (string, []any, error) {
	where := q.where()
	if q.Cursor != "" {
		created, id, err := decodeCursor(q.Cursor)
		if err != nil {
			return "", nil, err
		}
		where.add("(created, id) < (%s, %s)", created, id)
	}
	return "SELECT " + head + " FROM postern_runs " + where.text() + " ORDER BY created DESC, id DESC LIMIT " + strconv.Itoa(n), where.args, nil
}

// Counts returns how many of the selected runs are in each state.
func (r *Runs) Counts(ctx context.Context, f Filter) (map[State]int, error) {
	where := f.where()
	rows, err := r.db.QueryContext(ctx, "SELECT state, count(*) FROM postern_runs "+where.text()+" GROUP BY state", where.args...)
	if err != nil {
		return nil, r.db.Failed(ctx, opList, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	counts := make(map[State]int)
	for rows.Next() {
		var state State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, r.db.Failed(ctx, opList, "", err)
		}
		counts[state] = n
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opList, "", err)
	}
	return counts, nil
}

func encodeCursor(created int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(created, 10) + " " + id))
}

func decodeCursor(cursor string) (created int64, id string, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		var millis string
		millis, id, _ = strings.Cut(string(text), " ")
		created, err = strconv.ParseInt(millis, 10, 64)
	}
	if err != nil || uuid.Validate(id) != nil { // also one that was cut off
		return 0, "", invalid(opList, "cursor", "is not valid", "use the one of the page before, or none for the first page")
	}
	return created, id, nil
}

// conditions are those of a WHERE clause, with their parameters.
type conditions struct {
	all  []string
	args []any
}

// add adds a condition, with %s for each of args.
func (c *conditions) add(format string, args ...any) {
	names := make([]any, len(args))
	for i, arg := range args {
		c.args = append(c.args, arg)
		names[i] = "$" + strconv.Itoa(len(c.args))
	}
	c.all = append(c.all, fmt.Sprintf(format, names...))
}

func (c *conditions) text() string {
	if len(c.all) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(c.all, " AND ")
}

func (f *Filter) where() *conditions {
	c := new(conditions)
	if len(f.States) > 0 {
		states := make([]any, len(f.States))
		for i, state := range f.States {
			states[i] = string(state)
		}
		c.add("state IN ("+strings.TrimSuffix(strings.Repeat("%s, ", len(states)), ", ")+")", states...)
	}
	for _, equal := range []struct{ column, value string }{
		{"tenant", f.Tenant}, {"task", f.Task}, {"actor", f.Actor}, {"schedule", f.Schedule}, {"started_by", string(f.Trigger)},
	} {
		if equal.value != "" {
			c.add(equal.column+" = %s AND "+equal.column+" <> ''", database.Plain(equal.value)) // as the indexes have it
		}
	}
	if !f.From.IsZero() {
		c.add("created >= %s", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		c.add("created < %s", f.To.UnixMilli())
	}
	if f.Text != "" {
		c.add(database.Contains(f.Text, "%[1]s", "id", "task", "actor", "error"), database.Containing(f.Text))
	}
	return c
}
