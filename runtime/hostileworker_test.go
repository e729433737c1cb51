package runtime

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/ring"
)

// fake is a worker that was taken over: it sends what it likes.
type fake struct {
	net.Conn               // the engine's end
	theirs   net.Conn      // the worker's end
	killed   chan struct{} // closed when it is
	cpu      atomic.Int64  // how often its CPU time was asked for
}

// CPU is a millisecond more each time.
func (f *fake) CPU() time.Duration { return time.Duration(f.cpu.Add(1)) * time.Millisecond }
func (f *fake) Lower()             {}

func (*fake) Private() int64 { return 0 }
func (*fake) Limit(int64)    {}
func (*fake) Interrupt()     {}

func (*fake) Protection() ring.Protection { return ring.Protection{} }

func (f *fake) Kill() {
	select {
	case <-f.killed:
	default:
		close(f.killed)
	}
	_ = f.theirs.Close()
}

func (*fake) Wait() string { return "" }

// taken is what a worker that was taken over has to do with.
type taken struct {
	t    *testing.T
	conn *ring.Conn
	raw  io.Writer

	killed <-chan struct{} // closed when it is killed
}

// send sends a message that is well formed.
func (w *taken) send(c *call) {
	_ = w.conn.Send(func(frame []byte) ([]byte, error) { return codec.AppendTo(frame, c) }) // it may have been killed
}

// alive reports whether the worker has not been killed.
func (w *taken) alive() bool {
	select {
	case <-w.killed:
		return false
	default:
		return true
	}
}

// ask sends a message and returns the reply.
func (w *taken) ask(c *call) *reply {
	w.send(c)
	frame, err := w.conn.Receive(maxFrame)
	if err != nil {
		return nil
	}
	r := new(reply)
	if err := codec.Decode(frame, r); err != nil {
		w.t.Errorf("the reply is malformed: %v", err)
	}
	return r
}

// refused checks that a call was refused with that code.
func (w *taken) refused(c *call, code hostapi.Code) {
	r := w.ask(c)
	if r == nil || r.Failure == nil || hostapi.CodeOf(r.Failure.Err) != code {
		w.t.Errorf("call %d of %q was answered %+v, want %s", c.Op, c.Name, r, code)
	}
}

func (w *taken) end() { w.send(&call{Op: opEnd, Report: new(report)}) }

// granting lets a task use the connection crm, and remembers what it is asked for.
type granting struct {
	hostapi.BaseConnector
	asked []string
}

func (g *granting) OAuth2Token(_ context.Context, grant *hostapi.Grant, name string) (string, error) {
	g.asked = append(g.asked, name)
	if !slices.Contains(grant.Connections, name) {
		return "", &hostapi.Error{Code: hostapi.CodeDenied, Op: "getOAuth2Token", Name: name, Message: "not granted", Reason: hostapi.ErrNotGranted}
	}
	return "token-of-" + name, nil
}

// The engine does for a worker only what the task may do, and stops one that breaks the
// rules; the next task runs.
func TestWorkerThatWasTakenOver(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("\x81", 1000)
	for name, tt := range map[string]struct {
		does func(w *taken)
		code hostapi.Code // "": the task succeeds
	}{
		"garbage":       {func(w *taken) { _, _ = w.raw.Write([]byte("\x00\x00\x00\x05hello")) }, hostapi.CodeInternal},
		"a huge length": {func(w *taken) { _, _ = w.raw.Write([]byte("\xff\xff\xff\xff")) }, hostapi.CodeInternal},
		"half a frame":  {func(w *taken) { _, _ = w.raw.Write([]byte("\x00\x00\x10\x00x")) }, hostapi.CodeTimeout},
		"deep nesting":  {func(w *taken) { _, _ = w.raw.Write(append(binary.BigEndian.AppendUint32(nil, 1000), deep...)) }, hostapi.CodeInternal},
		"no reading": {func(w *taken) {
			w.send(&call{Op: opToken, Name: "other"})
			<-w.killed
		}, hostapi.CodeTimeout},
		"calls whose replies it does not read": {func(w *taken) {
			for w.alive() {
				w.send(&call{Op: opData, Name: "q"})
			}
		}, hostapi.CodeTimeout},
		"endless calls": {func(w *taken) {
			for w.alive() {
				w.ask(&call{Op: opData, Name: "q"})
			}
		}, hostapi.CodeTimeout},
		"endless calls that fail": {func(w *taken) {
			for w.alive() {
				w.ask(&call{Op: opUser, ID: 1})
			}
		}, hostapi.CodeTimeout},
		"half a frame after a call": {func(w *taken) {
			w.ask(&call{Op: opData, Name: "q"})
			_, _ = w.raw.Write([]byte("\x00\x00\x10\x00x"))
		}, hostapi.CodeTimeout},
		"silence":         {func(*taken) {}, hostapi.CodeTimeout},
		"an end at once":  {func(w *taken) { w.end() }, ""},
		"no report":       {func(w *taken) { w.send(&call{Op: opEnd}) }, hostapi.CodeInternal},
		"nothing at all":  {func(w *taken) { w.send(new(call)) }, hostapi.CodeInternal},
		"an unknown call": {func(w *taken) { w.refused(&call{Op: 99}, hostapi.CodeInternal); w.end() }, ""},
		"a request that is none": {func(w *taken) {
			w.refused(&call{Op: opRequest}, hostapi.CodeInternal)
			w.end()
		}, ""},
		"another connection": {func(w *taken) {
			w.refused(&call{Op: opToken, Name: "other"}, hostapi.CodeDenied)
			w.end()
		}, ""},
		"a function that does not exist": {func(w *taken) {
			w.refused(&call{Op: opFunction, Name: "os", Method: "exit"}, hostapi.CodeDenied)
			w.end()
		}, ""},
		"files of others": {func(w *taken) {
			for _, number := range []int64{-1, 0, 1, 1 << 62} {
				w.refused(&call{Op: opReadFile, ID: number, Length: 1 << 62}, hostapi.CodeInternal)
			}
			w.end()
		}, ""},
		"an item that is not declared": {func(w *taken) {
			w.send(&call{Writes: []write{{Op: setData, Name: "q_other", Value: "x"}}, Op: opEnd, Report: new(report)})
		}, hostapi.CodeInternal},
		"too much data": {func(w *taken) {
			w.send(&call{Writes: []write{{Op: setData, Name: "q", Value: strings.Repeat("x", 2000)}}, Op: opEnd, Report: new(report)})
		}, hostapi.CodeLimit},
		"too many log lines": {func(w *taken) {
			for range 100 {
				w.send(&call{Writes: []write{{Op: logLine, Name: "info", Text: "x"}}})
			}
		}, hostapi.CodeLimit},
		"a level that does not exist": {func(w *taken) {
			w.send(&call{Writes: []write{{Op: logLine, Name: "fatal", Text: "x"}}})
		}, hostapi.CodeInternal},
		"a post that is none": {func(w *taken) { w.send(&call{Writes: []write{{Op: postFeed}}}) }, hostapi.CodeInternal},
		"an effect that does not exist": {func(w *taken) {
			w.send(&call{Writes: []write{{Op: 77}}})
		}, hostapi.CodeInternal},
		"a value that is too large": {func(w *taken) {
			w.send(&call{Op: opEnd, Report: &report{Value: strings.Repeat("x", 2<<20)}})
		}, hostapi.CodeInternal},
		"an error of another call": {func(w *taken) {
			w.send(&call{Op: opEnd, Report: &report{Host: 7, Errs: []error{&hostapi.Error{Code: hostapi.CodeScript, Message: "own"}}}})
		}, hostapi.CodeScript},
		"an endless list of scripts that it lacks": {func(w *taken) {
			for {
				w.send(&call{Op: opMissing})
				if _, err := w.conn.Receive(maxFrame); err != nil {
					return
				}
			}
		}, hostapi.CodeInternal},
		"death": {func(w *taken) {
			if c, ok := w.raw.(io.Closer); ok {
				_ = c.Close()
			}
		}, hostapi.CodeInternal},
		"more after the end": {func(w *taken) {
			w.end()
			w.end()
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isolated := &Workers{Max: 1, Spare: -1, Uses: 1, start: func() (ring.Process, error) {
				ours, theirs := net.Pipe()
				f := &fake{Conn: ours, theirs: theirs, killed: make(chan struct{})}
				go func() {
					w := &taken{t: t, conn: ring.NewConn(theirs), raw: theirs, killed: f.killed}
					if _, err := w.conn.Receive(maxFrame); err == nil { // the order
						tt.does(w)
						_, _ = io.Copy(io.Discard, theirs)
					}
				}()
				return f, nil
			}}
			connector := new(granting)
			engine := New(Config{Isolation: isolated, Connector: connector})
			defer engine.Close() //nolint:errcheck // it has ended
			here := New(Config{})
			script, err := here.Compile(t.Context(), Source{Code: []byte("1")})
			if err != nil {
				t.Fatal(err)
			}
			task := Task{
				Script: script, Items: []hostapi.Item{{VarName: "q", Type: hostapi.TypeString}}, Connections: []string{"crm"},
				Limits: hostapi.Limits{DataBytes: 1000, LogLines: 10},
			}
			if tt.code == hostapi.CodeTimeout {
				task.Limits.Time = 200 * time.Millisecond
			}
			for range 2 { // each has its own worker
				result, err := engine.Run(t.Context(), task)
				if hostapi.CodeOf(err) != tt.code {
					t.Errorf("error %v, want %q", err, tt.code)
				}
				if result.Usage.CPU != time.Millisecond && result.Usage.Wall > 0 {
					t.Errorf("CPU time %v, want that of the worker", result.Usage.CPU)
				}
				if len(result.Data) > 0 || len(result.Logs) > 10 {
					t.Errorf("data %v, %d lines", result.Data, len(result.Logs))
				}
			}
			if slices.Contains(connector.asked, "crm") {
				t.Errorf("the connector was asked for %q", connector.asked)
			}
		})
	}
}

// A process that cannot be started is an error that says so, and the next task tries again.
func TestWorkerThatDoesNotStart(t *testing.T) {
	t.Parallel()
	starts := 0
	engine := New(Config{Isolation: &Workers{Max: 1, Spare: -1, start: func() (ring.Process, error) {
		starts++
		return nil, errors.New("fork: out of processes")
	}}})
	defer engine.Close() //nolint:errcheck // nothing is running
	for range 2 {
		_, err := engine.Compile(t.Context(), Source{Code: []byte("1")})
		if !errors.Is(err, ErrNoWorker) || err.Error() != "compile: no worker process could be started: fork: out of processes" {
			t.Errorf("error %v", err)
		}
	}
	if starts != 2 {
		t.Errorf("%d starts", starts)
	}
}
