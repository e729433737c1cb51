package wasmvm_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
	"github.com/postern-dev/postern/internal/wasmvm"
)

// host is a host of one task that remembers what it was asked.
type host struct {
	sandbox.Host // nil: what a test does not expect fails it

	data     map[string]any
	logs     []string
	requests []*hostapi.Request
	response *hostapi.Response
	maxLogs  int // default 100

	err   error // of every call
	panic any   // of every call
}

func (h *host) called() error {
	if h.panic != nil {
		panic(h.panic)
	}
	return h.err
}

func (h *host) FindData(_ context.Context, name string) (any, error) {
	return h.data[name], h.called()
}

func (h *host) SetData(_ context.Context, name string, value any) error {
	if h.data == nil {
		h.data = map[string]any{}
	}
	h.data[name] = value
	return h.called()
}

func (h *host) Log(_ context.Context, level hostapi.Level, message string) error {
	if most := max(h.maxLogs, 100); len(h.logs) >= most {
		return &hostapi.Error{Code: hostapi.CodeLimit, Op: "log", Message: "too many lines"}
	}
	h.logs = append(h.logs, string(level)+": "+message)
	return h.called()
}

func (h *host) OAuth2Token(_ context.Context, connection string) (string, error) {
	if connection != "crm" {
		return "", &hostapi.Error{
			Code: hostapi.CodeUnknownConnection, Op: "getOAuth2Token", Name: connection, Message: "no such connection", Hint: "known: crm",
		}
	}
	return "stand-in", h.called()
}

func (h *host) Do(_ context.Context, req *hostapi.Request) (*hostapi.Response, error) {
	h.requests = append(h.requests, req)
	return h.response, h.called()
}

func (h *host) RequestingLimit() int { return 42 }

func (h *host) Items() []hostapi.Item { return nil }

func newVM(tb testing.TB) *wasmvm.VM {
	tb.Helper()
	vm, err := wasmvm.New(context.Background(), "") //nolint:usetesting // outlives the subtests
	if err != nil {
		tb.Fatal(err)
	}
	return vm
}

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	wasm, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return wasm
}

func compile(tb testing.TB, vm *wasmvm.VM, name string) *wasmvm.Program {
	tb.Helper()
	p, err := vm.Compile(tb.Context(), name, fixture(tb, name), nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// do returns a host that makes behave.wasm do that.
func do(behaviour float64) *host { return &host{data: map[string]any{"do": behaviour}} }

// check compares an error with what is wanted: "code: text of the error".
func check(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = string(hostapi.CodeOf(err)) + ": " + err.Error()
	}
	if got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	program := compile(t, newVM(t), "behave.wasm")
	tests := []struct {
		name string
		do   float64
		want string
	}{
		{"returns 0", 0, ""},
		{"returns 7", 1, "script_error: run returned 7"},
		{"unreachable", 2, "script_error: unreachable executed"},
		{"out of bounds", 3, "script_error: out of bounds memory access"},
		{"division by zero", 4, "script_error: integer divide by zero"},
		{"conversion", 5, "script_error: integer overflow"},
		{"exits with 0", 6, ""},
		{"exits with 3", 7, "script_error: exit status 3"},
		{"exits as if cancelled", 8, "script_error: exit status 4294967295"},
		{"exits as if out of time", 9, "script_error: exit status 4026531839"},
		{"endless recursion", 11, "limit: calls are nested too deep"},
		{"grows to the limit", 12, ""},
		{"dies of the limit", 13, "limit: memory limit of 64 MiB reached"},
		{"fails", 14, "script_error: the reason"},
		{"fails, message out of bounds", 15, "script_error: the task failed without a message"},
		{"fails, then traps", 16, "script_error: the reason"},
		{"fails without a word", 17, "script_error: the task failed without a message"},
		{"panics", 19, "script_error: panic: boom"},
		{"misleads WASI", 22, "script_error: run returned 28"}, // EINVAL
		{"opens a file", 23, "script_error: run returned 8"},   // EBADF: there is no directory to open it in
		{"grows a table", 25, ""},
		{"calls nothing", 27, "script_error: invalid table access"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := program.Run(t.Context(), do(tt.do), hostapi.DefaultLimits())
			check(t, err, tt.want)
			if e, ok := errors.AsType[*hostapi.Error](err); ok && e.File != "behave.wasm" {
				t.Errorf("the error names file %q", e.File)
			}
		})
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	program := compile(t, newVM(t), "behave.wasm")
	tests := []struct {
		name string
		do   float64
		want string
	}{
		{"last line without newline", 18, "info: one|info: two|info: three"},
		{"stderr", 19, "error: panic: boom"},
		{"more than the host takes", 20, strings.Repeat("|info: panic: boom", 100)[1:]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := do(tt.do)
			_, _ = program.Run(t.Context(), h, hostapi.DefaultLimits()) // see TestOutcomes
			if got := strings.Join(h.logs, "|"); got != tt.want {
				t.Errorf("logged %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	h := new(host)
	if _, err := compile(t, newVM(t), "command.wasm").Run(t.Context(), h, hostapi.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h.logs, "|"); got != "info: command.wasm" {
		t.Errorf("logged %q, want its own name", got)
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	vm := newVM(t)
	grow, big := compile(t, vm, "behave.wasm"), compile(t, vm, "big_memory.wasm")
	const page = 64 << 10
	tests := []struct {
		name    string
		program *wasmvm.Program
		limit   int64
		peak    int64
		want    string
	}{
		{"a whole number of pages", grow, 10 * page, 10 * page, ""},
		{"part of a page", grow, 10*page + 1, 10 * page, ""},
		{"just what it starts with", grow, page, page, ""},
		{"less than it starts with", big, 64 << 20, 0, "limit: memory limit of 64 MiB reached"},
		{"enough to start with", big, 128 << 20, 128 << 20, ""},
		{"none", grow, 0, 0, "limit: memory limit of 0 bytes reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := hostapi.DefaultLimits()
			limits.Memory = tt.limit
			peak, err := tt.program.Run(t.Context(), do(12), limits)
			check(t, err, tt.want)
			if peak != tt.peak {
				t.Errorf("peak %d, want %d", peak, tt.peak)
			}
		})
	}
}

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	vm := newVM(t)
	whole := fixture(t, "behave.wasm")
	tests := []struct {
		name string
		wasm []byte
		want string // in "code: text (hint)"
	}{
		{"nothing", nil, "script_error: this is not a WebAssembly module"},
		{"text", []byte("engine.log('x')"), "script_error: this is not a WebAssembly module"},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), "(build a core module of version 1, not a component)"},
		{"cut in a section", whole[:len(whole)-10], "script_error: the module is cut short"},
		{"cut after a section's id", whole[:9], "script_error: the module is cut short"},
		{"no function", whole[:8], "script_error: the module exports neither run nor _start"},
		{"no entry", fixture(t, "no_entry.wasm"), "script_error: the module exports neither run nor _start"},
		{"entry with a parameter", fixture(t, "entry_type.wasm"), "script_error: the module exports run as (i32) -> (), which the host cannot call"},
		{"unknown function", fixture(t, "unknown_function.wasm"), "script_error: the module imports postern_v1.make_tea, which does not exist"},
		{"unknown module", fixture(t, "unknown_module.wasm"), "script_error: the module imports postern_v9.log, and there is no module postern_v9 (a task may import from postern_v1 and wasi_snapshot_preview1)"},
		{"wrong type", fixture(t, "import_type.wasm"), "script_error: the module imports postern_v1.log as (i32, i32) -> (i64), but it is (i32, i32, i32) -> (i64)"},
		{"imported memory", fixture(t, "import_memory.wasm"), "script_error: the module imports env.memory, which is not a function"},
		{"hidden memory", fixture(t, "hidden_memory.wasm"), `(export it as "memory")`},
		{"big table", fixture(t, "big_table.wasm"), "limit: a table of the module has 1000000 entries, more than 262144"},
		{"invalid code", []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x07\x07\x01\x03run\x00\x00\x0a\x05\x01\x03\x00\x6a\x0b"), "script_error: the module is not valid: "},

		// Told before the code, which is not valid either, is looked at.
		{"unknown function, invalid code", []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x02\x0a\x01\x03env\x02no\x00\x00\x03\x02\x01\x00\x07\x07\x01\x03run\x00\x01\x0a\x05\x01\x03\x00\x6a\x0b"), "script_error: the module imports env.no, and there is no module env"},
		{"no entry, invalid code", []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0a\x05\x01\x03\x00\x6a\x0b"), "script_error: the module exports neither run nor _start"},
		{"malformed code", []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x07\x07\x01\x03run\x00\x00\x0a\x05\x01\x03\x00\xff\x0b"), "script_error: section 10 is malformed"},

		// Each of these ends the process if wazero gets to see it.
		{"4 billion imports", []byte("\x00asm\x01\x00\x00\x00\x02\x05\xff\xff\xff\xff\x0f"), "script_error: section 2 is malformed"},
		{"4 billion functions", []byte("\x00asm\x01\x00\x00\x00\x0a\x05\xff\xff\xff\xff\x0f"), "script_error: section 10 is malformed"},
		{"4 billion locals", []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b"), "limit: a function of the module has 4294967295 local variables, more than 50000"},
		{"4 billion table entries", []byte("\x00asm\x01\x00\x00\x00\x09\x0a\x01\x00\x41\x00\x0b\xff\xff\xff\xff\x0f"), "script_error: section 9 is malformed"},
		{"4 billion names", []byte("\x00asm\x01\x00\x00\x00\x00\x0c\x04name\x01\x05\xff\xff\xff\xff\x0f"), "script_error: section 0 is malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := vm.Compile(t.Context(), "x.wasm", tt.wasm, nil, nil)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok {
				t.Fatalf("error %v, want a *hostapi.Error", err)
			}
			if got := string(e.Code) + ": " + err.Error() + " (" + e.Hint + ")"; !strings.Contains(got, tt.want) {
				t.Errorf("error %q, want %q in it", got, tt.want)
			}
			if e.File != "x.wasm" {
				t.Errorf("the error names file %q", e.File)
			}
		})
	}
}

// TestFeatures runs a module with every kind of section and entry.
func TestFeatures(t *testing.T) {
	t.Parallel()
	_, err := compile(t, newVM(t), "features.wasm").Run(t.Context(), new(host), hostapi.DefaultLimits())
	check(t, err, "")
}

func TestStartFunctionTraps(t *testing.T) {
	t.Parallel()
	_, err := compile(t, newVM(t), "start_trap.wasm").Run(t.Context(), new(host), hostapi.DefaultLimits())
	check(t, err, "script_error: unreachable executed")
}

func TestNoHostCallsBeforeRun(t *testing.T) {
	t.Parallel()
	h := new(host)
	_, err := compile(t, newVM(t), "early.wasm").Run(t.Context(), h, hostapi.DefaultLimits())
	check(t, err, "script_error: run returned 1")
	if len(h.logs) > 0 {
		t.Errorf("the host was called: %q", h.logs)
	}
}

func TestRunsShareNothing(t *testing.T) {
	t.Parallel()
	program := compile(t, newVM(t), "behave.wasm")
	for range 3 {
		if _, err := program.Run(t.Context(), do(24), hostapi.DefaultLimits()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHostPanic(t *testing.T) {
	t.Parallel()
	program := compile(t, newVM(t), "behave.wasm")
	for _, value := range []any{"a secret", errors.New("a secret")} {
		h := do(0)
		h.panic = value
		_, err := program.Run(t.Context(), h, hostapi.DefaultLimits())
		check(t, err, "internal: find_data: the engine failed: panic")
		if p, ok := errors.AsType[*hostapi.PanicError](err); !ok || p.Value != value || len(p.Stack) == 0 {
			t.Errorf("cause %v, want value and stack of the panic", p)
		}
	}
	h := &host{panic: "while printing"}
	_, err := compile(t, newVM(t), "behave.wasm").Run(t.Context(), &printing{host: h}, hostapi.DefaultLimits())
	check(t, err, "internal: log: the engine failed: panic")
}

// printing makes behave.wasm print to a host that panics over it.
type printing struct{ *host }

func (*printing) FindData(context.Context, string) (any, error) { return 18.0, nil }

func TestCompiledAgainAfterRelease(t *testing.T) {
	t.Parallel()
	vm := newVM(t)
	// The second program shares wazero's code with the first, which goes away.
	first, second := compile(t, vm, "behave.wasm"), compile(t, vm, "behave.wasm")
	if first.Size() < int64(len(fixture(t, "behave.wasm"))) {
		t.Errorf("size %d is less than the module itself", first.Size())
	}
	release(t, first)
	if _, err := second.Run(t.Context(), do(0), hostapi.DefaultLimits()); err != nil {
		t.Error(err)
	}
	release(t, second)
	if _, err := compile(t, vm, "behave.wasm").Run(t.Context(), do(0), hostapi.DefaultLimits()); err != nil {
		t.Error(err)
	}
}

// blocking tells when the guest has made its first call.
type blocking struct {
	*host
	reached chan struct{}
}

func (b *blocking) FindData(ctx context.Context, name string) (any, error) {
	close(b.reached)
	return b.host.FindData(ctx, name)
}
