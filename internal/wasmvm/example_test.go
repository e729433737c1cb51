package wasmvm_test

import (
	"context"
	"fmt"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/wasmvm"
)

func Example() {
	ctx := context.Background()
	vm, err := wasmvm.New(ctx, "")
	if err != nil {
		fmt.Println(err)
		return
	}

	// (module (func (export "run") (result i32) i32.const 3))
	module := []byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f\x03\x02\x01\x00\x07\x07\x01\x03run\x00\x00\x0a\x06\x01\x04\x00\x41\x03\x0b")
	program, err := vm.Compile(ctx, "three.wasm", module, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = program.Run(ctx, new(host), hostapi.DefaultLimits())
	fmt.Println(err)
	// Output: run returned 3
}
