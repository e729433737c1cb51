// Command 5-limits shows how tasks end that exceed a limit.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	engine := runtime.New(runtime.Config{
		// The ceiling for every task of the engine.
		Limits: hostapi.Limits{Time: 2 * time.Second, CallDepth: 500, LogLines: 10},
	})
	defer engine.Close() //nolint:errcheck // the program ends here

	for _, source := range []string{
		"for (;;) {}",
		"(function f() { f() })()",
		"for (;;) engine.log('again')",
		"engine.setDataByVarName('q_all', 'x'.repeat(2000))",
		"httpClient.begin().get('https://example.com/')",
	} {
		script, err := engine.Compile(ctx, runtime.Source{Name: "greedy.js", Code: []byte(source)})
		if err != nil {
			return err
		}
		// A task can lower a limit, never raise it.
		_, err = engine.Run(ctx, runtime.Task{Script: script, Limits: hostapi.Limits{Time: 100 * time.Millisecond, DataBytes: 1000}})
		fmt.Printf("%-8s %v\n", hostapi.CodeOf(err), err)
	}

	// A context that ends stops a task as well.
	script, err := engine.Compile(ctx, runtime.Source{Name: "endless.js", Code: []byte("for (;;) {}")})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = engine.Run(ctx, runtime.Task{Script: script})
	fmt.Printf("%-8s %v, as errors.Is tells: %t\n", hostapi.CodeOf(err), err, errors.Is(err, context.Canceled))
	return nil
}
