// Command 4-wasm runs a task written in Go and compiled to WebAssembly.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/postern-dev/postern/runtime"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	module, err := build(ctx)
	if err != nil {
		return err
	}
	engine := runtime.New(runtime.Config{})
	defer engine.Close() //nolint:errcheck // the program ends here

	script, err := engine.Compile(ctx, runtime.Source{Name: "guest.wasm", Code: module})
	if err != nil {
		return err
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script, Data: map[string]any{"q_text": "a postern is a small gate"}})
	if err != nil {
		return err
	}
	fmt.Println("words:", result.Data["q_words"])
	fmt.Println("memory counted:", result.Usage.Memory > 0)
	return nil
}

// build compiles the task in guest, which needs nothing but the Go toolchain.
// A program of yours would read the module from a file.
func build(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "postern-example")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	file := filepath.Join(dir, "guest.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-o", file, "github.com/postern-dev/postern/examples/4-wasm/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if output, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, output)
	}
	return os.ReadFile(file)
}
