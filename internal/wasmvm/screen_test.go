package wasmvm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestScreenBoundsTables(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, table, rest, want string }{
		{"no tables", "", "", ""},
		{"no maximum", "\x04\x04\x01\x70\x00\x05", "", "\x04\x07\x01\x70\x01\x05\x80\x80\x10"},
		{"a small maximum", "\x04\x05\x01\x70\x01\x05\x06", "", "\x04\x05\x01\x70\x01\x05\x06"},
		{"a large maximum", "\x04\x09\x01\x6f\x01\x00\xff\xff\xff\xff\x0f", "", "\x04\x07\x01\x6f\x01\x00\x80\x80\x10"},
		{"two", "\x04\x07\x02\x70\x00\x01\x6f\x00\x02", "", "\x04\x0d\x02\x70\x01\x01\x80\x80\x10\x6f\x01\x02\x80\x80\x10"},
		{"names", "", "\x00\x1a\x04name\x00\x02\x01m\x01\x04\x01\x00\x01f\x02\x06\x01\x00\x01\x00\x01x\x09\x01?", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const before = preamble + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00"
			const after = "\x07\x07\x01\x03run\x00\x00" + "\x08\x01\x00"
			const started = "\x07\x17\x02\x03run\x00\x00\x0dpostern start\x00\x00"
			in := []byte(before + tt.table + after + tt.rest)
			m, err := screen(in, offers{})
			if err != nil {
				t.Fatal(err)
			}
			if want := before + tt.want + started + tt.rest; string(m.wasm) != want {
				t.Errorf("got  %q\nwant %q", m.wasm, want)
			}
			if string(in) != before+tt.table+after+tt.rest {
				t.Error("the caller's bytes were changed")
			}
		})
	}
}

// A function may be larger in a module that is large: such modules get more memory to be compiled.
func TestScreenBoundsFunctions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, data int
		want       string
	}{
		{maxFunctionBytes - 10, 0, ""},
		{maxFunctionBytes, 0, "function 0 of the module has 131078 bytes of code, more than 131072"},
		{200_000, 10_000_000, ""},
		{250_000, 10_000_000, "function 0 of the module has 250006 bytes of code, more than 213542"},
	} {
		const head = preamble + "\x01\x05\x01\x60\x00\x01\x7f" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" + "\x07\x07\x01\x03run\x00\x00"
		code := section(10, "\x01"+sized("\x00"+strings.Repeat("\x01", tt.code)+"\x41\x00\x0b"))
		wasm := []byte(head + code + section(11, "\x01\x01"+sized(strings.Repeat("x", tt.data))))
		_, err := screen(wasm, offers{})
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != tt.want):
			t.Errorf("error %v, want %q", err, tt.want)
		case err != nil && hostapi.CodeOf(err) != hostapi.CodeLimit:
			t.Errorf("the error has the code %s", hostapi.CodeOf(err))
		}
	}
}

// FuzzCompile compiles any bytes. It must not panic, nor take memory out of
// proportion, and errors are the script's.
func FuzzCompile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.wasm")
	if err != nil || len(files) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, name := range files {
		wasm, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wasm)
	}
	p := newDriver(f, new(host), hostapi.DefaultLimits())
	vm := p.run.program.vm
	f.Fuzz(func(t *testing.T, wasm []byte) {
		_, err := vm.Compile(t.Context(), "fuzz.wasm", wasm, nil, nil)
		if code := hostapi.CodeOf(err); err != nil && code != hostapi.CodeScript && code != hostapi.CodeLimit {
			t.Errorf("%s: %v", code, err)
		}
	})
}
