package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Shutdown may come at any time, in both languages: what it finds in progress ends as if
// it had not come, and what begins later is refused. Close may come at any time too, and
// may cut that short.
func TestCloseBesideEverything(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 20 {
		engine := runtime.New(runtime.Config{})
		s := suite(t, engine, greeter, `test("a", () => {})`)
		module, err := engine.Compile(t.Context(), runtime.Source{Name: "early", Code: wasm})
		if err != nil {
			t.Fatal(err)
		}
		compileAs := func(name string, code []byte) func() error {
			return func() error {
				_, err := engine.Compile(t.Context(), runtime.Source{Name: fmt.Sprint(name, round), Code: code})
				return err
			}
		}
		calls := []func() error{
			compileAs("a.js", []byte("1")),
			compileAs("a.wasm", wasm),
			compileAs("early", wasm),
			func() error { _, err := engine.Run(t.Context(), runtime.Task{Script: s.Script}); return err },
			func() error {
				_, err := engine.Run(t.Context(), runtime.Task{Script: module, Data: map[string]any{"q_in": "x"}})
				if hostapi.CodeOf(err) == hostapi.CodeDenied { // it wants to send a request
					return nil
				}
				return err
			},
			func() error { _, err := engine.FindTests(t.Context(), s); return err },
			func() error {
				result, err := engine.RunTest(t.Context(), s, 0)
				return errors.Join(err, result.Err)
			},
		}
		closers := []func() error{
			func() error { return engine.Shutdown(t.Context()) },
			func() error { engine.Forget(module); return nil },
			func() error {
				if round%2 == 0 {
					return engine.Shutdown(t.Context())
				}
				return engine.Close()
			},
		}
		var all sync.WaitGroup
		for _, call := range append(calls, closers...) {
			all.Go(func() {
				if err := call(); err != nil && !errors.Is(err, hostapi.ErrClosed) {
					t.Errorf("beside Close: %v", err)
				}
			})
		}
		all.Wait()
		if n := engine.Running(); n != 0 {
			t.Errorf("%d run after Close", n)
		}
		for i, call := range calls {
			if err := call(); !errors.Is(err, hostapi.ErrClosed) || hostapi.CodeOf(err) != hostapi.CodeClosed {
				t.Errorf("call %d after Close: %v", i, err)
			}
		}
	}
}

// A script outlives the engine that compiled it.
func TestScriptOfClosedEngine(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	first, second := runtime.New(runtime.Config{}), runtime.New(runtime.Config{Connector: stub{}})
	for _, source := range []string{`engine.setDataByVarName("q_out", "x")`, string(wasm)} {
		task := runtime.Task{Script: compile(t, first, source), Data: map[string]any{"q_in": "x"}}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if result, err := second.Run(t.Context(), task); err != nil || result.Data["q_out"] != "x" {
			t.Errorf("run on another engine: %v, %v", result.Data, err)
		}
		first = runtime.New(runtime.Config{})
	}
}

// held is an engine whose connector holds the requests of n tasks that are in progress.
// With heed, a request ends with its context.
func held(t *testing.T, n int, heed bool) (engine *runtime.Engine, g *gate, ended func() []error) {
	t.Helper()
	g = &gate{open: make(chan struct{})}
	var connector hostapi.Connector = g
	if heed {
		connector = heeding{g}
	}
	engine = runtime.New(runtime.Config{Connector: connector})
	task := runtime.Task{Script: compile(t, engine, `engine.setDataByVarName("q", 1); httpClient.begin().get("http://h/")`)}
	g.in.Add(n)
	var runs sync.WaitGroup
	errs := make([]error, n)
	for i := range errs {
		runs.Go(func() {
			result, err := engine.Run(t.Context(), task)
			if errs[i] = err; err != nil && len(result.Changed) > 0 {
				t.Errorf("a task that failed changed %q", result.Changed)
			}
		})
	}
	g.in.Wait()
	return engine, g, func() []error { runs.Wait(); return errs }
}

// heeding is a gate whose requests end with their contexts.
type heeding struct{ *gate }

func (h heeding) Do(ctx context.Context, _ *hostapi.Grant, _ *hostapi.Request) (*hostapi.Response, error) {
	h.in.Done()
	select {
	case <-h.open:
		return &hostapi.Response{Status: 200}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestShutdownWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine, g, ended := held(t, 3, true)
		if n := engine.Running(); n != 3 {
			t.Errorf("%d run, want 3", n)
		}
		time.AfterFunc(10*time.Second, func() { close(g.open) })
		began := time.Now()
		if err := engine.Shutdown(t.Context()); err != nil || time.Since(began) != 10*time.Second {
			t.Errorf("Shutdown = %v after %v", err, time.Since(began))
		}
		if err := errors.Join(ended()...); err != nil || engine.Running() != 0 {
			t.Errorf("the tasks: %v; %d run", err, engine.Running())
		}
	})
}

// At the end of its context Shutdown cancels what is left; Close does so at once.
func TestCloseCancels(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, script string // "": tasks that wait for a request
		within       time.Duration
		shut         func(*runtime.Engine, context.Context) error
		code         hostapi.Code
		want         string
	}{
		{"shutdown", "", 5 * time.Second, (*runtime.Engine).Shutdown, hostapi.CodeTimeout, "shutdown: 3 runs were cancelled"},
		{"close", "", 0, func(e *runtime.Engine, _ context.Context) error { return e.Close() }, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				engine, _, ended := held(t, 3, true)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				began := time.Now()
				err := test.shut(engine, ctx)
				if hostapi.CodeOf(err) != test.code || err != nil && !strings.HasPrefix(err.Error(), test.want) || time.Since(began) != test.within {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				for _, err := range ended() {
					wantCode(t, err, hostapi.CodeClosed, "get: the engine was closed while the task was running")
					if !errors.Is(err, hostapi.ErrClosed) || errors.Is(err, context.Canceled) {
						t.Errorf("a cancelled task: %v", err)
					}
				}
			})
		})
	}
}

// A loop is interrupted in both languages, whether or not something waits on its
// context yet.
func TestCloseInterruptsLoops(t *testing.T) {
	t.Parallel()
	// (module (func (export "_start") (loop (br 0))) (memory (export "memory") 1))
	loop := "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" +
		"\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00" + "\x0a\x09\x01\x07\x00\x03\x40\x0c\x00\x0b\x0b"
	for _, source := range []string{"for (;;) {}", loop} {
		engine := runtime.New(runtime.Config{})
		task := runtime.Task{Script: compile(t, engine, source)}
		failed := make(chan error, 1)
		go func() { _, err := engine.Run(context.WithoutCancel(t.Context()), task); failed <- err }()
		for engine.Running() == 0 {
			<-time.After(time.Millisecond)
		}
		if err := engine.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if err := <-failed; !errors.Is(err, hostapi.ErrClosed) {
			t.Errorf("the task: %v", err)
		}
	}
}

// What does not end when it is cancelled does not keep Close from returning, and can
// end later undisturbed.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine, g, ended := held(t, 2, false)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		err := engine.Shutdown(ctx)
		wantCode(t, err, hostapi.CodeTimeout, "shutdown: 2 runs were cancelled; still running: 2: context deadline exceeded")
		err = engine.Close()
		wantCode(t, err, hostapi.CodeTimeout, "close: cancelled, and still running: 2")
		if took := time.Since(began); took > 8*time.Second || engine.Running() != 2 {
			t.Errorf("took %v, %d run", took, engine.Running())
		}
		close(g.open)
		for _, err := range ended() {
			if !errors.Is(err, hostapi.ErrClosed) {
				t.Errorf("a task that ended late: %v", err)
			}
		}
		if err := engine.Close(); err != nil || engine.Running() != 0 {
			t.Errorf("close again: %v; %d run", err, engine.Running())
		}
	})
}

func TestZeroEngineIsClosed(t *testing.T) {
	t.Parallel()
	engine := new(runtime.Engine)
	if _, err := engine.Compile(t.Context(), runtime.Source{}); !errors.Is(err, hostapi.ErrClosed) {
		t.Errorf("compile: %v", err)
	}
	if err := errors.Join(engine.Close(), engine.Shutdown(t.Context())); err != nil || engine.Running() != 0 {
		t.Errorf("close: %v", err)
	}
}
