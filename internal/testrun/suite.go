package testrun

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/runtime"
)

// suite is a file with tests that has been read.
type suite struct {
	runtime.Suite
	sources map[string][]byte // by the names that errors call them
	found   int               // tests in the file
	tests   []chosenTest
	err     error // why they cannot be run
	invalid bool  // because the file is invalid, and not because of what it does
}

// chosenTest is a test to run.
type chosenTest struct {
	runtime.Test
	index int // in the suite
}

// open reads a file and finds its tests.
func (r *Run) open(ctx context.Context, f *File) *suite {
	s := &suite{sources: make(map[string][]byte), err: f.err}
	if s.err == nil {
		s.err = s.compile(ctx, r.Engine, f)
	}
	if s.err != nil {
		s.invalid = true
		return s
	}
	if s.Tests == nil { // an add-on without tests
		return s
	}
	s.Limits = r.Limits
	tests, err := r.Engine.FindTests(ctx, s.Suite)
	if err != nil {
		s.err = err
		return s
	}
	s.found = len(tests)
	for i, test := range tests {
		if r.Pattern == nil || r.Pattern.MatchString(test.Name) {
			s.tests = append(s.tests, chosenTest{test, i})
		}
	}
	return s
}

func (s *suite) compile(ctx context.Context, engine *runtime.Engine, f *File) error {
	content, err := input.ReadText(f.path)
	if err != nil {
		return err
	}
	if f.script == "" {
		return s.compileAddon(ctx, engine, f.path, content)
	}
	if _, err := os.Stat(f.script); errors.Is(err, fs.ErrNotExist) {
		return configError("test "+f.path, "there is no script "+f.script, "NAME"+taskfile.TestExtension+" tests the NAME.js beside it")
	}
	script, err := input.ReadText(f.script)
	if err != nil {
		return err
	}
	if s.Script, err = s.part(ctx, engine, f.script, script); err != nil {
		return err
	}
	s.Tests, err = s.part(ctx, engine, f.path, content)
	s.Execute = !s.Script.OnlyDeclares(taskfile.MainFunction)
	return err
}

// part compiles one source of a suite.
func (s *suite) part(ctx context.Context, engine *runtime.Engine, path string, source []byte) (*runtime.Script, error) {
	if bytes.HasPrefix(source, []byte("\x00asm")) {
		return nil, configError("test "+path, "only JavaScript can be tested", "")
	}
	s.sources[path] = source
	return engine.Compile(ctx, runtime.Source{Name: path, Code: source})
}

// compileAddon reads an add-on with its tests.
func (s *suite) compileAddon(ctx context.Context, engine *runtime.Engine, path string, content []byte) error {
	s.sources[path] = content
	definition, err := addon.Parse(path, content)
	if err != nil {
		return err
	}
	compiled, err := addon.Compile(ctx, engine, definition)
	if err != nil {
		return err
	}
	s.Suite, _, err = compiled.Suite(ctx)
	return err
}
