package authserver

import (
	"context"
	"database/sql"
	_ "embed" // of the tables
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Registry has the clients that may use the API, their sessions, and personal access tokens.
// It is safe for concurrent use, also by several processes. Errors are *[hostapi.Error];
// those about an argument have [hostapi.CodeConfig] and say what is expected.
type Registry struct {
	db      *database.DB
	dialect *strings.Replacer
}

// Reasons of errors, for [errors.Is].
var (
	ErrNotFound = errors.New("there is no such record")
	ErrConflict = errors.New("the record does not allow it")
)

//go:embed tables.sql
var tables string

// Open creates or updates the tables in a database. The Registry does not close db.
func Open(ctx context.Context, db *database.DB) (*Registry, error) {
	err := db.Update(ctx, database.SQL("postern_auth_version", tables))
	if err != nil {
		return nil, err
	}
	lockClient, lockRow := "", "" // in SQLite, every transaction locks the database
	if db.Dialect == database.PostgreSQL {
		lockClient, lockRow = "FOR NO KEY UPDATE", "FOR UPDATE"
	}
	return &Registry{db, strings.NewReplacer("{now}", db.Dialect.Now, "{lock client}", lockClient, "{lock}", lockRow)}, nil
}

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// statements runs statements, which may have the placeholders of Registry.dialect, on behalf
// of one operation.
type statements struct {
	querier
	registry *Registry
	op       string
}

// on returns the statements of an operation that needs no transaction.
func (g *Registry) on(op string) statements { return statements{g.db, g, op} }

// inTx runs do in a transaction, which is committed unless do returns an error.
func (g *Registry) inTx(ctx context.Context, op string, do func(s statements) error) error {
	return g.db.InTx(ctx, op, func(tx *sql.Tx) error { return do(statements{tx, g, op}) })
}

// exec returns the number of changed rows.
func (s statements) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.ExecContext(ctx, s.registry.dialect.Replace(query), args...)
	if err != nil {
		return 0, s.failed(ctx, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, s.failed(ctx, err)
	}
	return n, nil
}

// row scans one row. It returns false if there is none.
func (s statements) row(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	err := s.QueryRowContext(ctx, s.registry.dialect.Replace(query), args...).Scan(into...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, s.failed(ctx, err)
	}
	return true, nil
}

// rows calls scan for each row.
func (s statements) rows(ctx context.Context, query string, args []any, scan func(rows *sql.Rows) error) error {
	rows, err := s.QueryContext(ctx, s.registry.dialect.Replace(query), args...)
	if err != nil {
		return s.failed(ctx, err)
	}
	defer rows.Close() //nolint:errcheck // Err has it
	for rows.Next() {
		if err := scan(rows); err != nil {
			return s.failed(ctx, err)
		}
	}
	if err := rows.Err(); err != nil {
		return s.failed(ctx, err)
	}
	return nil
}

func (s statements) failed(ctx context.Context, err error) error {
	return s.registry.db.Failed(ctx, s.op, "", err)
}

// invalid is the error of a call with an argument that is not accepted.
func invalid(op, name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: name, Message: message, Hint: hint}
}

func notFound(op, name, what string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: name, Message: "there is no such " + what, Reason: ErrNotFound}
}

func conflict(op, name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: name, Message: message, Hint: hint, Reason: ErrConflict}
}

// newID returns the id of a record. Those of one process ascend.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	return id.String(), nil
}

// isID reports whether text has the form of newID.
func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

// Page selects a part of a list.
type Page struct {
	After string // the cursor that the part before ended with; "": the first part
	Limit int    // at most 500; default 100
}

const (
	defaultLimit = 100
	maxLimit     = 500
)

// from returns the position that the part begins after, and the number of rows. Lists are in
// descending order of creation, and then of ids.
func (p Page) from(op string) (created int64, id string, limit int, err error) {
	limit = p.Limit
	switch {
	case limit == 0:
		limit = defaultLimit
	case limit < 0 || limit > maxLimit:
		return 0, "", 0, invalid(op, "limit", fmt.Sprintf("is not between 1 and %d", maxLimit), "")
	}
	if p.After == "" {
		return 1<<63 - 1, "", limit, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.After)
	if err == nil {
		_, err = fmt.Sscanf(string(text), cursorFormat, &created, &id)
	}
	if err != nil || id != database.Plain(id) {
		return 0, "", 0, invalid(op, "cursor", "is not one that a list ended with", "leave it out to begin again")
	}
	return created, id, limit, nil
}

// cursorFormat ends with a sign, without which a cursor was cut off.
const cursorFormat = "%d %s ."

// cursor returns the position after a row.
func cursor(created int64, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, cursorFormat, created, id))
}

// Part is a part of a list.
type Part[T any] struct {
	Items []T
	Next  string // the cursor for the next part; "": there is none
}

// listed is a row of a list with its position.
type listed[T any] struct {
	item    T
	created int64
	id      string
}

// partOf returns the first limit of rows, of which there is one more if the list goes on.
func partOf[T any](rows []listed[T], limit int) Part[T] {
	part := Part[T]{Items: make([]T, 0, min(limit, len(rows)))}
	for i, row := range rows {
		if i == limit {
			part.Next = cursor(rows[i-1].created, rows[i-1].id)
			break
		}
		part.Items = append(part.Items, row.item)
	}
	return part
}
