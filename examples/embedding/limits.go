package embedding

import (
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func withLimits(connector hostapi.Connector, cache *runtime.Cache) *runtime.Engine {
	return runtime.New(runtime.Config{
		Connector: connector,
		Limits: hostapi.Limits{
			Time:      20 * time.Second,
			Memory:    32 << 20, // of one WebAssembly task
			DataBytes: 4 << 20,
			Requests:  50,
			Calls:     -1, // none: a zero field has the default
		},
		Cache: cache, // may be shared by engines
	})
}

func quick(script *runtime.Script) runtime.Task {
	return runtime.Task{Script: script, Limits: hostapi.Limits{Time: 100 * time.Millisecond}}
}
