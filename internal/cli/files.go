package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/mediatype"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
)

// addFiles applies --file NAME=PATH: the files that data items hold. Several for
// one item go into it in their order. Those that the output will have the content of are
// held in memory.
func addFiles(t *taskfile.Task, assignments []string, held bool) error {
	files := make(map[string][]any)
	var names []string
	for _, assignment := range assignments {
		name, path, ok := strings.Cut(assignment, "=")
		if !ok || name == "" || path == "" {
			return usageError("--file "+strconv.Quote(assignment), "is not an assignment", "write name=path")
		}
		file, err := fileAt(path, held)
		if err != nil {
			return err
		}
		if files[name] == nil {
			names = append(names, name)
		}
		files[name] = append(files[name], file)
	}
	for _, name := range names {
		if err := t.Set("--file", name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// fileAt returns the file at path: by reference, of any size, if it is a regular one.
func fileAt(path string, held bool) (*hostapi.File, error) {
	contentType, _ := mediatype.ByExtension(path)
	file := &hostapi.File{Name: filepath.Base(path), ContentType: cmp.Or(contentType, "application/octet-stream")}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && !held {
		opened, err := os.Open(path) //nolint:gosec // the user names it
		if err != nil {              // now rather than in the middle of the task
			return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: "read " + path, Message: input.Reason(err)}
		}
		file.Size = info.Size()
		file.Open = func(context.Context) (io.ReadSeekCloser, error) { return os.Open(path) } //nolint:gosec // as above
		return file, opened.Close()
	}
	content, err := input.ReadFile(path)
	file.Content = content
	return file, err
}

// writeFiles writes the files in the named data items into the folder dir, which
// is made if it is not there, and returns where each went. No file that is there
// is overwritten: a number sets names apart.
func (a *app) writeFiles(ctx context.Context, dir string, data map[string]any, names []string) (map[*hostapi.File]string, error) {
	written := make(map[*hostapi.File]string)
	fail := func(path string, err error) error {
		return usageError("write "+path, input.Reason(err), "--out says where")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as open as the user's umask makes it
		return written, fail(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return written, fail(dir, err)
	}
	defer root.Close() //nolint:errcheck // it was only looked up
	for _, name := range names {
		for _, f := range filesIn(data[name]) {
			if written[f] != "" {
				continue
			}
			base, err := writeApart(ctx, root, safeName(f.Name), f)
			path := filepath.Join(dir, base)
			if err != nil {
				return written, fail(path, err)
			}
			written[f] = path
			a.out.say("file: %s: %s", terminal.Escape(name), terminal.Escape(path))
		}
	}
	return written, nil
}

// filesIn returns the files in a value, in their order.
func filesIn(v any) (files []*hostapi.File) {
	switch v := v.(type) {
	case *hostapi.File:
		return []*hostapi.File{v}
	case []any:
		for _, e := range v {
			files = append(files, filesIn(e)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			files = append(files, filesIn(v[name])...)
		}
	}
	return files
}

// writeApart writes a file under that name, or one with a number if there is a
// file of that name. It has the name once it is whole.
func writeApart(ctx context.Context, root *os.Root, name string, file *hostapi.File) (string, error) {
	temp := filepath.Base(atomicfile.TempName(name))
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return name, err
	}
	defer func() { _ = root.Remove(temp) }() // where it was renamed it is not there
	content := file.Reader(ctx)
	_, err = io.Copy(f, content)
	if err = errors.Join(err, content.Close(), f.Sync(), f.Close()); err != nil {
		return name, err
	}
	const most = 10_000
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for n := 1; ; n++ {
		if n > 1 {
			name = stem + "-" + strconv.Itoa(n) + ext
		}
		err := atomicfile.PublishIn(root, temp, name)
		if !errors.Is(err, fs.ErrExist) || n == most {
			return name, err
		}
	}
}

// safeName returns the name of a file as it can be used in a folder anywhere: a
// script chooses it.
func safeName(name string) string {
	const most = 200 // bytes; file systems take 255
	name = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
	if len(name) > most {
		ext := filepath.Ext(name)
		if len(ext) > most/4 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:most-len(ext)], "") + ext
	}
	if name == "" || !filepath.IsLocal(name) {
		return "file"
	}
	return name
}
