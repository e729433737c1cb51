package wasmvm_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/wasmvm"
)

func BenchmarkRun(b *testing.B) {
	vm := newVM(b)
	goGuest, err := vm.Compile(b.Context(), "guest.wasm", build(b, "./testdata/guest"), nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, bm := range []struct {
		name    string
		program *wasmvm.Program
		data    map[string]any
	}{
		{"empty", compile(b, vm, "empty.wasm"), nil},
		{"tiny", compile(b, vm, "behave.wasm"), map[string]any{"do": 0.0}},
		{"go", goGuest, map[string]any{"do": "nothing"}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			h := &host{data: bm.data}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bm.program.Run(b.Context(), h, hostapi.DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	vm := newVM(b)
	for _, bm := range []struct {
		name string
		wasm []byte
	}{
		{"tiny", fixture(b, "behave.wasm")},
		{"go", build(b, "./testdata/guest")},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.wasm)))
			for b.Loop() {
				if _, err := vm.Compile(b.Context(), "x.wasm", bm.wasm, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
