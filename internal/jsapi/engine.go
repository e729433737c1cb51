package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// engineClass is the global engine: the data items and the log of the task.
var engineClass = newClass("engine", members{ //nolint:gochecknoglobals // a table, never changed
	"log":               engineLog,
	"setDataByVarName":  engineSetDataByVarName,
	"findDataByVarName": engineFindDataByVarName,
})

func engineLog(a *API, c call) (goja.Value, error) {
	return goja.Undefined(), a.host.Log(a.ctx, hostapi.LevelInfo, c.arg(0).String())
}

func engineSetDataByVarName(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(varName, value)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "varName")
	if err != nil {
		return nil, err
	}
	value, err := a.export(c.op, c.args[1])
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.host.SetData(a.ctx, name, value)
}

func engineFindDataByVarName(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(varName)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "varName")
	if err != nil {
		return nil, err
	}
	value, err := a.host.FindData(a.ctx, name)
	if err != nil {
		return nil, err
	}
	return a.value(value), nil
}
