package store

import (
	"bytes"
	"context"
	"crypto/cipher"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
	"github.com/postern-dev/postern/internal/database"
)

// CopyOptions configures [Store.CopyTo].
type CopyOptions struct {
	// Replace deletes the content of the target first. Default false: a target that is not
	// empty is an error.
	Replace bool

	// Progress, if not nil, is called after every hundredth row with the rows copied so far
	// and in total, on the goroutine of CopyTo. If it panics, the copy fails.
	Progress func(done, total int)
}

// ErrNotEmpty is the reason of an error of [Store.CopyTo] or [Store.Restore] whose target
// has content, without [CopyOptions].Replace.
var ErrNotEmpty = errors.New("the store is not empty")

// Copied counts what [Store.CopyTo] or [Store.Restore] has copied.
type Copied struct {
	Records     int // connections and accounts, including deleted ones
	Definitions int
	Events      int // of the audit trail
}

// CopyTo copies a consistent snapshot of s into another store, which may be in another
// kind of database and have another master key. Secrets are encrypted again under a
// data key of the target. The copy is one transaction: it is complete or changes
// nothing.
//
// Leases are not copied. Stop the processes that use s before its copy is used, since a
// refresh token may be single-use. A secret that cannot be decrypted cannot be copied;
// the error joins one for each.
func (s *Store) CopyTo(ctx context.Context, to *Store, opts CopyOptions) (done Copied, err error) {
	const op = "copy store"
	if err := s.opened(); err != nil {
		return done, err
	}
	if err := to.opened(); err != nil {
		return done, err
	}
	for _, flushed := range []*Store{s, to} {
		if err := flushed.Flush(ctx); err != nil {
			return done, err
		}
	}
	from, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: s.db.Dialect.Snapshot, ReadOnly: true})
	if err != nil {
		return done, s.failed(ctx, op, s.db.Name, err)
	}
	defer func() { _ = from.Rollback() }() // it is read-only
	into, err := to.db.BeginTx(ctx, nil)
	if err != nil {
		return done, to.failed(ctx, op, to.db.Name, err)
	}
	defer func() { _ = into.Rollback() }() // has no effect after a commit

	c := &copying{op: op, from: s, to: to, source: from, target: into, progress: opts.Progress}
	if err := c.prepare(ctx, opts.Replace); err != nil {
		return done, err
	}
	counts := []*int{&done.Records, &done.Definitions, &done.Events}
	for i, t := range copiedTables {
		if *counts[i], err = c.table(ctx, t); err != nil {
			return Copied{}, err
		}
	}
	if len(c.unreadable) > 0 {
		return Copied{}, errors.Join(c.unreadable...)
	}
	if err := into.Commit(); err != nil {
		return Copied{}, to.failed(ctx, op, to.db.Name, err)
	}
	return done, to.loadKeys(ctx)
}

// copiedTable is a table to copy, and its column with secrets.
type copiedTable struct {
	name   string
	secret string // name of the column; "": none
}

var copiedTables = []copiedTable{ //nolint:gochecknoglobals // a table, never changed
	{sealedRecords.table, sealedRecords.column},
	{sealedDefinitions.table, sealedDefinitions.column},
	{"audit_events", ""},
}

// copying is a copy in progress.
type copying struct {
	op             string
	from, to       *Store
	source, target *sql.Tx
	opening        map[int64]cipher.AEAD // data keys of the source, by ID
	sealing        cipher.AEAD           // newest data key of the target
	sealingID      int64
	unreadable     []error

	progress    func(done, total int)
	done, total int
}

// prepare reads the keys of both stores and empties the target, unless that is not
// allowed.
func (c *copying) prepare(ctx context.Context, replace bool) error {
	// No other transaction may change anything.
	if lock := c.to.postgresOnly("LOCK TABLE {keys}, {records}, {definitions}, {audit} IN EXCLUSIVE MODE"); lock != "" {
		if _, err := c.target.ExecContext(ctx, lock); err != nil {
			return c.to.failed(ctx, c.op, c.to.db.Name, err)
		}
	}
	same, err := c.same(ctx)
	if err != nil {
		return err
	}
	if same {
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: c.op, Name: c.to.db.Name, Message: "is the store itself", Hint: "name another"}
	}
	for _, t := range copiedTables {
		var has, total int
		if err := c.target.QueryRowContext(ctx, "SELECT count(*) FROM "+c.to.table(t.name)).Scan(&has); err != nil {
			return c.to.failed(ctx, c.op, c.to.db.Name, err)
		}
		if has > 0 && !replace {
			return &hostapi.Error{
				Code: hostapi.CodeConfig, Op: c.op, Name: c.to.db.Name, Message: "is not empty",
				Hint: "choose another, or replace all that it has", Reason: ErrNotEmpty,
			}
		}
		if err := c.source.QueryRowContext(ctx, "SELECT count(*) FROM "+c.from.table(t.name)).Scan(&total); err != nil {
			return c.from.failed(ctx, c.op, c.from.db.Name, err)
		}
		c.total += total
		if _, err := c.target.ExecContext(ctx, "DELETE FROM "+c.to.table(t.name)); err != nil { //nolint:gosec // as above
			return c.to.failed(ctx, c.op, c.to.db.Name, err)
		}
	}
	if _, c.opening, err = c.keys(ctx, c.from, c.source); err != nil {
		return err
	}
	var sealing map[int64]cipher.AEAD
	if c.sealingID, sealing, err = c.keys(ctx, c.to, c.target); err != nil {
		return err
	}
	if c.sealing = sealing[c.sealingID]; c.sealing == nil {
		return c.to.noNewestKey(c.op)
	}
	return nil
}

// keys returns the data keys of a store, as visible in a transaction.
func (c *copying) keys(ctx context.Context, s *Store, tx *sql.Tx) (newest int64, keys map[int64]cipher.AEAD, err error) {
	raw, err := s.readKeys(ctx, tx)
	if err != nil {
		return 0, nil, err
	}
	keys, err = ciphers(raw)
	if err != nil {
		return 0, nil, s.failed(ctx, c.op, s.db.Name, err)
	}
	return newestOf(raw), keys, nil
}

// same reports whether the target is the source. PostgreSQL may be reached by several
// names, so this compares data keys, which are random and wrapped again by every copy.
// That of a SQLite file by Backup has the same ones.
func (c *copying) same(ctx context.Context) (bool, error) {
	if c.from.db.Dialect != c.to.db.Dialect {
		return false, nil
	}
	if c.from.db.Dialect == database.SQLite {
		if c.from.prefix != c.to.prefix {
			return false, nil
		}
		if c.from.db == c.to.db {
			return true, nil // it may have no file
		}
		a, err := c.file(ctx, c.from, c.source)
		if err != nil {
			return false, err
		}
		b, err := c.file(ctx, c.to, c.target)
		return err == nil && os.SameFile(a, b), err
	}
	source, err := c.wrappedKeys(ctx, c.from, c.source)
	if err != nil {
		return false, err
	}
	target, err := c.wrappedKeys(ctx, c.to, c.target)
	return err == nil && maps.EqualFunc(source, target, bytes.Equal), err
}

// file returns the file of a SQLite database.
func (c *copying) file(ctx context.Context, s *Store, tx *sql.Tx) (os.FileInfo, error) {
	var path string
	if err := tx.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		return nil, s.failed(ctx, c.op, s.db.Name, err)
	}
	info, err := os.Stat(path)
	if err != nil && path != "" { // one in memory has none
		return nil, s.failed(ctx, c.op, s.db.Name, database.ErrFileGone)
	}
	return info, nil
}

func (c *copying) wrappedKeys(ctx context.Context, s *Store, tx *sql.Tx) (map[int64][]byte, error) {
	rows, err := tx.QueryContext(ctx, s.query("SELECT id, wrapped FROM {keys}"))
	if err != nil {
		return nil, s.failed(ctx, c.op, s.db.Name, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err
	keys := make(map[int64][]byte)
	for rows.Next() {
		var id int64
		var wrapped []byte
		if err := rows.Scan(&id, &wrapped); err != nil {
			return nil, s.failed(ctx, c.op, s.db.Name, err)
		}
		keys[id] = wrapped
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, c.op, s.db.Name, err)
	}
	return keys, nil
}

func (c *copying) reportProgress() (err error) {
	defer callback.Recover(c.op, "Progress of the CopyOptions", &err)
	c.progress(c.done, c.total)
	return nil
}

// table copies the rows of a table and returns their number.
func (c *copying) table(ctx context.Context, t copiedTable) (int, error) {
	rows, err := c.source.QueryContext(ctx, "SELECT * FROM "+c.from.table(t.name)) //nolint:gosec // a constant
	if err != nil {
		return 0, c.from.failed(ctx, c.op, c.from.db.Name, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err
	columns, err := rows.Columns()
	if err != nil {
		return 0, c.from.failed(ctx, c.op, c.from.db.Name, err)
	}
	insert, err := c.target.PrepareContext(ctx, insertInto(c.to.table(t.name), columns))
	if err != nil {
		return 0, c.to.failed(ctx, c.op, c.to.db.Name, err)
	}
	defer func() { _ = insert.Close() }() // the transaction closes it

	n := 0
	for ; rows.Next(); n++ {
		row := newCopiedRow(columns)
		if err := rows.Scan(row.into...); err != nil {
			return 0, c.from.failed(ctx, c.op, c.from.db.Name, err)
		}
		if err := c.sealAgain(t, row); isUnreadable(err) {
			c.unreadable = append(c.unreadable, err)
			continue
		}
		if _, err := insert.ExecContext(ctx, row.copiedValues()...); err != nil {
			return 0, c.to.failed(ctx, c.op, c.to.db.Name, err)
		}
		c.done++
		const often = 100
		if c.progress != nil && c.done%often == 0 {
			if err := c.reportProgress(); err != nil {
				return 0, err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, c.from.failed(ctx, c.op, c.from.db.Name, err)
	}
	return n, nil
}

// sealAgain encrypts the secret of a row, if it has one, for the target.
func (c *copying) sealAgain(t copiedTable, row *copiedRow) error {
	if t.secret == "" || row.get("key_id") == nil {
		return nil
	}
	at := location{table: t.name, column: t.secret}
	at.namespace, _ = row.get("namespace").(string)
	at.connection, _ = row.get("connection").(string)
	at.account, _ = row.get("account").(string)
	at.settings, _ = row.get("settings").(string)
	at.generation, _ = row.get("generation").(int64)
	id, _ := row.get("key_id").(int64)
	sealed, _ := row.get(t.secret).([]byte)
	key := c.opening[id]
	if key == nil {
		return unreadable(c.op, at, errUnknownKey)
	}
	secret, err := openWith(key, at, sealed)
	if err != nil {
		return unreadable(c.op, at, err)
	}
	row.set("key_id", c.sealingID)
	row.set(t.secret, sealWith(c.sealing, []byte{sealVersion}, secret, at.data()))
	return nil
}

// copiedRow is a row that is being copied, with the columns that the table has now.
type copiedRow struct {
	columns []string
	values  []any
	into    []any // pointers to values
}

func newCopiedRow(columns []string) *copiedRow {
	r := &copiedRow{columns, make([]any, len(columns)), make([]any, len(columns))}
	for i := range r.values {
		r.into[i] = &r.values[i]
	}
	return r
}

// get returns a value; nil if there is no such column.
func (r *copiedRow) get(column string) any {
	if i := slices.Index(r.columns, column); i >= 0 {
		return r.values[i]
	}
	return nil
}

func (r *copiedRow) set(column string, value any) { r.values[slices.Index(r.columns, column)] = value }

// copiedValues returns the values of the columns to copy.
func (r *copiedRow) copiedValues() []any {
	var values []any
	for i, column := range r.columns {
		if isCopied(column) {
			values = append(values, r.values[i])
		}
	}
	return values
}

// isCopied reports whether to copy a column: leases belong to processes that use the
// source.
func isCopied(column string) bool { return !strings.HasPrefix(column, "lease_") }

func insertInto(table string, columns []string) string {
	var names, parameters []string
	for _, column := range columns {
		if isCopied(column) {
			names = append(names, column)
			parameters = append(parameters, fmt.Sprintf("$%d", len(names)))
		}
	}
	return "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(parameters, ", ") + ")"
}
