package jsapi

import (
	"strings"

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
		var line strings.Builder
		for i, v := range c.args {
			if i > 0 {
				line.WriteByte(' ')
			}
			line.WriteString(inspect(v))
		}
		return goja.Undefined(), a.log(level, line.String())
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

// inspect returns a value as a person wants to read it: arrays and plain
// objects as JSON, everything else as String(…) gives it.
func inspect(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return v.String()
	}
	if class := o.ClassName(); (class == "Array" || class == "Object") && hostObject(o) == nil {
		if text, err := o.MarshalJSON(); err == nil {
			return string(text)
		}
	}
	return o.String()
}
