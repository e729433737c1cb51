package jsapi

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// engineClass is the global engine: data items, the log, and what else a task
// has of its process.
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
	return goja.Undefined(), a.log(hostapi.LevelInfo, c.arg(0).String())
}

func engineSetDataByVarName(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(varName, value)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "varName")
	if err != nil {
		return nil, err
	}
	if a.tests != nil {
		d, err := a.definitionOf(c)
		if err != nil {
			return nil, err
		}
		return goja.Undefined(), a.setData(c, d, c.args[1])
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
	if a.tests != nil {
		d, err := a.definitionOf(c)
		if err != nil {
			return nil, err
		}
		return a.findData(d)
	}
	value, err := a.host.FindData(a.ctx, name)
	if err != nil {
		return nil, err
	}
	return a.value(value), nil
}

// definitionOf returns the definition that the first argument is, or that it names.
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
	if a.tests == nil && a.host.Items() == nil { // then any name will do
		return &definition{Item: hostapi.Item{VarName: name, Type: hostapi.TypeJSON}}, nil
	}
	return nil, invalid(c.op, "there is no data item "+strconv.Quote(name), hint)
}

// definition returns the definition that match accepts, the one made last if
// there are several, or nil.
func (a *API) definition(match func(*definition) bool) *definition {
	for _, d := range slices.Backward(a.definitions()) {
		if match(d) {
			return d
		}
	}
	return nil
}

func engineFindData(a *API, c call) (goja.Value, error) {
	d, err := a.definitionOf(c)
	if err != nil {
		return nil, err
	}
	return a.findData(d)
}

func (a *API) findData(d *definition) (goja.Value, error) {
	if a.tests != nil {
		if d.value == nil {
			return goja.Null(), nil
		}
		return d.value, nil
	}
	value, err := a.host.FindData(a.ctx, d.VarName)
	if err != nil {
		return nil, err
	}
	return a.itemValue(d, value)
}

func engineSetData(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(definition, value)"); err != nil {
		return nil, err
	}
	d, err := a.definitionOf(c)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.setData(c, d, c.args[1])
}

func (a *API) setData(c call, d *definition, v goja.Value) error {
	if a.tests != nil {
		value, err := a.stored(c.op, v)
		if err == nil {
			err = a.countStored(c.op, value)
		}
		if err == nil {
			d.value = value
		}
		return err
	}
	value, err := a.exportItem(c.op, d, v)
	if err != nil {
		return err
	}
	return a.host.SetData(a.ctx, d.VarName, value)
}

// stored returns v as the test engine keeps it: an array becomes a list, all else
// stays as it is, whatever the type of the item.
func (a *API) stored(op string, v goja.Value) (goja.Value, error) {
	if goja.IsUndefined(v) {
		return goja.Null(), nil
	}
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" || isList(a, v) {
		return v, nil
	}
	items, err := elementsOf(op, o)
	if err != nil {
		return nil, err
	}
	return a.newList(items), nil
}

// countStored counts the text and the files of a value towards what a run may write,
// or what a run may be given at once where that limit was not lowered.
func (a *API) countStored(op string, v goja.Value) error {
	size, err := storedBytes(op, v)
	if err != nil {
		return err
	}
	usual := hostapi.DefaultLimits().DataBytes
	if a.dataBytes < usual {
		a.tests.written += size
		size = a.tests.written
	}
	if most := limitOfTest(a.dataBytes, usual); size > most {
		return reached(op, "data_bytes", hostapi.Limits{DataBytes: most})
	}
	return nil
}

// storedBytes returns the bytes of a text, a file or a list of them.
func storedBytes(op string, v goja.Value) (int64, error) {
	if text, ok := v.(goja.String); ok {
		return int64(text.Length()), nil
	}
	if f, ok := stateOf[*hostapi.File](v); ok {
		return int64(len(f.Content)), nil
	}
	list, ok := v.(*goja.Object)
	if !ok || list.ClassName() != "Array" {
		return 0, nil
	}
	length := list.Get("length").ToInteger()
	if err := walkable(op, length); err != nil {
		return 0, err
	}
	size := int64(0)
	for i := range length {
		switch e := at(list, i).(type) {
		case goja.String:
			size += int64(e.Length())
		case *goja.Object:
			if f, ok := stateOf[*hostapi.File](e); ok {
				size += int64(len(f.Content))
			}
		}
	}
	return size, nil
}

func engineFindDataByNumber(a *API, c call) (goja.Value, error) {
	d, err := a.definitionByNumber(c)
	if err != nil {
		return nil, err
	}
	return a.findData(d)
}

func engineSetDataByNumber(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(number, value)"); err != nil {
		return nil, err
	}
	d, err := a.definitionByNumber(c)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.setData(c, d, c.args[1])
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

func engineGetTimeZoneID(a *API, _ call) (goja.Value, error) { return a.vm.ToValue(a.zoneID()), nil }

func engineGetTimeZoneOffsetInMinutes(a *API, _ call) (goja.Value, error) {
	_, seconds := a.now().In(a.engineZone()).Zone()
	return a.vm.ToValue(seconds / 60), nil
}

// startedID is the id by which a start event remembers v: text, or the number of a
// user or a group.
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
	id := startedID(c.arg(0))
	started := slices.Contains(a.host.Process().Started, id)
	if a.tests != nil {
		started = a.tests.started[id]
	}
	return a.vm.ToValue(started), nil
}

func engineSetStartProcess(a *API, c call) (goja.Value, error) {
	start, err := c.flag(0, "start")
	if err != nil {
		return nil, err
	}
	if a.tests != nil {
		a.tests.startProcess = start
	}
	return goja.Undefined(), a.host.StartProcess(a.ctx, start)
}
