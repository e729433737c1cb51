package runtime_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// A script is in a regular expression that takes hours, which nothing interrupts. Close
// and Shutdown return, and say so. It runs in a separate process, because
// it would keep this one busy.
func TestCloseInABuiltIn(t *testing.T) {
	t.Parallel()
	const inChild = "POSTERN_TEST_STUCK"
	if os.Getenv(inChild) != "" {
		closeInABuiltIn(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self, "-test.run=^TestCloseInABuiltIn$", "-test.v")
	child.Env = append(os.Environ(), inChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "closed in time") {
		t.Errorf("%v\n%s", err, out)
	}
}

func closeInABuiltIn(t *testing.T) {
	t.Helper()
	engine := runtime.New(runtime.Config{})
	task := runtime.Task{Script: compile(t, engine, `/^(a|aa)+\1$/.test("a".repeat(70) + "b")`)}
	go func() { _, _ = engine.Run(context.WithoutCancel(t.Context()), task) }()
	for stacks := make([]byte, 1<<20); !bytes.Contains(stacks[:goruntime.Stack(stacks, true)], []byte("dlclark/regexp2")); {
		goruntime.Gosched() // until the script is in the built-in
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	err := engine.Shutdown(ended)
	wantCode(t, err, hostapi.CodeCanceled, "shutdown: 1 run was cancelled; still running: 1")
	err = engine.Close()
	wantCode(t, err, hostapi.CodeTimeout, "close: cancelled, and still running: 1")
	if took := time.Since(start); took > 20*time.Second || engine.Running() != 1 {
		t.Errorf("took %v, %d run", took, engine.Running())
	}
	if !t.Failed() {
		_, _ = io.WriteString(os.Stdout, "closed in time\n")
	}
}
