package wasmvm

import (
	goruntime "runtime"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// A guest that recurses without end fails on a call stack that takes nothing of the heap, wherever
// it begins. If it takes some, wazero has made another stack.
func TestCallStackIsBounded(t *testing.T) { //nolint:paralleltest // it counts what the process allocates
	if goruntime.GOOS != "linux" {
		t.Skip("on other systems wazero bounds the call stack")
	}
	vm, err := New(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	const (
		recurses, returns = "\x00", "\x01" // numbers of functions
		types             = "\x01\x60\x00\x00"
	)
	export := func(name, function string) string { return sized(name) + "\x00" + function }
	code := vector(sized("\x00\x10\x00\x0b"), sized("\x00\x0b")) // call 0; nothing
	for name, middle := range map[string]string{
		"run":         section(7, vector(export("run", recurses))),
		"_start":      section(7, vector(export("_start", recurses))),
		"_initialize": section(7, vector(export("run", returns), export("_initialize", recurses))),
		"start":       section(7, vector(export("run", returns))) + section(8, recurses),
	} {
		wasm := preamble + section(1, types) + section(3, vector("\x00", "\x00")) + middle + section(10, code)
		program, err := vm.Compile(t.Context(), name, []byte(wasm), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second run may get the stack of the first
			var before, after goruntime.MemStats
			goruntime.ReadMemStats(&before)
			_, err = program.Run(t.Context(), nil, hostapi.DefaultLimits())
			goruntime.ReadMemStats(&after)
			if hostapi.CodeOf(err) != hostapi.CodeLimit {
				t.Errorf("%s: error %v", name, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%s: %d bytes were allocated", name, n)
			}
		}
	}
}
