package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// A program matches errors by their code, and tells the task's own time limit from the
// deadline of the caller's context and from a cancellation, whose cause it finds.
func TestWhyATaskEnded(t *testing.T) {
	t.Parallel()
	enough := errors.New("secret reason of the caller")
	waits := runtime.Config{Connector: &waiting{}, Limits: hostapi.Limits{Time: time.Minute}}
	for _, tt := range []struct {
		name, source string
		context      func(context.Context) (context.Context, context.CancelFunc)
		code         hostapi.Code
		own          bool // it is the time limit of the task
		cause        error
		temporary    bool
	}{
		{"own limit", "while (true);", nil, hostapi.CodeTimeout, true, nil, false},
		{"own limit in a request", "httpClient.begin().get('http://h/')", nil, hostapi.CodeTimeout, true, nil, false},
		{"deadline", "while (true);", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, 30*time.Millisecond, enough)
		}, hostapi.CodeTimeout, false, enough, true},
		{"deadline in a request", "httpClient.begin().get('http://h/')", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, 30*time.Millisecond, enough)
		}, hostapi.CodeTimeout, false, enough, true},
		{"cancelled", "while (true);", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(30*time.Millisecond, func() { cancel(enough) })
			return ctx, func() { cancel(nil) }
		}, hostapi.CodeCanceled, false, enough, false},
		{"cancelled in a request", "httpClient.begin().get('http://h/')", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(30*time.Millisecond, func() { cancel(enough) })
			return ctx, func() { cancel(nil) }
		}, hostapi.CodeCanceled, false, enough, false},
		{"cancelled without a cause", "while (true);", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, hostapi.CodeCanceled, false, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, task := t.Context(), runtime.Task{Limits: hostapi.Limits{Time: 50 * time.Millisecond}}
			if tt.context != nil {
				var cancel context.CancelFunc
				ctx, cancel = tt.context(ctx)
				defer cancel()
				task.Limits.Time = time.Minute
			}
			engine := runtime.New(waits)
			task.Script = compile(t, engine, tt.source)
			_, err := engine.Run(ctx, task)
			if !errors.Is(err, tt.code) || errors.Is(err, hostapi.CodeLimit) || hostapi.CodeOf(err) != tt.code {
				t.Errorf("error %v does not match the code %s alone", err, tt.code)
			}
			if errors.Is(err, hostapi.ErrTimeLimit) != tt.own {
				t.Errorf("error %v: matches ErrTimeLimit: %t, want %t", err, !tt.own, tt.own)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("error %v does not match the cause", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v shows the text of the cause", err)
			}
			if e, _ := errors.AsType[*hostapi.Error](err); e.Temporary() != tt.temporary {
				t.Errorf("error %v: temporary %t, want %t", err, !tt.temporary, tt.temporary)
			}
		})
	}
}

// waiting is a Connector whose requests end with their context.
type waiting struct{ hostapitest.Connector }

func (*waiting) Do(ctx context.Context, _ *hostapi.Grant, _ *hostapi.Request) (*hostapi.Response, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// The cause of the caller's deadline is found even though the task has the same deadline.
func TestCauseOfTheDeadline(t *testing.T) {
	t.Parallel()
	late := errors.New("too late")
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
			defer cancel()
			engine := runtime.New(runtime.Config{Connector: &waiting{}, Limits: hostapi.Limits{Time: time.Minute}})
			_, err := engine.Run(ctx, runtime.Task{Script: compile(t, engine, "httpClient.begin().get('http://h/')")})
			if !errors.Is(err, late) {
				t.Errorf("error %v does not match the cause", err)
			}
		})
	}
}

const withStack = `
const twice = (x) => inner(inner(x));
function inner(x) { throw Object.assign(new RangeError("über: " + x), {status: 409, body: {ids: [1, "a"], at: null}, toString() { return "" }}) }
class Sync { run() { [1].forEach((x) => { twice(x) }) } }
function main() { new Sync().run() }`

// An error of a script has the stack, in the columns of editors, and the thrown value as
// data.
func TestStackAndThrownValue(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Config{}, withStack+"\n/* é */ main()", runtime.Task{})
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		t.Fatal(err)
	}
	var stack []string
	for _, f := range e.Stack {
		stack = append(stack, fmt.Sprintf("%s@%s:%d:%d", f.Function, f.File, f.Line, f.Column))
	}
	want := "inner@task.js:3:41 twice@task.js:2:33 @task.js:4:48 forEach@:0:0 run@task.js:4:33 main@task.js:5:33 @task.js:6:13"
	if got := strings.Join(stack, " "); got != want {
		t.Errorf("stack %s\nwant  %s", got, want)
	}
	thrown := map[string]any{"status": 409.0, "body": map[string]any{"ids": []any{1.0, "a"}, "at": nil}}
	if !reflect.DeepEqual(e.Thrown, thrown) {
		t.Errorf("thrown %v, want %v", e.Thrown, thrown)
	}

	for source, want := range map[string]any{
		`throw "text"`: "text", `throw 42`: 42.0, `throw {a: [true]}`: map[string]any{"a": []any{true}}, `throw new Error("x")`: nil, `throw null`: nil,
		`Promise.reject(Object.assign(new Error("x"), {n: 1}))`:                                         map[string]any{"n": 1.0},
		`throw Object.assign(new Error("x"), {reason: Object.assign(new TypeError("why"), {k: 2})})`:    map[string]any{"reason": map[string]any{"message": "why", "k": 2.0}},
		`const o = {}; o.o = o; throw o`:                                                                nil, // without end
		`let o = {}; for (let i = 0; i < 1e4; i++) o = {o}; throw o`:                                    nil, // too deep
		`throw Array.from({length: 1e4}, () => 1)`:                                                      nil, // too many
		`throw "a".repeat(1e6)`:                                                                         nil, // too long
		`throw {get a() { throw 1 }}`:                                                                   nil,
		`throw new Proxy({}, {ownKeys() { throw 1 }})`:                                                  nil,
		`httpClient.begin().get("http://h/")`:                                                           nil, // of the host
		`throw {n: NaN, f() {}, s: Symbol("s"), u: undefined, b: 1n, d: new Date(0), [Symbol("k")]: 1}`: map[string]any{"n": nil, "u": nil, "d": "1970-01-01T00:00:00.000Z"},
	} {
		_, err := run(t, runtime.Config{}, source, runtime.Task{})
		if e, ok := errors.AsType[*hostapi.Error](err); !ok || !reflect.DeepEqual(e.Thrown, want) {
			t.Errorf("%s: thrown %v, want %v (%v)", source, e.Thrown, want, err)
		} else if len(e.Stack) == 0 && !strings.Contains(source, "reject") {
			t.Errorf("%s: no stack", source)
		}
	}
}

// A stack is bounded, and there is one whatever ends the script.
func TestStackOfOtherErrors(t *testing.T) {
	t.Parallel()
	for source, innermost := range map[string]string{
		`function f() { f() } f()`:                                    "f",
		`function f() { while (true); } f()`:                          "f",
		`function f() { httpClient.begin().get("http://h/") } f()`:    "f",
		`async function f() { await null; throw new Error("x") } f()`: "f",
		`function f() { throw 1 } new Promise(f)`:                     "", // only an Error has a stack then
	} {
		_, err := run(t, runtime.Config{}, source, runtime.Task{Limits: hostapi.Limits{Time: 100 * time.Millisecond}})
		e, ok := errors.AsType[*hostapi.Error](err)
		switch {
		case !ok || len(e.Stack) > hostapi.MaxStack:
			t.Errorf("%s: %v with %d frames", source, err, len(e.Stack))
		case innermost != "" && (len(e.Stack) == 0 || e.Stack[0].Function != innermost):
			t.Errorf("%s: stack %v, want %s first", source, e.Stack, innermost)
		}
	}
}

// What a script throws is searched for the credentials that it used.
func TestThrownValueHasNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "own-bearer-1"
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	_, err := run(t, runtime.Config{Connector: network}, `
		httpClient.begin().bearer("`+secret+`").get("http://h/");
		const f = {["`+secret+`"]() { throw {list: ["is `+secret+`"], ["`+secret+`"]: 1} }};
		f["`+secret+`"]()`, runtime.Task{})
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || strings.Contains(fmt.Sprintf("%+v", *e), secret) {
		t.Errorf("error %+v", e)
	}
	if want := map[string]any{"list": []any{"is [redacted]"}, "[redacted]": 1.0}; !reflect.DeepEqual(e.Thrown, want) {
		t.Errorf("thrown %v, want %v", e.Thrown, want)
	}
}

// Every syntax error that the parser finds is reported, the first for errors.As.
func TestEverySyntaxError(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	source := "// It is wrong.\nfunction main() {\n  return 1;\n}\nreturn 5; continue;\nconst { b: [x = 1] = [] } = {};\nif (main()) { break; }\nfoo(\n"
	_, err := engine.Compile(t.Context(), runtime.Source{Name: "wrong.js", Code: []byte(source)})
	first, ok := errors.AsType[*hostapi.Error](err)
	joined, several := err.(interface{ Unwrap() []error })
	if !ok || !several || first.Line != 5 || !errors.Is(err, hostapi.CodeScript) {
		t.Fatalf("error %v", err)
	}
	var lines []int
	for _, err := range joined.Unwrap() {
		e, _ := errors.AsType[*hostapi.Error](err)
		if e.Code != hostapi.CodeScript || e.File != "wrong.js" || !strings.HasPrefix(e.Message, "syntax error: ") {
			t.Errorf("error %+v", e)
		}
		lines = append(lines, e.Line)
	}
	if want := []int{5, 7}; !reflect.DeepEqual(lines, want) {
		t.Errorf("errors on lines %d, want %d", lines, want)
	}

	_, err = engine.Compile(t.Context(), runtime.Source{Name: "many.js", Code: []byte(strings.Repeat("break;\n", 100))})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 10 {
		t.Errorf("error %v", err)
	}
}
