package cli

import (
	"context"
	"fmt"
	"regexp"
	goruntime "runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/internal/testrun"
	"github.com/postern-dev/postern/runtime"
)

// testFlags are the flags of the command test.
type testFlags struct {
	run       string
	parallel  int
	timeout   time.Duration
	limit     []string
	isolation string
	verbose   bool
	json      bool
	junit     string
}

func (a *app) testCommand() *cobra.Command {
	f := testFlags{parallel: goruntime.GOMAXPROCS(0)}
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run the tests of scripts and add-ons",
		Long: `Runs tests, each in a fresh sandbox, without network and connections: a test
makes the settings, data items and responses to requests that its script meets.

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
	isolationFlag(cmd, &f.isolation)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "list the tests that pass as well, and all they log")
	flags.BoolVar(&f.json, "json", false, "print one JSON object with files, their tests, passed and failed")
	flags.StringVar(&f.junit, "junit", "", "write a report in JUnit's XML to `FILE` as well; - is stdout, and the text report\n"+
		"goes to stderr then")
	complete(cmd, "junit", extensions("xml"))
	return cmd
}

// test runs the tests and reports on them as they end, in the order of files.
func (a *app) test(ctx context.Context, paths []string, f *testFlags) error {
	run, err := a.testRun(f)
	if err != nil {
		return err
	}
	defer closeEngine(run.Engine)
	files, err := testrun.Find(ctx, paths)
	if err != nil {
		return err
	}
	format := testrun.Format{Verbose: f.verbose, Hint: hint, AllLogs: "--verbose shows all"}
	text := a.out.write
	if f.junit == stdoutName {
		text = a.out.tell
	}
	finished := make([]*testrun.Report, 0, len(files))
	err = run.Do(ctx, files, f.parallel, terminal.NewProgress(a.env.Stderr), func(r *testrun.Report) error {
		finished = append(finished, r)
		if f.json {
			return nil
		}
		return text(format.Text(r))
	})
	if err != nil {
		return err
	}
	summary := testrun.Summarize(finished)
	if f.json {
		err = a.out.writeJSON(format.JSON(finished))
	} else {
		err = text([]byte(summary.Text()))
	}
	if err != nil {
		return err
	}
	if f.junit != "" {
		report, err := format.JUnit(finished)
		if err == nil {
			err = a.writeReport(f.junit, report)
		}
		if err != nil {
			return err
		}
	}
	return testVerdict(ctx, summary, f.run)
}

// testMemory is the memory of a test unless --limit says another. A test has in memory what a
// run has beside it: the content of files, responses, and the text that it makes them of. Tests
// of what a script does with a file that is too large make one of 50 MB.
const testMemory = 512 << 20

func (a *app) testRun(f *testFlags) (*testrun.Run, error) {
	if f.parallel < 1 {
		return nil, usageError("--parallel", strconv.Itoa(f.parallel)+" is not above zero", "")
	}
	run := &testrun.Run{Limits: hostapi.Limits{Time: f.timeout, Memory: testMemory}}
	if err := setLimits(&run.Limits, f.limit); err != nil {
		return nil, err
	}
	if f.run != "" {
		pattern, err := regexp.Compile(f.run)
		if err != nil {
			return nil, usageError("--run", err.Error(), "it is a regular expression, such as 'empty|missing'")
		}
		run.Pattern = pattern
	}
	isolation, err := workers(f.isolation, f.parallel)
	if err != nil {
		return nil, err
	}
	run.Engine = a.engine(runtime.Config{Limits: raiseTime(run.Limits, run.Limits.Time), Isolation: isolation})
	return run, nil
}

// stdoutName is what a flag that names a file to write has for stdout.
const stdoutName = "-"

// writeReport writes a report to a file, or to stdout.
func (a *app) writeReport(path string, text []byte) error {
	if path == stdoutName {
		return a.out.write(text)
	}
	if err := atomicfile.Write(path, text, 0o644); err != nil {
		return usageError("write "+path, input.Reason(err), "--junit says where")
	}
	return nil
}

// testVerdict returns the error of a run that did not go well.
func testVerdict(ctx context.Context, s testrun.Summary, pattern string) error {
	switch {
	case ctx.Err() != nil:
		return cancelled("test")
	case s.Invalid:
		return statusError(statusConfig)
	case s.Failed > 0:
		return statusError(statusScript)
	case s.Found == 0:
		return usageError("test", "there are no tests",
			"a test is test('what it shows', () => { … }) in the <test> of an add-on or in NAME"+taskfile.TestExtension)
	case s.Chosen == 0:
		return usageError("--run", fmt.Sprintf("%q matches no test", pattern), "--verbose without --run lists the tests")
	}
	return nil
}

func cancelled(op string) error {
	return &hostapi.Error{Code: hostapi.CodeCanceled, Op: op, Message: "was cancelled"}
}
