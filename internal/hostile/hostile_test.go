//go:build linux

package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

const (
	grace  = 250 * time.Millisecond * slowdown // after the deadline
	first  = time.Second * slowdown            // the same in the process of the engine, for JavaScript, which promises nothing
	slack  = 32 << 20                          // bytes beyond the limit of memory
	giveUp = 4 * time.Second * slowdown        // after the deadline: a run that has not ended by then is late
	settle = 2 * time.Second                   // the same, for one that may be
)

// expectation is what the first comments of an attack say.
type expectation struct {
	outcomes   []string
	dies, late bool // in the first ring
}

func expectationOf(t *testing.T, source []byte) (e expectation) {
	t.Helper()
	for line := range strings.Lines(string(source)) {
		text, found := strings.CutPrefix(line, "// ")
		if !found {
			if text, found = strings.CutPrefix(line, ";; "); !found {
				break
			}
		}
		key, value, _ := strings.Cut(strings.TrimSpace(text), ": ")
		words := strings.Split(value, " or ")
		switch key {
		case "outcome":
			e.outcomes = words
		case "first":
			e.dies, e.late = slices.Contains(words, "dies"), slices.Contains(words, "late")
			if len(words) > 2 || !e.dies && !e.late {
				t.Fatalf("first: %q", value)
			}
		}
	}
	if e.outcomes == nil {
		t.Fatal("the attack has no outcome")
	}
	return e
}

// TestJavaScript runs JavaScript in the process of the engine.
func TestJavaScript(t *testing.T) {
	suite(t, 1, "js", "*.js", func(_ *testing.T, source []byte) []byte { return source }, func(e expectation, end ending) string {
		if end.died && e.dies || end.late() && (e.late || e.dies) {
			return ""
		}
		return e.mismatch(end)
	})
}

// TestJavaScriptInWorkers runs JavaScript in worker processes.
func TestJavaScriptInWorkers(t *testing.T) {
	suite(t, 2, "js", "*.js", func(_ *testing.T, source []byte) []byte { return source }, func(e expectation, end ending) string {
		if wrong := tooMuch(end); wrong != "" {
			return wrong
		}
		if e.dies || e.late || end.Reached == "memory" {
			e.outcomes = append(e.outcomes, "limit", "timeout") // how a worker ends
		}
		return e.mismatch(end)
	})
}

// TestWebAssembly compiles WebAssembly in worker processes.
func TestWebAssembly(t *testing.T) {
	suite(t, 2, "wasm", "*.wat", func(t *testing.T, source []byte) []byte {
		t.Helper()
		return assemble(t, string(source))
	}, func(e expectation, end ending) string {
		if wrong := tooMuch(end); wrong != "" {
			return wrong
		}
		return e.mismatch(end)
	})
}

// tooMuch says whether the attack took more memory than it may; "" if it did not.
func tooMuch(end ending) string {
	if most := (hostapi.DefaultLimits().Memory + slack) * slowdown; end.Grew > most {
		return fmt.Sprintf("the process took %d MiB, more than %d", end.Grew>>20, most>>20)
	}
	return ""
}

// mismatch says how the end differs from what it must be; "" if it does not.
func (e expectation) mismatch(end ending) string {
	switch {
	case end.died:
		return "the process died: " + end.Message
	case end.late():
		return fmt.Sprintf("it ended %v after its deadline", end.Late)
	case !slices.Contains(e.outcomes, end.Code):
		return fmt.Sprintf("the outcome is %s, not %s: %s", end.Code, strings.Join(e.outcomes, " or "), end.Message)
	case end.Probe != "":
		return "what ran afterwards failed: " + end.Probe
	}
	return ""
}

// suite runs every attack of a folder. mismatch says what is wrong about its end.
func suite(t *testing.T, ring int, folder, pattern string, compile func(*testing.T, []byte) []byte, mismatch func(expectation, ending) string) {
	t.Helper()
	f := formOf(t)
	server := newServer(t)
	files, err := filepath.Glob(filepath.Join("testdata", folder, pattern))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no attacks", err)
	}
	pool := newPool(t)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		e := expectationOf(t, source)
		if f.leavesOut(ring, file, e) {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			t.Parallel()
			j := &job{Name: file, Code: compile(t, source), Limit: f.limitOf(e), Server: server, Ring: ring}
			patience := giveUp
			if ring == 1 && (e.dies || e.late) {
				patience = settle
			}
			end := pool.run(t, j, patience, false)
			wrong := mismatch(e, end)
			for try := 1; wrong != "" && try <= 3; try++ { // the machine may be busy
				t.Logf("once more, alone: %s", wrong)
				if end.Code == string(hostapi.CodeTimeout) && !end.late() {
					j.Limit *= 10
				}
				end = pool.run(t, j, patience, true)
				wrong = mismatch(e, end)
			}
			if wrong != "" {
				t.Error(wrong)
			}
			t.Logf("%s after %v, %d MiB: %s", end.Code, (j.Limit + end.Late).Round(time.Millisecond), end.Grew>>20, end.Message)
		})
	}
}

// ending is how an attack ended.
type ending struct {
	report
	died  bool
	grace time.Duration // within which it is not late
}

func (e ending) late() bool { return e.Late > e.grace }

// pool runs attacks in child processes.
type pool struct {
	idle  chan *child // as many as may run at once; nil: to be started
	alone sync.RWMutex
}

func newPool(t *testing.T) *pool {
	t.Helper()
	const children = 2
	p := &pool{idle: make(chan *child, children)}
	for range children {
		p.idle <- nil
	}
	t.Cleanup(func() {
		for range children {
			if c := <-p.idle; c != nil {
				c.end()
			}
		}
	})
	return p
}

// run runs one attack, alone if nothing else may run at the same time.
func (p *pool) run(t *testing.T, j *job, patience time.Duration, alone bool) ending {
	t.Helper()
	if alone {
		p.alone.Lock()
		defer p.alone.Unlock()
	} else {
		p.alone.RLock()
		defer p.alone.RUnlock()
	}
	c := <-p.idle
	if c == nil || alone {
		if c != nil {
			c.end()
		}
		var err error
		if c, err = startChild(); err != nil {
			p.idle <- nil
			t.Fatal(err)
		}
	}
	end, usable := c.run(j, patience)
	if end.grace = grace; strings.HasSuffix(j.Name, ".js") && j.Ring == 1 {
		end.grace = first
	}
	if !usable {
		c.end()
		c = nil
	}
	p.idle <- c
	return end
}

// child is a process that runs attacks.
type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	reports chan report // closed when the process has ended
	stderr  bytes.Buffer
}

func startChild() (*child, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(path), reports: make(chan report)} //nolint:noctx // ended by end
	c.cmd.Env = append(os.Environ(), childVariable+"=1")
	c.cmd.Stderr = &c.stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.reports)
		for d := json.NewDecoder(out); ; {
			var r report
			if d.Decode(&r) != nil {
				return
			}
			c.reports <- r
		}
	}()
	return c, nil
}

// run runs an attack. The child is usable if it is as it was before.
func (c *child) run(j *job, patience time.Duration) (end ending, usable bool) {
	timer := time.NewTimer(j.Limit + patience)
	defer timer.Stop()
	go func() { _ = json.NewEncoder(c.in).Encode(j) }() // fails if the child has died, which is seen below
	select {
	case r, alive := <-c.reports:
		if alive {
			return ending{report: r}, !r.Running && r.Grew < 128<<20
		}
		err := c.cmd.Wait()
		text, _, _ := strings.Cut(c.stderr.String(), "\n\ngoroutine")
		return ending{died: true, report: report{Code: "died", Message: fmt.Sprintf("%v: %.300s", err, text)}}, false
	case <-timer.C:
		return ending{report: report{Code: "none", Message: "it has not ended", Late: patience}}, false
	}
}

// end ends the process.
func (c *child) end() {
	_ = c.cmd.Process.Kill() // or it has ended
	for range c.reports {
	}
	_ = c.cmd.Wait() // it was killed
}
