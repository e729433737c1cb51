package jsapi

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// engineClass is the global engine: data items, the log, and properties of the process.
var engineClass = newClass("engine", members{ //nolint:gochecknoglobals // a table, never changed
	"log":                         engineLog,
	"findData":                    engineFindData,
	"setData":                     engineSetData,
	"findDataByNumber":            engineFindDataByNumber,
	"setDataByNumber":             engineSetDataByNumber,
	"findDataByVarName":           engineFindDataByVarName,
	"setDataByVarName":            engineSetDataByVarName,
	"findDataDefinitionByNumber":  engineFindDataDefinitionByNumber,
	"findDataDefinitionByVarName": engineFindDataDefinitionByVarName,
	"saveTemporaryData":           engineSaveTemporaryData,
	"restoreTemporaryData":        engineRestoreTemporaryData,
	"getTimeZoneId":               engineGetTimeZoneID,
	"getTimeZoneOffsetInMinutes":  engineGetTimeZoneOffsetInMinutes,
	"isProcessStarted":            engineIsProcessStarted,
	"setStartProcess":             engineSetStartProcess,
})

func engineLog(a *API, c call) (goja.Value, error) {
	if err := c.most("(value)"); err != nil {
		return nil, err
	}
	return goja.Undefined(), a.world.log(hostapi.LevelInfo, c.arg(0).String())
}

func engineSetDataByVarName(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(varName, value)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "varName")
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.world.setByName(c, name, c.args[1])
}

func engineFindDataByVarName(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(varName)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "varName")
	if err != nil {
		return nil, err
	}
	return a.world.findByName(c, name)
}

// definitionOf returns the first argument if it is a definition, or the definition that
// it names.
func (a *API) definitionOf(c call) (*definition, error) {
	v := c.arg(0)
	if d, ok := stateOf[*definition](v); ok {
		return d, nil
	}
	const hint = "take one with configs.getObject(…) or engine.findDataDefinitionByNumber(…)"
	if o, ok := v.(*goja.Object); ok || goja.IsNull(v) || goja.IsUndefined(v) {
		if o == nil || o.ClassName() != "String" {
			return nil, invalid(c.op, "needs the definition of a data item, got "+typeName(v), hint)
		}
	}
	name := v.String()
	if d := a.definition(func(d *definition) bool { return d.VarName == name || d.Name == name || strconv.Itoa(d.Number) == name }); d != nil {
		return d, nil
	}
	if a.world.anyItem() {
		return &definition{Item: hostapi.Item{VarName: name, Type: hostapi.TypeJSON}}, nil
	}
	return nil, invalid(c.op, "there is no data item "+strconv.Quote(name), hint)
}

// definition returns the last definition that match accepts, or nil.
func (a *API) definition(match func(*definition) bool) *definition {
	for _, d := range slices.Backward(a.definitions()) {
		if match(d) {
			return d
		}
	}
	return nil
}

func engineFindData(a *API, c call) (goja.Value, error) {
	if err := c.most("(definition)"); err != nil {
		return nil, err
	}
	d, err := a.definitionOf(c)
	if err != nil {
		return nil, err
	}
	return a.world.findData(d)
}

func engineSetData(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(definition, value)"); err != nil {
		return nil, err
	}
	d, err := a.definitionOf(c)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.world.setData(c, d, c.args[1])
}

func engineFindDataByNumber(a *API, c call) (goja.Value, error) {
	if err := c.most("(number)"); err != nil {
		return nil, err
	}
	d, err := a.definitionByNumber(c)
	if err != nil {
		return nil, err
	}
	return a.world.findData(d)
}

func engineSetDataByNumber(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(number, value)"); err != nil {
		return nil, err
	}
	d, err := a.definitionByNumber(c)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.world.setData(c, d, c.args[1])
}

func (a *API) definitionByNumber(c call) (*definition, error) {
	number := textOrEmpty(c.arg(0))
	d := a.definition(func(d *definition) bool { return strconv.Itoa(d.Number) == number })
	if d == nil {
		return nil, invalid(c.op, "there is no data item with the number "+strconv.Quote(number), "is the setting that names it empty?")
	}
	return d, nil
}

func engineFindDataDefinitionByNumber(a *API, c call) (goja.Value, error) {
	number := textOrEmpty(c.arg(0))
	return definitionOrNull(a.definition(func(d *definition) bool { return strconv.Itoa(d.Number) == number })), nil
}

func engineFindDataDefinitionByVarName(a *API, c call) (goja.Value, error) {
	name := textOrEmpty(c.arg(0))
	return definitionOrNull(a.definition(func(d *definition) bool { return name != "" && d.VarName == name })), nil
}

func definitionOrNull(d *definition) goja.Value {
	if d == nil {
		return goja.Null()
	}
	return d.object
}

func engineSaveTemporaryData(a *API, c call) (goja.Value, error) {
	if err := c.most("(text)"); err != nil {
		return nil, err
	}
	text, err := c.text(0, "text")
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.host.SaveTemporaryData(a.ctx, text)
}

func engineRestoreTemporaryData(a *API, _ call) (goja.Value, error) {
	text, ok, err := a.host.RestoreTemporaryData(a.ctx)
	if err != nil || !ok {
		return goja.Null(), err
	}
	return a.vm.ToValue(text), nil
}

func engineGetTimeZoneID(a *API, _ call) (goja.Value, error) {
	return a.vm.ToValue(a.world.zoneID()), nil
}

func engineGetTimeZoneOffsetInMinutes(a *API, _ call) (goja.Value, error) {
	_, seconds := a.now().In(a.engineZone()).Zone()
	return a.vm.ToValue(seconds / 60), nil
}

// startedID returns the id of v by which a start event recognizes items: text, or the
// number of a user or a group.
func startedID(v goja.Value) string {
	if u, ok := stateOf[*user](v); ok {
		return strconv.FormatInt(u.ID, 10)
	}
	if g, ok := stateOf[*group](v); ok {
		return strconv.FormatInt(g.ID, 10)
	}
	return v.String()
}

func engineIsProcessStarted(a *API, c call) (goja.Value, error) {
	return a.vm.ToValue(a.world.isStarted(startedID(c.arg(0)))), nil
}

func engineSetStartProcess(a *API, c call) (goja.Value, error) {
	start, err := c.flag(0, "start")
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.world.startProcess(start)
}
