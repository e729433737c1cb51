package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
)

// Change is what reading the folder has done with a task.
type Change struct {
	Name    string
	Version int64 // that is active now; 0: the file was removed, or is in error
	Err     error // why the file was not accepted; an earlier version stays active
}

// FolderReader reads tasks from a folder into the catalog. Each script, task file and
// add-on in it is a task, which has the name of the file without its extension. A
// script that a task file names belongs to that task. Another file in TOML or XML that is
// not one of settings is told as wrong: it may be a task with a mistake. Options are in NAME.json beside the
// task's file, in the form of [Options]. Folders in it, tests of scripts and files with
// other extensions are left out.
//
// The first reading registers what differs from the catalog, and deactivates the tasks that have no file.
// Later ones do so only with what has changed in the folder, so that nodes whose folders differ do not undo
// each other's changes.
type FolderReader struct {
	Catalog *Catalog
	Path    string

	// Check refuses a definition that cannot be run, as [Loader.Check] does. Required.
	Check func(ctx context.Context, d Definition) error

	seen  string            // state of the folder when it was read last
	read  map[string]string // digests of the definitions that were registered or told as wrong, by name
	found map[string]bool   // names that had a file then; nil: the folder was not read yet
}

// Watch reads the folder now and whenever it has changed, until ctx ends. It tells each
// change, and once an error that concerns the whole folder.
func (r *FolderReader) Watch(ctx context.Context, every time.Duration, tell func([]Change, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := ""
	for {
		changes, err := r.Read(ctx)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if (len(changes) > 0 || text != told && err != nil) && ctx.Err() == nil {
			tell(changes, err)
		}
		told = text
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Read reads the folder if it has changed since the last time.
func (r *FolderReader) Read(ctx context.Context) ([]Change, error) {
	root, err := os.OpenRoot(r.Path)
	if err != nil {
		return nil, r.failed(input.Reason(err))
	}
	defer root.Close() //nolint:errcheck // only read
	state, err := fingerprint(root.FS())
	if err != nil {
		return nil, r.failed(input.Reason(err))
	}
	if state == r.seen {
		return nil, nil
	}
	if r.read == nil {
		r.read = make(map[string]string)
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, r.failed(input.Reason(err))
	}
	definitions, changes := r.definitions(root, entries)
	found := make(map[string]bool)
	for _, c := range changes {
		found[c.Name] = true
	}
	for _, d := range definitions {
		found[d.Name] = true
		change, err := r.register(ctx, d)
		if err != nil {
			return changes, err // the database fails: the folder is read again
		}
		if change != nil {
			changes = append(changes, *change)
		}
	}
	gone, err := r.deactivate(ctx, found)
	if err != nil {
		return changes, err
	}
	maps.DeleteFunc(r.read, func(name, _ string) bool { return !found[name] })
	r.seen, r.found = state, found
	return append(changes, gone...), nil
}

func (r *FolderReader) failed(message string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: "read folder of tasks", Name: r.Path, Message: message}
}

// fingerprint changes when a file in the folder or below is added, removed or written.
func fingerprint(folder fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil && name != "." {
			return fs.SkipDir // its files cannot be read either
		}
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err == nil { // or it was removed just now
			_, _ = fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano()) // a hash does not fail
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// definitions returns what the files say, and a change for each that cannot be read.
func (r *FolderReader) definitions(root *os.Root, entries []fs.DirEntry) ([]Definition, []Change) {
	var definitions []Definition
	var changes []Change
	owned := make(map[string]bool) // scripts that belong to a task file
	files := make(map[string][]byte)
	var names []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || taskfile.IsTest(name) || !slices.Contains(taskfile.Extensions(), taskfile.Extension(name)) {
			continue
		}
		content, err := readIn(root, name)
		if err != nil {
			changes = append(changes, Change{Name: stem(name), Err: r.failed(name + ": " + input.Reason(err))})
			continue
		}
		files[name] = content
		names = append(names, name)
	}
	// Task files first: they say which scripts are theirs.
	slices.SortStableFunc(names, func(a, b string) int { return order(a) - order(b) })
	taken := make(map[string]string)
	for _, name := range names {
		kind := taskfile.KindOf(name, files[name])
		if kind == taskfile.KindConnections || kind == taskfile.KindServer || owned[name] {
			continue
		}
		d := Definition{Name: stem(name), Main: name, Files: map[string][]byte{name: files[name]}, Actor: "folder"}
		if other := taken[d.Name]; other != "" { // which one is meant is not known
			changes = append(changes, Change{Name: d.Name, Err: r.failed(fmt.Sprintf("%s and %s would both be the task %s: rename one", other, name, d.Name))})
			definitions = slices.DeleteFunc(definitions, func(o Definition) bool { return o.Name == d.Name })
			continue
		}
		taken[d.Name] = name
		if kind == taskfile.KindTask {
			if err := addScript(root, &d, owned); err != nil {
				changes = append(changes, Change{Name: d.Name, Err: err})
				continue
			}
		}
		if err := readOptions(root, d.Name+".json", &d.Options); err != nil {
			changes = append(changes, Change{Name: d.Name, Err: err})
			continue
		}
		definitions = append(definitions, d)
	}
	return definitions, changes
}

func order(name string) int {
	if taskfile.Extension(name) == "toml" {
		return 0
	}
	return 1
}

func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// addScript adds the script that a task file names, if it is in the folder. If it is not,
// checking the definition tells so. A script is that of its task file although that has
// mistakes, so that it is not taken for another task.
func addScript(root *os.Root, d *Definition, owned map[string]bool) error {
	script := taskfile.ScriptOf(d.Main, d.Files[d.Main])
	if script == "" {
		return nil
	}
	name := path.Clean(filepath.ToSlash(script))
	content, err := readIn(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	owned[name] = true
	if err != nil {
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "read " + name, Message: input.Reason(err)}
	}
	d.Files[name] = content
	return nil
}

func readIn(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(filepath.FromSlash(name))
	if err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for what writes to it
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, err
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return input.ReadAll(f, MaxBytes)
}

func readOptions(root *os.Root, name string, into *Options) error {
	content, err := readIn(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "read " + name, Message: input.Reason(err)}
	}
	return taskfile.DecodeJSON(name, content, into, "a JSON object with the options of the task")
}

// register stores a definition that differs from the active one. The error is one of the
// database.
func (r *FolderReader) register(ctx context.Context, d Definition) (*Change, error) {
	options, err := json.Marshal(d.Options)
	if err != nil {
		return nil, err
	}
	digest := d.digest(options)
	if r.read[d.Name] == digest {
		return nil, nil
	}
	t, err := r.Catalog.Task(ctx, d.Name)
	if err == nil && t.Source == Folder && t.Active != 0 {
		active, err := r.Catalog.describe(ctx, r.Catalog.db, "read folder of tasks", d.Name, t.Active)
		if err == nil && active.Digest == digest {
			r.read[d.Name] = digest
			return nil, nil
		}
	} else if err != nil && !errors.Is(err, ErrNotFound) && hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		return nil, err
	}
	if err := r.Check(ctx, d); err != nil {
		r.read[d.Name] = digest
		return &Change{Name: d.Name, Err: err}, nil //nolint:nilerr // part of the result
	}
	stored, err := r.Catalog.Register(ctx, d, Folder, etag.Match{})
	switch {
	case errors.Is(err, ErrConflict) || hostapi.CodeOf(err) == hostapi.CodeInvalidArgument:
		r.read[d.Name] = digest
		return &Change{Name: d.Name, Err: err}, nil
	case err != nil:
		return nil, err
	}
	r.read[d.Name] = digest
	return &Change{Name: d.Name, Version: stored.Version}, nil
}

// deactivate deactivates the tasks of the folder that have no file any more.
func (r *FolderReader) deactivate(ctx context.Context, found map[string]bool) ([]Change, error) {
	rows, err := r.Catalog.db.QueryContext(ctx, "SELECT name FROM postern_catalog_tasks WHERE source = $1 AND active <> 0", Folder)
	if err != nil {
		return nil, r.Catalog.db.Failed(ctx, "read folder of tasks", "", err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err
	var gone []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, r.Catalog.db.Failed(ctx, "read folder of tasks", "", err)
		}
		if !found[name] && (r.found == nil || r.found[name]) {
			gone = append(gone, name)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, r.Catalog.db.Failed(ctx, "read folder of tasks", "", err)
	}
	_ = rows.Close() // before the next statement: a pool may have one connection
	var changes []Change
	for _, name := range gone {
		_, err := r.Catalog.db.ExecContext(ctx, "UPDATE postern_catalog_tasks SET active = 0 WHERE name = $1 AND source = $2", name, Folder)
		if err != nil {
			return nil, r.Catalog.db.Failed(ctx, "read folder of tasks", name, err)
		}
		changes = append(changes, Change{Name: name})
	}
	return changes, nil
}
