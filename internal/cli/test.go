package cli

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// testFlags are the flags of the verb test.
type testFlags struct {
	run      string
	parallel int
	timeout  time.Duration
	limit    []string
	verbose  bool
	json     bool
	junit    string
}

func (a *app) testVerb() *cobra.Command {
	f := testFlags{parallel: goruntime.GOMAXPROCS(0)}
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run the tests of scripts and add-ons",
		Long: `Runs tests, each in a fresh sandbox, without network and connections: a test
makes the settings, data items and answers to requests that its script meets.

PATH is an add-on (.xml), which holds its tests; NAME.test.js, which tests the script
NAME.js beside it; such a script; or a folder, for all add-ons and
*.test.js below it but those in node_modules and in folders that begin with a dot.

A script that only declares functions is run before its tests, which call them. Any
other script runs when a test calls execute().

For each file it prints "ok" or "FAIL" with the numbers of tests, or "?" if it holds
none, then what failed, and at the end "N passed, N failed". A file that cannot be
tested counts as one failure.`,
		Example: `  postern test greet.test.js
  postern test addons --run 'empty|missing' --verbose
  postern test . --junit report.xml --timeout 5s`,
		ValidArgsFunction: extensions("js", "xml"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("test", "no PATH given", "postern test . runs all tests below this folder")
			}
			if cmd.Flags().Changed("timeout") && f.timeout <= 0 {
				return usageError("--timeout", "is not above zero", "write it as 5s or 2m")
			}
			if f.json && f.junit == stdoutName {
				return usageError("--junit -", "stdout is taken by --json", "name a file for the report: --junit report.xml")
			}
			return a.test(cmd.Context(), args, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.run, "run", "", "run only tests whose name matches `REGEXP`")
	flags.IntVar(&f.parallel, "parallel", f.parallel, "run `N` tests at once (default: the number of CPUs)")
	flags.Lookup("parallel").DefValue = "0" // shown by the usage: it differs from machine to machine
	flags.DurationVar(&f.timeout, "timeout", 0, "wall time of each test (default 30s): the same as --limit time=")
	limitFlag(cmd, &f.limit)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "list the tests that pass as well, and all they log")
	flags.BoolVar(&f.json, "json", false, "print one JSON object with files, their tests, passed and failed")
	flags.StringVar(&f.junit, "junit", "", "write a report in JUnit's XML to `FILE` as well; - is stdout, and the report for people\n"+
		"goes to stderr then")
	complete(cmd, "junit", extensions("xml"))
	return cmd
}

// test runs the tests and reports on them as they end, in the order of files.
func (a *app) test(ctx context.Context, paths []string, f *testFlags) error {
	run, err := a.newTestRun(f)
	if err != nil {
		return err
	}
	defer closeEngine(ctx, run.engine)
	if run.files, err = findTests(ctx, paths); err != nil {
		return err
	}
	text := a.out.write
	if f.junit == stdoutName {
		text = a.out.tell
	}
	finished := make([]*testReport, 0, len(run.files))
	err = run.do(ctx, f.parallel, terminal.NewProgress(a.env.Stderr), func(r *testReport) error {
		finished = append(finished, r)
		if f.json {
			return nil
		}
		return text(r.text(f.verbose))
	})
	if err != nil {
		return err
	}
	summary := summarize(finished)
	if f.json {
		err = a.out.writeJSON(jsonReport(finished, summary))
	} else {
		err = text([]byte(summary.text()))
	}
	if err != nil {
		return err
	}
	if f.junit != "" {
		if err := a.writeJUnit(f.junit, finished); err != nil {
			return err
		}
	}
	return summary.verdict(ctx, f.run)
}

func (a *app) newTestRun(f *testFlags) (*testRun, error) {
	if f.parallel < 1 {
		return nil, usageError("--parallel", strconv.Itoa(f.parallel)+" is not above zero", "")
	}
	run := &testRun{limits: hostapi.Limits{Time: f.timeout}}
	if err := setLimits(&run.limits, f.limit); err != nil {
		return nil, err
	}
	if f.run != "" {
		pattern, err := regexp.Compile(f.run)
		if err != nil {
			return nil, usageError("--run", err.Error(), "it is a regular expression, such as 'empty|missing'")
		}
		run.pattern = pattern
	}
	run.engine = a.engine(runtime.Config{Limits: raiseTime(run.limits, run.limits.Time)})
	run.changed.L = &run.mu
	return run, nil
}

// findTests returns the files with tests that paths name, each once.
func findTests(ctx context.Context, paths []string) ([]*testFile, error) {
	var files []*testFile
	for _, path := range paths {
		found, err := testsAt(ctx, filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !slices.ContainsFunc(files, func(other *testFile) bool { return other.path == f.path }) {
				files = append(files, f)
			}
		}
	}
	return files, nil
}

// testsAt returns the files with tests that one path names. What is wrong with
// the path is an error of its file.
func testsAt(ctx context.Context, path string) ([]*testFile, error) {
	wrong := func(message, hint string) ([]*testFile, error) {
		return []*testFile{{path: path, err: usageError("test "+path, message, hint)}}, nil
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
		return []*testFile{{path: path, script: path[:len(path)-len(taskfile.TestExtension)] + ".js"}}, nil
	case taskfile.Extension(path) == "xml":
		return []*testFile{{path: path}}, nil
	case taskfile.Extension(path) == "js":
		tests := path[:len(path)-len(".js")] + taskfile.TestExtension
		if _, err := os.Stat(tests); err != nil {
			return wrong("the script has no tests", "they belong in "+tests)
		}
		return []*testFile{{path: tests, script: path}}, nil
	}
	return wrong("neither a script nor an add-on", "it tests .js and .xml files")
}

// testsBelow returns the files with tests in a folder and the folders in it.
func testsBelow(ctx context.Context, root string) (files []*testFile, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return cancelled("test")
		}
		if err != nil {
			files = append(files, &testFile{path: path, err: usageError("read "+path, input.Reason(err), "")})
			return nil
		}
		switch {
		case entry.IsDir():
			return passOver(root, path)
		case !maybeRegular(path):
		case taskfile.IsTest(path):
			files = append(files, &testFile{path: path, script: path[:len(path)-len(taskfile.TestExtension)] + ".js"})
		case taskfile.Extension(path) == "xml" && taskfile.IsAddon(path):
			files = append(files, &testFile{path: path})
		}
		return nil
	})
	return files, err
}

// passOver returns fs.SkipDir for a folder below root that is not looked into:
// a hidden one, and one with the packages of others.
func passOver(root, path string) error {
	if name := filepath.Base(path); path != root && (strings.HasPrefix(name, ".") || name == "node_modules") {
		return fs.SkipDir
	}
	return nil
}

func cancelled(op string) error {
	return &hostapi.Error{Code: hostapi.CodeCanceled, Op: op, Message: "was cancelled"}
}
