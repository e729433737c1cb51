package testrun

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/runtime"
)

// Find returns the files with tests that paths name, each once. A path is an add-on, a
// file of tests, a script beside which there is one, or a folder, for all of them below
// it. What is wrong with a path is in the report on it; the error says that ctx has ended.
func Find(ctx context.Context, paths []string) ([]*File, error) {
	var files []*File
	for _, path := range paths {
		found, err := testsAt(ctx, filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !slices.ContainsFunc(files, func(other *File) bool { return other.path == f.path }) {
				files = append(files, f)
			}
		}
	}
	return files, nil
}

// testsAt returns the files with tests that one path names. What is wrong with
// the path is an error of its file.
func testsAt(ctx context.Context, path string) ([]*File, error) {
	wrong := func(message, hint string) ([]*File, error) {
		return []*File{{path: path, err: configError("test "+path, message, hint)}}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return wrong(input.Reason(err), "")
	case info.IsDir():
		found, err := testsBelow(ctx, path)
		if err == nil && len(found) == 0 {
			return wrong("there are no tests below this folder", "tests are in add-ons (.xml) and in files NAME"+taskfile.TestExtension+" beside a NAME.js")
		}
		return found, err
	case taskfile.IsTest(path):
		return []*File{{path: path, script: path[:len(path)-len(taskfile.TestExtension)] + ".js"}}, nil
	case taskfile.Extension(path) == "xml":
		return []*File{{path: path}}, nil
	case taskfile.Extension(path) == "js":
		tests := path[:len(path)-len(".js")] + taskfile.TestExtension
		if _, err := os.Stat(tests); err != nil {
			return wrong("the script has no tests", "they belong in "+tests)
		}
		return []*File{{path: tests, script: path}}, nil
	}
	return wrong("neither a script nor an add-on", "it tests .js and .xml files")
}

// testsBelow returns the files with tests in a folder and the folders in it.
func testsBelow(ctx context.Context, root string) (files []*File, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return cancelled()
		}
		if err != nil {
			files = append(files, &File{path: path, err: configError("read "+path, input.Reason(err), "")})
			return nil
		}
		switch {
		case entry.IsDir():
			return input.SkipFolder(root, path)
		case !input.MaybeRegular(path):
		case taskfile.IsTest(path):
			files = append(files, &File{path: path, script: path[:len(path)-len(taskfile.TestExtension)] + ".js"})
		case taskfile.Extension(path) == "xml" && taskfile.IsAddon(path):
			files = append(files, &File{path: path})
		}
		return nil
	})
	return files, err
}

// File is a file with tests, on its way through a Run.
type File struct {
	path   string
	script string // the script that they test; empty for an add-on, which holds it
	err    error  // what is wrong with the path

	// What follows is guarded by Run.mu.
	state   state
	suite   *suite
	results []*runtime.TestResult // of suite.tests; nil for one that has not ended
	begun   int                   // tests that a worker has taken
	ended   int
	done    chan struct{} // closed when all of them have ended
}
