package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
)

func TestStatusOf(t *testing.T) {
	t.Parallel()
	want := map[hostapi.Code]int{
		"":                            0,
		hostapi.CodeScript:            1,
		hostapi.CodeInvalidArgument:   1,
		hostapi.CodeConfig:            2,
		hostapi.CodeUnknownConnection: 3,
		hostapi.CodeConnection:        3,
		hostapi.CodeNetwork:           3,
		hostapi.CodeLimit:             4,
		hostapi.CodeDenied:            4,
		hostapi.CodeTimeout:           4,
		hostapi.CodeCanceled:          4,
		hostapi.CodeNeedsReauth:       5,
		hostapi.CodeInternal:          70,
		"no such code":                70,
	}
	for code, status := range want {
		if got := statusOf(code); got != status {
			t.Errorf("statusOf(%q) = %d, want %d", code, got, status)
		}
	}
}

// run runs the command with ctx and returns what it printed.
func run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = Main(ctx, Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs})
	return status, out.String(), errs.String()
}

func writeFile(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCancelledBeforeStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := writeFile(t, "loop.js", "while (true) {}")
	status, stdout, stderr := run(ctx, "run", path)
	if status != 4 || stdout != "" || !strings.Contains(stderr, "cancelled") {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// brokenWriter is a full disk, or a bug.
type brokenWriter struct{ panics bool }

func (w brokenWriter) Write([]byte) (int, error) {
	if w.panics {
		panic("bug")
	}
	return 0, errors.New("the disk is full")
}

func TestStdoutFails(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "set.js", `engine.setDataByVarName("q_a", 1);`)
	for _, args := range [][]string{{"run", path}, {"run", path, "--json"}, {"check", path}, {"version"}, {"--version"}, {"--help"}, {"help", "run"}} {
		for _, panics := range []bool{false, true} {
			var stderr bytes.Buffer
			status := Main(t.Context(), Env{Args: args, Stdout: brokenWriter{panics}, Stderr: &stderr})
			wantStatus, want := 2, "postern: write to stdout: the disk is full\n"
			if panics {
				wantStatus, want = 70, "please report this"
			}
			if status != wantStatus || !strings.Contains(stderr.String(), want) {
				t.Errorf("%v: exit status %d, stderr %q", args, status, stderr.String())
			}
		}
	}
}

// TestEveryCommandHasHelp holds what every command's help must tell.
func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"run", "test", "check", "new", "playground", "connect", "connection list", "connection show",
		"connection test", "connection revoke", "connection import", "connection trust", "connection audit", "token", "keys new", "keys rotate", "version",
	} {
		status, stdout, stderr := run(t.Context(), append(strings.Fields(command), "--help")...)
		if status != 0 || stderr != "" {
			t.Errorf("%s --help: exit status %d, stderr %q", command, status, stderr)
		}
		for _, want := range []string{"Usage:\n  postern " + command, "Examples:\n  ", "Flags:\n  ", "Exit status: 0 ok"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s --help lacks %q", command, want)
			}
		}
	}
}

func TestDataFileFromStdin(t *testing.T) {
	t.Parallel()
	to := &taskfile.Task{}
	if err := setFile(t.Context(), to, "-", strings.NewReader(`{"q_a": 1.50}`)); err != nil {
		t.Fatal(err)
	}
	if got := to.Data["q_a"]; got != hostapi.Decimal("1.50") {
		t.Errorf("got %#v", got)
	}
	if err := setFile(t.Context(), to, "-", io.LimitReader(strings.NewReader(""), 0)); err == nil {
		t.Error("an empty file was taken for JSON")
	}
}

// An absolute path of a script is taken as it is, and an editor's byte order
// mark changes nothing.
func TestAbsoluteScriptAndByteOrderMark(t *testing.T) {
	t.Parallel()
	script := writeFile(t, "set.js", `engine.setDataByVarName("q_b", engine.findDataByVarName("q_a") + 1);`)
	task := writeFile(t, "task.toml", "\ufeffscript = '"+script+"'\n")
	data := writeFile(t, "in.json", "\ufeff{\"q_a\": 1}")
	status, stdout, stderr := run(t.Context(), "run", task, "--data-file", data)
	if status != 0 || stdout != "q_a = 1\nq_b = 2\n" || stderr != "" {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// A file that may be a misspelt oauth.toml is not shown.
func TestTaskFileWithSecretsIsNotShown(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"script = \"a.js\"\n[Connections.crm]\nclient_secret = canary-1234\n",
		"script = \"a.js\"\ntoken = canary-1234\n",
	} {
		path := filepath.Join(t.TempDir(), "task.toml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr strings.Builder
		status := Main(t.Context(), Env{Args: []string{"run", path}, Stdout: &stdout, Stderr: &stderr})
		if status != 2 || strings.Contains(stdout.String()+stderr.String(), "canary") || !strings.Contains(stderr.String(), "task.toml:") {
			t.Errorf("status %d, stderr %s", status, stderr.String())
		}
	}
}
