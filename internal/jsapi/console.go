package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// consoleClass is the global console. Its lines go to the task's log.
var consoleClass = newClass("console", members{ //nolint:gochecknoglobals // a table, never changed
	"debug": consoleLog(hostapi.LevelDebug),
	"info":  consoleLog(hostapi.LevelInfo),
	"log":   consoleLog(hostapi.LevelInfo),
	"warn":  consoleLog(hostapi.LevelWarn),
	"error": consoleLog(hostapi.LevelError),
})

func consoleLog(level hostapi.Level) func(a *API, c call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		return goja.Undefined(), a.world.log(level, a.logLine(c.args))
	}
}
