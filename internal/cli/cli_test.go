package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
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

// TestEveryVerbHasHelp holds what every verb's help must tell.
func TestEveryVerbHasHelp(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{
		"run", "test", "check", "new", "playground", "connect", "connection list", "connection show",
		"connection test", "connection revoke", "connection import", "connection trust", "connection audit", "token", "keys new", "keys rotate", "version",
	} {
		status, stdout, stderr := run(t.Context(), append(strings.Fields(verb), "--help")...)
		if status != 0 || stderr != "" {
			t.Errorf("%s --help: exit status %d, stderr %q", verb, status, stderr)
		}
		for _, want := range []string{"Usage:\n  postern " + verb, "Examples:\n  ", "Flags:\n  ", "Exit status: 0 ok"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s --help lacks %q", verb, want)
			}
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path, content string
		want          kind
	}{
		{"a.js", "", kindScript},
		{"a.JS", "", kindScript},
		{"a.wasm", "", kindScript},
		{"a.xml", "", kindOther},
		{"a.xml", "<project/>", kindOther},
		{"a.xml", "<?xml version=\"1.0\"?>\n<service-task-definition>", kindAddon},
		{"a.XML", "<service-task-definition>", kindAddon},
		{"a.txt", `script = "a.js"`, kindOther},
		{"a.toml", "", kindOther},
		{"a.toml", "[tool]", kindOther},
		{"a.toml", `script = "a.js"` + "\n" + `connections = ["crm"]`, kindTask},
		{"a.toml", `  "script"="a.js"`, kindTask},
		{"a.toml", "[connections.crm]", kindConnections},
		{"a.toml", "# x\n [ connections . crm ]", kindConnections},
		{"a.toml", `["connections"]`, kindConnections},
		{"a.toml", "[egress]", kindConnections},
		{"a.toml", "[store]", kindConnections},
		{"a.toml", "egress.allow = []", kindConnections},
		{"a.toml", "connections = { crm = {", kindConnections},
		{"a.toml", "script = 1\n[connections.crm]\ntoken = SEKRET", kindConnections},
	} {
		if got := kindOf(test.path, []byte(test.content)); got != test.want {
			t.Errorf("kindOf(%q, %q) = %d, want %d", test.path, test.content, got, test.want)
		}
	}
}

// FuzzParseTask holds that any file is read or refused, that mistakes have a
// place in it, and that what is read has declared items and limits within the
// ceiling.
func FuzzParseTask(f *testing.F) {
	f.Add([]byte("script = \"a.js\"\nconnections = [\"crm\"]\nallow = [\"GET 127.0.0.1:80/x*\"]\n" +
		"[data.q]\ntype = \"DECIMAL\"\nvalue = 1.5\n[limits]\ntime = \"5s\"\nmemory = \"1MiB\"\nrequests = 0\n"))
	f.Add([]byte("script = \"a.js\"\n[data]\nq = { type = \"JSON\", value = { a = [1, 1979-05-27] } }"))
	f.Add([]byte("[[data]]\nlimits.time = 3"))
	f.Add([]byte("script = \"a.js\"\nconnections = [\"crm\"]\n[data.q]\ntype = \"LIST\"\nnumber = 2\n" +
		"columns = [{ var_name = \"c\", type = \"DECIMAL\", scale = 2, options = [\"a\", { value = \"b\" }] }]\n" +
		"[settings]\na = \"x\"\nb = true\nc = { item = \"q\" }\nd = { connection = \"crm\" }\ne = { user = \"a@b\" }\n" +
		"[process]\ntime_zone = \"GMT+09:00\"\nusers = [{ id = 1, email = \"a@b\" }]\n[[process.groups]]\nmembers = [{ user_id = 1 }]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ceiling := hostapi.DefaultLimits()
		lines := bytes.Count(data, []byte("\n")) + 1
		got, err := parseTask("task.toml", data, ceiling)
		if err != nil {
			if he, ok := asHost(err); !ok || he.Code != hostapi.CodeConfig || he.File != "task.toml" || he.Line > lines {
				t.Fatalf("%#v", err)
			}
			return
		}
		if got.script == "" {
			t.Fatal("no script")
		}
		if got.limits.Within(ceiling) != got.limits.Or(ceiling) {
			t.Fatalf("limits above the ceiling: %+v", got.limits)
		}
		if _, err := hostapi.CheckItems(got.items); err != nil {
			t.Fatal(err)
		}
		for name, s := range got.settings {
			if s.Item != "" && !slices.Contains(got.itemNames(), s.Item) || s.Connection != "" && !slices.Contains(got.connections, s.Connection) {
				t.Fatalf("the setting %q names what there is not: %+v", name, s)
			}
		}
		for _, name := range slices.Collect(maps.Keys(got.data)) {
			if _, ok := got.item(name); !ok {
				t.Fatalf("%q has a value and no type", name)
			}
		}
	})
}

// TestLimitOfZeroAllowsNothing guards the one place where zero turns around.
func TestLimitOfZeroAllowsNothing(t *testing.T) {
	t.Parallel()
	task, err := parseTask("task.toml", []byte("script = \"a.js\"\n[limits]\nrequests = 0\nlog_bytes = 0\n"), hostapi.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	limits := task.limits.Within(hostapi.DefaultLimits())
	if limits.Requests > 0 || limits.LogBytes > 0 || limits.LogLines != hostapi.DefaultLimits().LogLines {
		t.Errorf("got %+v", limits)
	}
}

func TestDataFileFromStdin(t *testing.T) {
	t.Parallel()
	to := &task{}
	if err := to.setFile("-", strings.NewReader(`{"q_a": 1.50}`)); err != nil {
		t.Fatal(err)
	}
	if got := to.data["q_a"]; got != hostapi.Decimal("1.50") {
		t.Errorf("got %#v", got)
	}
	if err := to.setFile("-", io.LimitReader(strings.NewReader(""), 0)); err == nil {
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

// A task file that somebody mixed up with an oauth.toml is not shown.
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
