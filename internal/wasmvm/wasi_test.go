package wasmvm

import (
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/postern-dev/postern/hostapi"
)

// TestWASITypes holds the types of the functions that take the place of wazero's
// against wazero's own.
func TestWASITypes(t *testing.T) {
	t.Parallel()
	vm := openVM(t)
	wasi, err := wasi_snapshot_preview1.NewBuilder(wazero.NewRuntime(t.Context())).Compile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := make(offers)
	want.add(wasi)
	offered := vm.offers[wasi.Name()]
	for name, f := range want[wasi.Name()] {
		if !offered[name].equal(f) {
			t.Errorf("%s is %s, want %s", name, offered[name], f)
		}
	}
	if len(offered) != len(want[wasi.Name()]) {
		t.Errorf("%d functions, want %d", len(offered), len(want[wasi.Name()]))
	}
}

// TestWASI calls functions of WASI. A task's status is what they return.
func TestWASI(t *testing.T) {
	t.Parallel()
	vm := openVM(t)
	store32 := func(at, value int) string { return i32(at) + i32(value) + "\x36\x02\x00" }
	store64 := func(at, value int) string {
		return i32(at) + "\x42" + string(appendSigned(nil, int32(value))) + "\x37\x03\x00"
	}
	load8 := func(at int) string { return i32(at) + "\x2d\x00\x00" }
	const whole = 1000 << 16
	tests := []struct {
		name   string
		call   string
		params string
		before string // instructions
		args   string
		result string // instructions, in place of what the function returns
		want   string // error
		logs   string
	}{
		{name: "empty standard input", call: "fd_read", params: "iiii", before: store32(8, 7), args: i32(0) + i32(0) + i32(0) + i32(8), result: load8(8)},
		{name: "reads from output", call: "fd_read", params: "iiii", args: i32(1) + i32(0) + i32(0) + i32(8), want: "run returned 8"},
		{name: "reads to nowhere", call: "fd_read", params: "iiii", args: i32(0) + i32(0) + i32(0) + i32(-1), want: "run returned 21"},
		{name: "writes", call: "fd_write", params: "iiii", before: store32(0, 100) + store32(4, 2) + store32(100, 'h'|'i'<<8), args: i32(1) + i32(0) + i32(1) + i32(8), logs: "info: hi"},
		{name: "counts what it writes", call: "fd_write", params: "iiii", before: store32(0, 100) + store32(4, 2) + store32(8, 100) + store32(12, 3), args: i32(2) + i32(0) + i32(2) + i32(32), result: load8(32), want: "run returned 5", logs: "error: \x00\x00\x00\x00\x00"},
		{name: "writes to input", call: "fd_write", params: "iiii", args: i32(0) + i32(0) + i32(1) + i32(8), want: "run returned 8"},
		{name: "writes from nowhere", call: "fd_write", params: "iiii", before: store32(0, -1) + store32(4, 2), args: i32(1) + i32(0) + i32(1) + i32(8), want: "run returned 21"},
		{name: "writes too many pieces", call: "fd_write", params: "iiii", args: i32(1) + i32(0) + i32(1025) + i32(8), want: "run returned 28"},
		{name: "moves a file descriptor far up", call: "fd_renumber", params: "ii", args: i32(1) + i32(1<<31-1), want: "run returned 58"},
		{name: "opens a path as long as its memory", call: "path_unlink_file", params: "iii", args: i32(3) + i32(0) + i32(whole), want: "run returned 8"},
		{name: "sleeps", call: "poll_oneoff", params: "iiii", before: store64(0, 5) + store64(24, 1000), args: i32(0) + i32(100) + i32(1) + i32(200), result: load8(100), want: "run returned 5"},
		{name: "tells how many are ready", call: "poll_oneoff", params: "iiii", before: store64(24, 1000) + store64(48+24, 1<<30), args: i32(0) + i32(100) + i32(2) + i32(200), result: load8(200), want: "run returned 1"},
		{name: "waits for output", call: "poll_oneoff", params: "iiii", before: store32(8, 2) + store32(16, 1) + store64(48+24, 1<<30), args: i32(0) + i32(100) + i32(2) + i32(200), result: load8(110), want: "run returned 2"},
		{name: "waits for a file", call: "poll_oneoff", params: "iiii", before: store32(8, 1) + store32(16, 4), args: i32(0) + i32(100) + i32(1) + i32(200), result: load8(108), want: "run returned 8"},
		{name: "waits for a time", call: "poll_oneoff", params: "iiii", before: store32(40, 1), args: i32(0) + i32(100) + i32(1) + i32(200), want: "run returned 58"},
		{name: "waits for nothing", call: "poll_oneoff", params: "iiii", args: i32(0) + i32(100) + i32(0) + i32(200), want: "run returned 28"},
		{name: "waits for something unknown", call: "poll_oneoff", params: "iiii", before: store32(8, 3), args: i32(0) + i32(100) + i32(1) + i32(200), want: "run returned 28"},
		{name: "waits for too much", call: "poll_oneoff", params: "iiii", args: i32(0) + i32(100) + i32(1025) + i32(200), want: "run returned 28"},
		{name: "random bytes to nowhere", call: "random_get", params: "ii", args: i32(whole-1) + i32(2), want: "run returned 21"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			params := slices.Repeat([]string{"\x7f"}, len(tt.params))
			body := "\x00" + tt.before + tt.args + "\x10\x00"
			if tt.result != "" {
				body += "\x1a" + tt.result
			}
			wasm := []byte(preamble +
				section(1, vector("\x60"+vector(params...)+"\x01\x7f", "\x60\x00\x01\x7f")) +
				section(2, vector(sized(wasi_snapshot_preview1.ModuleName)+sized(tt.call)+"\x00\x00")) +
				section(3, vector("\x01")) +
				section(5, vector("\x00"+uleb(1000))) +
				section(7, vector(sized("memory")+"\x02\x00", sized("run")+"\x00\x01")) +
				section(10, vector(sized(body+"\x0b"))))
			program, err := vm.Compile(t.Context(), "wasi.wasm", wasm, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			h := new(host)
			_, err = program.Run(t.Context(), h, hostapi.DefaultLimits())
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
			if h.got != tt.logs {
				t.Errorf("logged %q, want %q", h.got, tt.logs)
			}
		})
	}
}
