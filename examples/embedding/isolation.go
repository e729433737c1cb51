package embedding

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// runUntrusted runs a script that may be hostile. The program has called
// runtime.WorkerMain.
func runUntrusted(ctx context.Context, connector hostapi.Connector, code []byte) (*runtime.Result, error) {
	engine := runtime.New(runtime.Config{
		Connector: connector,
		Isolation: &runtime.Workers{Max: 8}, // may be shared by engines
	})
	defer engine.Close() //nolint:errcheck // the task has ended

	script, err := engine.Compile(ctx, runtime.Source{Name: "untrusted.js", Code: code})
	if err != nil {
		return nil, err
	}
	return engine.Run(ctx, runtime.Task{Script: script})
}
