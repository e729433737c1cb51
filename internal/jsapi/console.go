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
		return goja.Undefined(), a.log(level, a.logLine(c.args))
	}
}

// log writes a line to the task's log. A test is not about its log: what is more
// than may be kept is left out there, with a warning.
func (a *API) log(level hostapi.Level, line string) error {
	err := a.host.Log(a.ctx, level, line)
	if a.tests != nil && hostapi.CodeOf(err) == hostapi.CodeLimit {
		a.tests.warn("lines of the log are left out; a run would fail: " + err.Error())
		return nil
	}
	return err
}
