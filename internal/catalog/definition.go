package catalog

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Definition is a version of a task.
type Definition struct {
	Name    string            // of the task: 1 to 100 letters, digits, dots, hyphens and underscores of ASCII
	Version int64             // from 1
	Main    string            // the file that is the task: a script, task file or add-on
	Files   map[string][]byte // by name, which may have folders
	Options Options
	Digest  string // SHA-256 of Main, Files and Options, in hexadecimal
	Actor   string // who registered it
	Created time.Time
}

// Options are what a task is run with beside its files.
type Options struct {
	// Description is shown in lists.
	Description string `json:"description,omitempty"`

	// Settings are the texts of an add-on's configs, by name.
	Settings map[string]string `json:"settings,omitempty"`

	// Items are the data items of an add-on. Those that a setting names and that are not
	// declared get the first type that the setting takes.
	Items []hostapi.Item `json:"items,omitempty"`

	// Connections and Allow are what a script alone, or an add-on beside its settings, may
	// use: names of connections, and rules as in a task file.
	Connections []string `json:"connections,omitempty"`
	Allow       []string `json:"allow,omitempty"`

	// Retries is how often a run that failed for a passing reason is repeated. Default 0:
	// never. That a node ended is not a failure.
	Retries int `json:"retries,omitempty"`

	// RetryUnsafe lets a run be repeated although it may have sent a request that changes
	// something.
	RetryUnsafe bool `json:"retry_unsafe,omitempty"`

	// Concurrency is how many runs may be in progress at once. Default 0: no bound of its
	// own.
	Concurrency int `json:"concurrency,omitempty"`

	// Rate is how many runs may begin within a time, such as "100/1h". Default "": any
	// number.
	Rate Rate `json:"rate,omitempty"`

	// Tenant is the tenant that the task belongs to, in the form of a name of a task: the bounds
	// of the tenant hold for its runs, and tenants take turns. Default "": none.
	Tenant string `json:"tenant,omitempty"`

	// StartTask is the task that a start event starts for each item it lists, and a webhook
	// that sets StartProcess, with their data. Default: none.
	StartTask string `json:"start_task,omitempty"`

	// Priority is that of its runs: 1, which is taken first, to 4. Default 0: 2.
	Priority int `json:"priority,omitempty"`
}

// Bounds of a definition.
const (
	MaxFiles = 64
	MaxBytes = 16 << 20 // of all files
)

var (
	nameForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
		return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)
	})
	fileForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
		return regexp.MustCompile(`^[^/\\\x00-\x1f\x7f]{1,100}(/[^/\\\x00-\x1f\x7f]{1,100}){0,7}$`)
	})
)

// IsName reports whether text can be the name of a task.
func IsName(text string) bool { return nameForm().MatchString(text) }

func (d *Definition) check(op string) error {
	wrong := func(message, hint string) error { return refused(op, d.Name, nil, message, hint) }
	if !IsName(d.Name) {
		return refused(op, "", nil, "the name is not one of a task", "use at most 100 letters, digits, dots, hyphens and underscores")
	}
	if len(d.Files) > MaxFiles {
		return wrong(fmt.Sprintf("it has more than %d files", MaxFiles), "")
	}
	size := 0
	for name, content := range d.Files {
		if !fileForm().MatchString(name) || !utf8.ValidString(name) || slices.ContainsFunc(strings.Split(name, "/"), isDots) {
			return wrong("the name of a file is not valid", "use a relative path with slashes, without . and ..")
		}
		size += len(content)
	}
	if size > MaxBytes {
		return wrong(fmt.Sprintf("its files have more than %d MiB", MaxBytes>>20), "")
	}
	if _, ok := d.Files[d.Main]; !ok {
		return wrong("none of the files is the main one", "name one of them as main")
	}
	if _, err := d.Options.rules(); err != nil {
		return err
	}
	if _, _, ok := d.Options.Rate.Parse(); !ok {
		return wrong("rate is not how many runs may begin within a time", `write it as "100/1h", up to 10000 runs and from 1s to 720h`)
	}
	switch o := d.Options; {
	case o.Retries < 0 || o.Retries > 20:
		return wrong("retries is not between 0 and 20", "")
	case o.Concurrency < 0:
		return wrong("concurrency is negative", "")
	case o.Tenant != "" && !IsName(o.Tenant):
		return wrong("tenant is not a name", "use at most 100 letters, digits, dots, hyphens and underscores")
	case o.StartTask != "" && !IsName(o.StartTask):
		return wrong("start_task is not the name of a task", "")
	case o.Priority < 0 || o.Priority > 4:
		return wrong("priority is not between 1 and 4", "")
	case len(o.Description) > 2000 || !utf8.ValidString(o.Description):
		return wrong("the description has more than 2000 bytes", "")
	}
	return nil
}

// rules returns the rules of Allow.
func (o *Options) rules() ([]hostapi.Rule, error) {
	rules := make([]hostapi.Rule, 0, len(o.Allow))
	for _, text := range o.Allow {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func isDots(part string) bool { return part == "." || part == ".." }

// digest is that of the content. Each part has its length before it, so that no two
// contents have the same parts.
func (d *Definition) digest(options []byte) string {
	h := sha256.New()
	write := func(part []byte) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash does not fail
		_, _ = h.Write(part)
	}
	write([]byte(d.Main))
	write(options)
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		write([]byte(name))
		write(d.Files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Definition returns a version of a task with its files; version 0 is the active one. The
// error matches [ErrNotFound] if there is none.
func (c *Catalog) Definition(ctx context.Context, name string, version int64) (Definition, error) {
	const op = "find task"
	d, err := c.Describe(ctx, name, version)
	if err != nil {
		return Definition{}, err
	}
	var files string
	err = c.db.QueryRowContext(ctx, "SELECT files FROM postern_catalog_versions WHERE name = $1 AND version = $2", name, d.Version).Scan(&files)
	if err == nil {
		err = json.Unmarshal([]byte(files), &d.Files)
	}
	if err != nil {
		return Definition{}, c.db.Failed(ctx, op, name, err)
	}
	return d, nil
}

// Describe returns a version of a task without its files; version 0 is the active one. The
// error matches [ErrNotFound] if there is none.
func (c *Catalog) Describe(ctx context.Context, name string, version int64) (Definition, error) {
	const op = "find task"
	if version == 0 {
		var err error
		if version, err = c.active(ctx, name); err != nil {
			return Definition{}, err
		}
	}
	return c.describe(ctx, c.db, op, name, version)
}

const versionColumns = "name, version, main, options, digest, actor, created"

func scanDefinition(row interface{ Scan(into ...any) error }) (Definition, error) {
	var d Definition
	var options string
	var created int64
	err := row.Scan(&d.Name, &d.Version, &d.Main, &options, &d.Digest, &d.Actor, &created)
	if err == nil {
		err = json.Unmarshal([]byte(options), &d.Options)
	}
	d.Created = database.Time(created)
	return d, err
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// describe returns a version without its files.
func (c *Catalog) describe(ctx context.Context, q querier, op, name string, version int64) (Definition, error) {
	d, err := scanDefinition(q.QueryRowContext(ctx,
		"SELECT "+versionColumns+" FROM postern_catalog_versions WHERE name = $1 AND version = $2", name, version))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Definition{}, refused(op, name, ErrNotFound, fmt.Sprintf("there is no version %d of the task", version), "")
	case err != nil:
		return Definition{}, c.db.Failed(ctx, op, name, err)
	}
	return d, nil
}

// Versions returns the versions of a task without their files, the newest first.
func (c *Catalog) Versions(ctx context.Context, name string) ([]Definition, error) {
	const op = "list versions"
	rows, err := c.db.QueryContext(ctx, "SELECT "+versionColumns+" FROM postern_catalog_versions WHERE name = $1 ORDER BY version DESC", name)
	if err != nil {
		return nil, c.db.Failed(ctx, op, name, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err
	versions := []Definition{}
	for rows.Next() {
		d, err := scanDefinition(rows)
		if err != nil {
			return nil, c.db.Failed(ctx, op, name, err)
		}
		versions = append(versions, d)
	}
	if err := rows.Err(); err != nil {
		return nil, c.db.Failed(ctx, op, name, err)
	}
	return versions, nil
}
