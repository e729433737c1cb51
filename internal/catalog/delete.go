package catalog

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/postern-dev/postern/internal/etag"
)

// Use is what needs a version of a task.
type Use struct {
	Version  int64  // 0: the active one
	Schedule string // name of the schedule that starts it; "": runs that have not ended
	Runs     int    // how many these are
}

// KeepUsed makes the catalog keep versions that are used; uses is called in a transaction. Call it before the catalog
// is used by several goroutines.
func (c *Catalog) KeepUsed(uses func(ctx context.Context, tx *sql.Tx, name string) ([]Use, error)) {
	c.uses = uses
}

// usesOf returns what needs versions of a task.
func (c *Catalog) usesOf(ctx context.Context, tx *sql.Tx, name string) ([]Use, error) {
	if c.uses == nil {
		return nil, nil
	}
	return c.uses(ctx, tx, name)
}

// Delete deletes a task and its versions. Its runs stay. The numbers of its versions are not used again. The error matches
// [ErrConflict] if a schedule starts the task or a run of it has not ended, and [etag.ErrChanged] if match does not hold.
func (c *Catalog) Delete(ctx context.Context, name string, match etag.Match) error {
	const op = "delete task"
	return c.db.InTx(ctx, op, func(tx *sql.Tx) error {
		t, err := c.locked(ctx, tx, op, name, API)
		if err != nil {
			return err
		}
		if err := match.Check(op, name, t.ETag()); err != nil {
			return err
		}
		uses, err := c.usesOf(ctx, tx, name)
		if err != nil {
			return err
		}
		var unended Use // of all versions
		for _, use := range uses {
			if use.Schedule != "" {
				return use.refuse(op, name)
			}
			unended.Runs += use.Runs
		}
		if unended.Runs > 0 {
			return unended.refuse(op, name)
		}
		for _, statement := range []string{
			`INSERT INTO postern_catalog_deleted (name, newest) SELECT name, newest FROM postern_catalog_tasks WHERE name = $1
				ON CONFLICT (name) DO UPDATE SET newest = excluded.newest`,
			"DELETE FROM postern_catalog_tasks WHERE name = $1",
		} {
			if _, err := tx.ExecContext(ctx, statement, name); err != nil {
				return c.db.Failed(ctx, op, name, err)
			}
		}
		return nil
	})
}

// refuse returns the error of an operation that a use prevents.
func (u Use) refuse(op, name string) error {
	if u.Schedule != "" {
		return refused(op, name, ErrConflict, "the schedule "+u.Schedule+" starts it", "change or delete the schedule before")
	}
	message := "a run of it has not ended"
	if u.Runs > 1 {
		message = fmt.Sprintf("%d runs of it have not ended", u.Runs)
	}
	return refused(op, name, ErrConflict, message, "wait for the end, or cancel them; postern runs cancel --task NAME cancels all of them")
}

// DeleteVersion deletes a version of a task. Its number is not used again. The error matches [ErrConflict] if it is the
// active one, or a schedule or a run that has not ended needs it.
func (c *Catalog) DeleteVersion(ctx context.Context, name string, version int64) error {
	const op = "delete version"
	return c.db.InTx(ctx, op, func(tx *sql.Tx) error {
		t, err := c.locked(ctx, tx, op, name, API)
		if err != nil {
			return err
		}
		if _, err := c.describe(ctx, tx, op, name, version); err != nil {
			return err
		}
		if t.Active == version {
			return refused(op, name, ErrConflict, "the version is active", "activate another one before")
		}
		uses, err := c.usesOf(ctx, tx, name)
		if err != nil {
			return err
		}
		for _, use := range uses {
			if use.Version == version {
				return use.refuse(op, name)
			}
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM postern_catalog_versions WHERE name = $1 AND version = $2", name, version)
		if err != nil {
			return c.db.Failed(ctx, op, name, err)
		}
		return nil
	})
}

// deleteOld deletes the versions of a task before one, but those that are used.
func (c *Catalog) deleteOld(ctx context.Context, tx *sql.Tx, op, name string, before int64) error {
	if before <= 1 {
		return nil
	}
	uses, err := c.usesOf(ctx, tx, name)
	if err != nil {
		return err
	}
	args, kept := []any{name, before}, ""
	for _, use := range uses {
		args = append(args, use.Version)
		kept += fmt.Sprintf(" AND version <> $%d", len(args))
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM postern_catalog_versions WHERE name = $1 AND version < $2"+kept, args...); err != nil { //nolint:gosec // names of parameters
		return c.db.Failed(ctx, op, name, err)
	}
	return nil
}
