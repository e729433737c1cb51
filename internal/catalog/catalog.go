// Package catalog keeps the tasks that the server can run: the files of each, in
// numbered versions, one of which is active. They come from the HTTP API, or from a
// folder that is read again when it changes. Start with [New].
package catalog

import (
	"context"
	"database/sql"
	_ "embed" // of the tables
	"encoding/json"
	"errors"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/nearest"
)

// Catalog has the tasks. It is safe for concurrent use, also by several processes.
type Catalog struct {
	db   *database.DB
	uses func(ctx context.Context, tx *sql.Tx, name string) ([]Use, error) // nil: there are none
}

// The reasons of errors, which [errors.Is] finds.
var (
	// ErrNotFound: there is no such task, or no such version of it.
	ErrNotFound = errors.New("not found")

	// ErrConflict: the task is not in the version that the caller expects.
	ErrConflict = errors.New("conflict")

	// ErrFolder: the task is read from a folder, and cannot be changed here.
	ErrFolder = errors.New("read from a folder")
)

//go:embed tables.sql
var tables string

// New creates or updates the tables, and returns the catalog in them.
func New(ctx context.Context, db *database.DB) (*Catalog, error) {
	err := db.Update(ctx, database.SQL("postern_catalog_version", tables))
	if err != nil {
		return nil, err
	}
	return &Catalog{db: db}, nil
}

// Source is where a task comes from.
type Source string

// The sources.
const (
	API    Source = "api"
	Folder Source = "folder"
)

// Task is a task of the catalog, without its files.
type Task struct {
	Name    string
	Source  Source
	Active  int64 // the version that runs use; 0: none
	Newest  int64 // the highest version
	Changed time.Time
}

// ETag identifies which version is active.
func (t Task) ETag() string { return etag.Of(t.Name, t.Active) }

// KeptVersions is how many versions of a task are kept, beside the active one and those that are used.
const KeptVersions = 50

// refused is the error for a request that cannot be carried out.
func refused(op, name string, reason error, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message, Hint: hint, Reason: reason}
}

// Register stores a version of the task d.Name and makes it the active one. If the newest version is the same
// already, it is made active and returned. The error matches [etag.ErrChanged] if match does not hold.
func (c *Catalog) Register(ctx context.Context, d Definition, source Source, match etag.Match) (Definition, error) {
	const op = "register task"
	if err := d.check(op); err != nil {
		return Definition{}, err
	}
	files, err := json.Marshal(d.Files)
	if err != nil {
		return Definition{}, err
	}
	options, err := json.Marshal(d.Options)
	if err != nil {
		return Definition{}, err
	}
	d.Digest, d.Created = d.digest(options), time.Now().UTC().Truncate(time.Millisecond)
	err = c.db.InTx(ctx, op, func(tx *sql.Tx) error {
		added, err := tx.ExecContext(ctx, `INSERT INTO postern_catalog_tasks (name, source, active, newest, changed)
			SELECT $1, $2, 0, coalesce((SELECT newest FROM postern_catalog_deleted WHERE name = $1), 0), $3 WHERE true ON CONFLICT (name) DO NOTHING`, d.Name, source, database.Millis(d.Created))
		if err != nil {
			return c.db.Failed(ctx, op, d.Name, err)
		}
		t, err := c.locked(ctx, tx, op, d.Name, source)
		if err != nil {
			return err
		}
		present := ""
		if n, err := added.RowsAffected(); err != nil {
			return c.db.Failed(ctx, op, d.Name, err)
		} else if n == 0 {
			present = t.ETag()
		}
		if err := match.Check(op, d.Name, present); err != nil {
			return err
		}
		newest, err := c.describe(ctx, tx, op, t.Name, t.Newest)
		if err == nil && newest.Digest == d.Digest {
			d.Version, d.Created, d.Actor = newest.Version, newest.Created, newest.Actor
			return c.activate(ctx, tx, op, d.Name, d.Version)
		} else if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		d.Version = t.Newest + 1
		_, err = tx.ExecContext(ctx, `INSERT INTO postern_catalog_versions (name, version, main, files, options, digest, actor, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			d.Name, d.Version, d.Main, string(files), string(options), d.Digest, d.Actor, database.Millis(d.Created))
		if err != nil {
			return c.db.Failed(ctx, op, d.Name, err)
		}
		if err := c.activate(ctx, tx, op, d.Name, d.Version); err != nil {
			return err
		}
		return c.deleteOld(ctx, tx, op, d.Name, d.Version-KeptVersions)
	})
	if err != nil {
		return Definition{}, err
	}
	return d, nil
}

// locked returns a task that no other transaction changes until the end of tx.
func (c *Catalog) locked(ctx context.Context, tx *sql.Tx, op, name string, source Source) (Task, error) {
	suffix := ""
	if c.db.Dialect == database.PostgreSQL {
		suffix = " FOR UPDATE"
	}
	t, err := scanTask(tx.QueryRowContext(ctx, "SELECT "+taskColumns+" FROM postern_catalog_tasks WHERE name = $1"+suffix, name))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Task{}, refused(op, name, ErrNotFound, "there is no such task", "")
	case err != nil:
		return Task{}, c.db.Failed(ctx, op, name, err)
	case t.Source != source && t.Source == Folder:
		return Task{}, refused(op, name, ErrFolder, "it is read from the folder of tasks, and cannot be changed here", "change its file, or choose another name")
	case t.Source != source:
		return Task{}, refused(op, name, ErrConflict, "a task of that name was registered by the API", "delete it, or give the file another name")
	}
	return t, nil
}

func (c *Catalog) activate(ctx context.Context, tx *sql.Tx, op, name string, version int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE postern_catalog_tasks SET active = $1, newest = CASE WHEN newest < $1 THEN $1 ELSE newest END,
		changed = $2 WHERE name = $3 AND (active <> $1 OR newest < $1)`, version, database.Millis(time.Now()), name)
	if err != nil {
		return c.db.Failed(ctx, op, name, err)
	}
	return nil
}

// Activate makes a version the one that runs use, such as an earlier one. Runs in
// progress are not affected. Version 0 deactivates the task.
func (c *Catalog) Activate(ctx context.Context, name string, version int64) error {
	const op = "activate task"
	return c.db.InTx(ctx, op, func(tx *sql.Tx) error {
		if _, err := c.locked(ctx, tx, op, name, API); err != nil {
			return err
		}
		if version != 0 {
			if _, err := c.describe(ctx, tx, op, name, version); err != nil {
				return err
			}
		}
		return c.activate(ctx, tx, op, name, version)
	})
}

const taskColumns = "name, source, active, newest, changed"

func scanTask(row interface{ Scan(into ...any) error }) (Task, error) {
	var t Task
	var changed int64
	err := row.Scan(&t.Name, &t.Source, &t.Active, &t.Newest, &changed)
	t.Changed = database.Time(changed)
	return t, err
}

// Task returns the task of that name, or an error that matches [ErrNotFound].
func (c *Catalog) Task(ctx context.Context, name string) (Task, error) {
	const op = "find task"
	t, err := scanTask(c.db.QueryRowContext(ctx, "SELECT "+taskColumns+" FROM postern_catalog_tasks WHERE name = $1", name))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Task{}, refused(op, name, ErrNotFound, "there is no such task", c.similar(ctx, name))
	case err != nil:
		return Task{}, c.db.Failed(ctx, op, name, err)
	}
	return t, nil
}

// similar returns a hint with the names of tasks that are like a name; "" if there are none,
// or the database fails.
func (c *Catalog) similar(ctx context.Context, name string) string {
	const most = 1000
	var names []string
	rows, err := c.db.QueryContext(ctx, "SELECT name FROM postern_catalog_tasks ORDER BY name LIMIT $1", most)
	if err != nil {
		return ""
	}
	defer func() { _ = rows.Close() }() // only read
	for rows.Next() {
		var known string
		if rows.Scan(&known) == nil {
			names = append(names, known)
		}
	}
	if rows.Err() != nil {
		return ""
	}
	return nearest.Hint("", name, names, "")
}

// active returns the active version of a task.
func (c *Catalog) active(ctx context.Context, name string) (int64, error) {
	t, err := c.Task(ctx, name)
	if err != nil {
		return 0, err
	}
	if t.Active == 0 {
		return 0, refused("find task", name, ErrNotFound, "no version of the task is active", "activate one")
	}
	return t.Active, nil
}

// Tasks returns at most limit tasks whose names contain text, in any case, in the order
// of names, beginning after a name.
func (c *Catalog) Tasks(ctx context.Context, text, after string, limit int) ([]Task, error) {
	const op = "list tasks"
	rows, err := c.db.QueryContext(ctx, "SELECT "+taskColumns+` FROM postern_catalog_tasks
		WHERE name > $1 AND `+database.Contains(text, "$2", "name")+` ORDER BY name LIMIT $3`, database.Plain(after), database.Containing(text), limit)
	if err != nil {
		return nil, c.db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err
	tasks := []Task{}
	for rows.Next() {
		t, err := scanTask(rows)
		if err != nil {
			return nil, c.db.Failed(ctx, op, "", err)
		}
		tasks = append(tasks, t)
	}
	if err := rows.Err(); err != nil {
		return nil, c.db.Failed(ctx, op, "", err)
	}
	return tasks, nil
}
