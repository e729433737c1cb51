package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/runtime"
)

// The scripts run the real command, found in PATH as "postern".
func TestMain(m *testing.M) {
	runtime.WorkerMain()
	_ = flag.Set("test.parallel", "8") // by default: most tests wait for a process
	flag.Bool("update", false, "rewrite the files that the scripts compare with")
	testscript.Main(m, map[string]func(){"postern": postern, "interrupt": interrupt})
}

// TestScripts runs testdata/*.txtar. Each script has a separate playground:
// at $URL, alias $HOST, with its connections file in playground.toml.
//
// Beside the usual commands there are
//
//	status N COMMAND…       run it; it must end with exit status N and print no secret
//	status -reveals N …     the same, for a command that is there to print one
//	port NAME               NAME becomes a loopback address that is free
//	reach URL               waits until a server in the background responds with 200
//	requests PATH N         the playground must have got N requests for PATH
//	outcome FILE            stdout must be the JSON in FILE, times left aside
//	report GOT WANT         the two must be the same but for the times in a report of tests
//	guest FILE              build the Go sample task into FILE
//	idp MODE…               start an authorization server at $IDP, or say how it goes on
//	sql STORE STATEMENT     change a store behind the command's back
//	asked PATH N            that server must have got N requests for PATH
//
// and the program "interrupt REGEXP COMMAND…": it presses Ctrl-C when COMMAND prints
// a line that matches.
func TestScripts(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       flag.Lookup("update").Value.String() == "true",
		Setup:               func(env *testscript.Env) error { return setup(env, root) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":   cmdStatus,
			"requests": cmdRequests,
			"outcome":  cmdOutcome,
			"report":   cmdReport,
			"guest":    cmdGuest,
			"idp":      cmdIDP,
			"asked":    cmdAsked,
			"sql":      cmdSQL,
			"bytes":    cmdBytes,
			"members":  cmdMembers,
			"port":     cmdPort,
			"reach":    cmdReach,
		},
	})
}

// playground is the key of a script's playground.
type playground struct{}

func setup(env *testscript.Env, root string) error {
	who, err := user.Current()
	if err != nil {
		return err
	}
	env.Setenv("WHO", who.Username)
	provider := &connectiontest.Provider{}
	server, err := connectiontest.Start("", provider)
	if err != nil {
		return err
	}
	env.Defer(func() { _ = server.Close() })
	env.Values[playground{}] = provider
	env.Values[idpKey{}] = new(idpSlot)
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
	env.Setenv("ROOT", root)
	env.Setenv("URL", server.URL)
	env.Setenv("HOST", server.Host())
	env.Setenv("PORT", server.Host()[strings.LastIndexByte(server.Host(), 58)+1:])
	return os.WriteFile(filepath.Join(env.WorkDir, "playground.toml"), []byte(server.OAuthTOML()), 0o600)
}

// cmdStatus runs a command and checks its exit status, and that none of the
// playground's secrets, no token that it issued and no secret of the scripts'
// own is in what it prints.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	reveals := len(args) > 0 && args[0] == "-reveals"
	if reveals {
		args = args[1:]
	}
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status [-reveals] N COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
	secret := regexp.MustCompile(`demo-secret|demo-token|wonderland|SEKRET|[A-Z2-7]{52}`)
	for _, stream := range []string{"stdout", "stderr"} {
		if found := secret.FindString(ts.ReadFile(stream)); found != "" && !reveals {
			ts.Fatalf("%s shows the secret %q", stream, found)
		}
	}
}

func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: requests PATH N")
	}
	provider, ok := ts.Value(playground{}).(*connectiontest.Provider)
	if !ok {
		ts.Fatalf("no playground")
	}
	if got := strconv.Itoa(provider.Count(args[0])); got != args[1] {
		ts.Fatalf("%s got %s requests, want %s", args[0], got, args[1])
	}
}

// cmdOutcome compares what run --json printed. Times are never the same twice:
// they must be there, and are then set to zero.
func cmdOutcome(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: outcome FILE")
	}
	got := map[string]any{}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &got))
	usage, _ := got["usage"].(map[string]any)
	for _, key := range []string{"wall_ms", "cpu_ms"} {
		if _, ok := usage[key].(float64); !ok {
			ts.Fatalf("usage.%s is not a number", key)
		}
		usage[key] = 0
	}
	logs, _ := got["logs"].([]any)
	for _, line := range logs {
		line, _ := line.(map[string]any)
		if line["time"] == nil {
			ts.Fatalf("a log line has no time")
		}
		delete(line, "time")
	}
	var want map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &want))
	if got, want := indented(ts, got), indented(ts, want); got != want {
		ts.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

// cmdReport compares two reports of tests, in any of their formats. Times are never
// the same twice.
func cmdReport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: report GOT WANT")
	}
	timeless := func(name string) string {
		text := ts.ReadFile(name)
		for pattern, fixed := range map[string]string{
			`\([0-9.]+(µs|ms|s)\)`:         "(TIME)",
			`("wall_ms": )[0-9.e-]+`:       "${1}0",
			`("time": ")[0-9T:.Z+-]+`:      "$1",
			`( time=")[0-9]+\.[0-9]{3}(")`: "${1}0$2",
		} {
			text = regexp.MustCompile(pattern).ReplaceAllString(text, fixed)
		}
		return text
	}
	if got, want := timeless(args[0]), timeless(args[1]); got != want {
		ts.Fatalf("%s", diff.Diff(args[1], []byte(want), args[0], []byte(got)))
	}
}

func indented(ts *testscript.TestScript, v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	ts.Check(err)
	return string(text)
}

func cmdGuest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: guest FILE")
	}
	wasm, err := guest()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), wasm, 0o600))
}

// guest builds the Go sample task, once for all scripts.
var guest = sync.OnceValues(func() ([]byte, error) { //nolint:gochecknoglobals // built once, never changed
	dir, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	path := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", path, "./scripts/named-connection-go")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if output, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, output)
	}
	return os.ReadFile(path)
})

func cmdSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql STORE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.ExecContext(context.Background(), args[1])
	ts.Check(errors.Join(err, db.Close()))
}

// interrupt is a program: it runs the command in its arguments, presses Ctrl-C
// when a line that it prints matches the first argument, and ends as the command
// did.
func interrupt() {
	cmd := exec.Command(os.Args[2], os.Args[3:]...)          //nolint:noctx // the scripts' own commands
	press := func() { _ = cmd.Process.Signal(os.Interrupt) } // Wait tells how it ended
	line := regexp.MustCompile(os.Args[1])
	cmd.Stdout = &watcher{to: os.Stdout, line: line, press: press}
	cmd.Stderr = &watcher{to: os.Stderr, line: line, press: press}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "interrupt:", err)
		os.Exit(127)
	}
	_ = cmd.Wait() // the exit status is all that counts
	os.Exit(cmd.ProcessState.ExitCode())
}

// watcher passes on what is written to it, and presses when it has seen a line
// that matches.
type watcher struct {
	to    io.Writer
	line  *regexp.Regexp
	press func()
	open  []byte // the line under way
}

func (w *watcher) Write(data []byte) (int, error) {
	w.open = append(w.open, data...)
	for {
		line, rest, ok := bytes.Cut(w.open, []byte("\n"))
		if !ok {
			return w.to.Write(data)
		}
		w.open = rest
		if w.line.Match(line) {
			w.press()
		}
	}
}

// TestSampleComments holds that every sample task says in its first line what
// it is for.
func TestSampleComments(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Glob("../../scripts/*.js")
	if err != nil || len(samples) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, path := range samples {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(source), "\n")
		isTest := strings.HasSuffix(path, ".test.js") // its first line ends with how to run it
		if !strings.HasPrefix(first, "// ") || !isTest && !strings.HasSuffix(first, ".") {
			t.Errorf("%s begins with %q, want one line of purpose", path, first)
		}
	}
}

// cmdBytes writes a file that no archive of text can hold.
func cmdBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes FILE 'text with \\xff'")
	}
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1], `"`, `\"`) + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// cmdMembers writes a member of a JSON object into another file, byte for byte but
// for the indentation.
func cmdMembers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: members FILE NAME INTO")
	}
	var object map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	var b bytes.Buffer
	ts.Check(json.Indent(&b, object[args[1]], "", "  "))
	b.WriteByte('\n')
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b.Bytes(), 0o600))
}

// cmdPort sets a variable to a loopback address that is free.
func cmdPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	ts.Check(err)
	ts.Setenv(args[0], listener.Addr().String())
	ts.Check(listener.Close())
}

// cmdReach waits until a server responds.
func cmdReach(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: reach URL")
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		response, err := http.Get(args[0]) //nolint:noctx // of the script's server
		if err != nil {
			continue
		}
		_ = response.Body.Close() // only its status counts
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("%s does not respond", args[0])
}
