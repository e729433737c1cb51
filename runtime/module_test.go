package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// A module gives scripts functions of the embedding program.
func ExampleModule() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{Modules: []runtime.Module{{
		Name: "tickets",
		Functions: map[string]runtime.Function{
			"find": func(_ context.Context, call runtime.Call) (any, error) {
				if len(call.Args) != 1 || call.Args[0] != 7.0 {
					return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "no such ticket", Hint: "try 7"}
				}
				return map[string]any{"subject": "The door is stuck", "open": true}, nil
			},
		},
		Types: `declare const tickets: { find(id: number): { subject: string, open: boolean } };`,
	}}})
	script, err := engine.Compile(ctx, runtime.Source{Name: "ticket.js", Code: []byte(`
		engine.log(tickets.find(7).subject);
		tickets.find(8)`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	fmt.Println(result.Logs[0].Message)
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		fmt.Println(e.Detail())
	}
	// Output:
	// The door is stuck
	// ticket.js:3:15: tickets.find: no such ticket
	// hint: try 7
}

func ExampleEngine_Types() {
	engine := runtime.New(runtime.Config{Modules: []runtime.Module{{Name: "tickets", Functions: map[string]runtime.Function{
		"find":  func(context.Context, runtime.Call) (any, error) { return nil, nil },
		"close": func(context.Context, runtime.Call) (any, error) { return nil, nil },
	}}}})
	types := string(engine.Types()) // write it to a file beside the scripts
	fmt.Print(types[strings.Index(types, "declare const tickets"):])
	// Output:
	// declare const tickets: {
	//   close(...args: any[]): any;
	//   find(...args: any[]): any;
	// };
}

// withFunction is an engine's configuration with one function, tool.use.
func withFunction(f runtime.Function) runtime.Config {
	return runtime.Config{Modules: []runtime.Module{{Name: "tool", Functions: map[string]runtime.Function{"use": f}}}}
}

func TestFunctionsTakeAndReturnValues(t *testing.T) {
	t.Parallel()
	file := &hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte("content")}
	var got []any
	cfg := withFunction(func(_ context.Context, call runtime.Call) (any, error) {
		got = call.Args
		return []any{file, hostapi.Decimal("12345678901234567890.5"), time.Unix(0, 0).UTC(), []string{"a"}, nil}, nil
	})
	result, err := run(t, cfg, `
		const file = engine.findDataByVarName("q_file")[0];
		const [f, n, at, list, none] = tool.use(file, 1n, {a: [undefined]}, "text");
		engine.setDataByVarName("q_out", [fileRepository.readFile(f, "UTF-8"), n.toString(), at, list, none]);`,
		runtime.Task{Data: map[string]any{"q_file": []any{file}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []any{file, hostapi.Decimal("1"), map[string]any{"a": []any{nil}}, "text"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the function got %#v, want %#v", got, want)
	}
	want := []any{"content", "12345678901234567890.5", "1970-01-01T00:00:00Z", []any{"a"}, nil}
	if out := result.Data["q_out"]; !reflect.DeepEqual(out, want) {
		t.Errorf("the script got %#v, want %#v", out, want)
	}
}

// A panic of a function is a fault of the program: the task fails although its script goes on.
func TestPanicOfFunctionIsNotCaught(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{Modules: []runtime.Module{{Name: "tool", Functions: map[string]runtime.Function{
		"use":  func(context.Context, runtime.Call) (any, error) { panic("x") },
		"else": func(context.Context, runtime.Call) (any, error) { return "fine", nil },
	}}}})
	t.Cleanup(func() { _ = engine.Close() })
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(`try { tool.use() } catch {}
try { engine.setData("q_out", tool.else()) } catch {}
console.log("went on")`)})
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Run(t.Context(), runtime.Task{Script: script})
	if hostapi.CodeOf(err) != hostapi.CodeInternal || !strings.Contains(err.Error(), "tool.use: the function panicked") {
		t.Errorf("error %v", err)
	}
	if len(result.Data) > 0 || len(result.Logs) != 1 {
		t.Errorf("data %v, logs %v", result.Data, result.Logs)
	}
}

func TestFunctionsThatFail(t *testing.T) {
	t.Parallel()
	own := errors.New("password=secret")
	for _, tt := range []struct {
		name     string
		function runtime.Function
		source   string
		code     hostapi.Code
		message  string
		is       error
	}{
		{
			"an error of the program", func(context.Context, runtime.Call) (any, error) { return nil, own }, "tool.use()",
			hostapi.CodeInternal, "tool.use: the function failed: an unknown error", own,
		},
		{"a wrapped hostapi.Error", func(context.Context, runtime.Call) (any, error) {
			return nil, fmt.Errorf("password=secret: %w", &hostapi.Error{Code: hostapi.CodeNetwork, Message: "no route"})
		}, "tool.use()", hostapi.CodeNetwork, "tool.use: the function failed: an unknown error", nil},
		{
			"a nil *hostapi.Error", func(context.Context, runtime.Call) (any, error) { return nil, (*hostapi.Error)(nil) }, "tool.use()",
			hostapi.CodeInternal, "tool.use: the function failed: an unknown error", nil,
		},
		{"an error with a reason", func(context.Context, runtime.Call) (any, error) {
			return nil, &hostapi.Error{Code: hostapi.CodeDenied, Message: "closed", Reason: own}
		}, "tool.use()", hostapi.CodeDenied, "tool.use: closed", own},
		{
			"a panic", func(context.Context, runtime.Call) (any, error) { panic(own) }, "tool.use()",
			hostapi.CodeInternal, "tool.use: the function panicked: panic", nil,
		},
		{
			"a result that is no value", func(context.Context, runtime.Call) (any, error) { return func() {}, nil }, "tool.use()",
			hostapi.CodeInvalidArgument, "tool.use result: a Go func() cannot be stored as data", nil,
		},
		{
			"an argument that is no value", nil, "tool.use(() => 1)",
			hostapi.CodeInvalidArgument, "tool.use: a Function cannot be stored as data", nil,
		},
		{"no such function", nil, "tool.misuse()", hostapi.CodeScript, "TypeError: tool has no member 'misuse'", nil},
		{"large arguments", nil, `tool.use("x".repeat(10_000))`, hostapi.CodeLimit, "tool.use: data size limit of 10000 bytes reached", nil},
		{
			"large results", func(context.Context, runtime.Call) (any, error) { return strings.Repeat("x", 10_000), nil }, `tool.use()`,
			hostapi.CodeLimit, "tool.use: data size limit of 10000 bytes reached", nil,
		},
		{"many calls", nil, `for (;;) tool.use()`, hostapi.CodeLimit, "tool.use: call limit of 20 reached", nil},
		{"many bytes", nil, `for (;;) tool.use("x".repeat(900))`, hostapi.CodeLimit, "tool.use: data size limit of 10000 bytes reached", nil},
		{"one that waits", func(ctx context.Context, _ runtime.Call) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, `tool.use()`, hostapi.CodeTimeout, "tool.use: time limit of 200ms reached", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			function := tt.function
			if function == nil {
				function = func(context.Context, runtime.Call) (any, error) { return nil, nil }
			}
			_, err := run(t, withFunction(function), "\n "+tt.source, runtime.Task{Limits: hostapi.Limits{
				Time: 200 * time.Millisecond, DataBytes: 10_000, Calls: 20,
			}})
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != tt.code || !strings.HasPrefix(e.Error(), tt.message) {
				t.Fatalf("error %s %v, want %s %s", hostapi.CodeOf(err), err, tt.code, tt.message)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("errors.Is does not find %v", tt.is)
			}
			if strings.Contains(e.Detail(), "secret") {
				t.Errorf("the error has a secret: %s", e.Detail())
			}
			if tt.code != hostapi.CodeTimeout && (e.File != "task.js" || e.Line != 2) {
				t.Errorf("position %s:%d:%d, want line 2 of task.js", e.File, e.Line, e.Column)
			}
		})
	}
}

// What a function returns is a value like any other: if the script uses it as a
// credential, it is removed from what the task leaves.
func TestResultsOfFunctionsAreRedacted(t *testing.T) {
	t.Parallel()
	const secret = "token-of-the-vault"
	cfg := withFunction(func(context.Context, runtime.Call) (any, error) { return secret, nil })
	cfg.Connector = &hostapitest.Connector{Handler: hostapitest.Text(http.StatusOK, "text/plain", "ok")}
	result, err := run(t, cfg, `
		const token = tool.use();
		httpClient.begin().bearer(token).get("https://api.example.com/");
		console.log("used", token);
		engine.setDataByVarName("q_token", token);`, runtime.Task{})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(result.Data, result.Logs); strings.Contains(text, secret) {
		t.Errorf("the result has the secret: %s", text)
	}
}

func TestCallsAreEvents(t *testing.T) {
	t.Parallel()
	var events []string
	cfg := withFunction(func(_ context.Context, call runtime.Call) (any, error) {
		if len(call.Args) > 0 {
			return nil, &hostapi.Error{Code: hostapi.CodeDenied, Message: "no"}
		}
		return nil, nil
	})
	_, err := run(t, cfg, `tool.use(); try { tool.use("secret") } catch (e) {}`, runtime.Task{OnEvent: func(e runtime.Event) {
		if c := e.Call; c != nil {
			events = append(events, fmt.Sprintf("%s.%s %q", c.Module, c.Function, c.Code))
		}
	}})
	if err != nil || !reflect.DeepEqual(events, []string{`tool.use ""`, `tool.use "denied"`}) {
		t.Errorf("events %q, %v", events, err)
	}
}

// What a function does for a task with the task's connector belongs to the call.
func TestRequestsOfAFunction(t *testing.T) {
	t.Parallel()
	network := &hostapitest.Connector{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	cfg := withFunction(func(_ context.Context, call runtime.Call) (any, error) {
		call.Grant.Trace.Attempt(hostapi.Attempt{Method: "GET"}) // as a connector does
		return nil, nil
	})
	cfg.Connector = network
	var events []string
	_, err := run(t, cfg, `tool.use(); httpClient.begin().post("https://api.example.com/"); tool.use()`, runtime.Task{OnEvent: func(e runtime.Event) {
		what := "other"
		switch {
		case e.CallStart != nil:
			what = "begin " + e.CallStart.Module + "." + e.CallStart.Function
		case e.Attempt != nil:
			what = e.Attempt.Method
		case e.Call != nil:
			what = "end"
		}
		events = append(events, fmt.Sprintf("%s %d %d", what, e.CallNumber, e.Request))
	}})
	want := []string{
		"other 0 0", "begin tool.use 1 0", "GET 1 0", "end 1 0", "other 0 1", "POST 0 1", "other 0 1",
		"begin tool.use 2 0", "GET 2 0", "end 2 0", "other 0 0",
	}
	if err != nil || !reflect.DeepEqual(events, want) {
		t.Errorf("events %q, %v\nwant %q", events, err, want)
	}
}

func TestModulesThatAreNotValid(t *testing.T) {
	t.Parallel()
	f := func(context.Context, runtime.Call) (any, error) { return nil, nil }
	for _, tt := range []struct {
		modules []runtime.Module
		want    string
	}{
		{[]runtime.Module{{}}, "module: module 1 has no name"},
		{[]runtime.Module{{Name: "a.b"}}, `module "a.b": the name is not a JavaScript identifier`},
		{[]runtime.Module{{Name: "class"}}, `module "class": the name is not a JavaScript identifier`},
		{[]runtime.Module{{Name: "httpClient"}}, `module "httpClient": the name is taken`},
		{[]runtime.Module{{Name: "Math"}}, `module "Math": the name is taken`},
		{[]runtime.Module{{Name: "java"}}, `module "java": the name is taken`},
		{[]runtime.Module{{Name: "retVal"}}, `module "retVal": the name is taken`},
		{[]runtime.Module{{Name: "expect"}}, `module "expect": the name is taken`},
		{[]runtime.Module{{Name: "a"}, {Name: "a"}}, `module "a": the name is taken`},
		{[]runtime.Module{{Name: "postern_v1"}}, `module "postern_v1": names that begin with postern_ or wasi_ are reserved`},
		{[]runtime.Module{{Name: "a", Functions: map[string]runtime.Function{"b c": f}}}, `module "a": the name of the function "b c" is not a JavaScript identifier`},
		{[]runtime.Module{{Name: "a", Functions: map[string]runtime.Function{"b": nil}}}, `module "a": the function "b" is nil`},
	} {
		engine := runtime.New(runtime.Config{Modules: tt.modules})
		_, err := engine.Compile(t.Context(), runtime.Source{Name: "a.js"})
		wantCode(t, err, hostapi.CodeConfig, tt.want)
	}
}

func TestFunctionsInTests(t *testing.T) {
	t.Parallel()
	engine := runtime.New(withFunction(func(context.Context, runtime.Call) (any, error) {
		t.Error("a test called the function")
		return nil, nil
	}))
	s := suite(t, engine, `function main() { return tool.use(1) }`, `
		test("refused", () => { main() });
		test("replaced", () => { tool.use = n => n + 1; expect(main()).toEqual(2) });`)
	result, err := engine.RunTest(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, result.Err, hostapi.CodeDenied, "tool.use: a test calls no function of the embedding program")
	if result, err = engine.RunTest(t.Context(), s, 1); err != nil || result.Err != nil {
		t.Errorf("%v, %v", result.Err, err)
	}
}
