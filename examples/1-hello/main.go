// Command 1-hello runs the smallest task there is.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/postern-dev/postern/runtime"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	engine := runtime.New(runtime.Config{})
	defer engine.Close() //nolint:errcheck // the program ends here

	script, err := engine.Compile(ctx, runtime.Source{Name: "hello.js", Code: []byte(`engine.log("hello from a task")`)})
	if err != nil {
		return err
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	if err != nil {
		return err
	}
	for _, line := range result.Logs {
		fmt.Println(line.Message)
	}
	return nil
}
