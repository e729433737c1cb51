package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Close may come at any time, in both languages. What it finds under way ends as if
// it had not come; what begins later is refused.
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
			func() error { _, err := engine.RunTest(t.Context(), s, 0); return err },
			func() error { return engine.Close(t.Context()) },
			func() error { return engine.Close(t.Context()) },
		}
		var all sync.WaitGroup
		for _, call := range calls {
			all.Go(func() {
				if err := call(); err != nil && !errors.Is(err, runtime.ErrClosed) {
					t.Errorf("beside Close: %v", err)
				}
			})
		}
		all.Wait()
		for i, call := range calls[:len(calls)-2] {
			if err := call(); !errors.Is(err, runtime.ErrClosed) || hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
				t.Errorf("call %d after Close: %v", i, err)
			}
		}
	}
}

// A script needs what the engine that compiled it holds.
func TestScriptOfClosedEngine(t *testing.T) {
	t.Parallel()
	first, second := runtime.New(runtime.Config{}), runtime.New(runtime.Config{})
	task := runtime.Task{Script: compile(t, first, "1")}
	if _, err := second.Run(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Run(t.Context(), task); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("run on another engine: %v", err)
	}
	if err := second.Close(t.Context()); err != nil {
		t.Errorf("the other engine: %v", err)
	}
}

func TestCloseWaitsForTasks(t *testing.T) {
	t.Parallel()
	held := &gate{open: make(chan struct{})}
	held.in.Add(1)
	engine := runtime.New(runtime.Config{Connector: held})
	task := runtime.Task{Script: compile(t, engine, `httpClient.begin().get("http://h/")`)}
	var ended sync.WaitGroup
	ended.Go(func() {
		if _, err := engine.Run(t.Context(), task); err != nil {
			t.Error(err)
		}
	})
	held.in.Wait()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := engine.Close(ctx)
	wantCode(t, err, hostapi.CodeCanceled, "close: a task or a compilation is still in progress")
	_, err = engine.Run(t.Context(), task)
	if !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("a task after Close: %v", err)
	}
	close(held.open)
	if err := engine.Close(t.Context()); err != nil {
		t.Errorf("close again: %v", err)
	}
	ended.Wait()
}

func TestZeroEngineIsClosed(t *testing.T) {
	t.Parallel()
	engine := new(runtime.Engine)
	if _, err := engine.Compile(t.Context(), runtime.Source{}); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("compile: %v", err)
	}
	if err := engine.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
}
