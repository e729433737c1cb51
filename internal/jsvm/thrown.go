package jsvm

import (
	"math"
	"strconv"
	"time"

	"github.com/dop251/goja"
)

// The maximum of a thrown value that an error has as data. goja's own conversion to JSON
// has no bounds, and cannot be interrupted.
const (
	maxThrownBytes  = 64 << 10
	maxThrownValues = 1000
	maxThrownDepth  = 16
)

// thrownData returns a thrown value as [hostapi.Error].Thrown has it; nil if it is too
// large, or has nothing beside its message.
func (m *Machine) thrownData(value goja.Value) (data any) {
	t := thrownValue{bytes: maxThrownBytes, values: maxThrownValues}
	// Properties may be code of the script, which can throw.
	if m.vm.Try(func() { data, _ = t.export(value, 0) }) != nil || t.bytes < 0 || t.values < 0 {
		return nil
	}
	if o, ok := value.(*goja.Object); ok && o.ClassName() == "Error" {
		if added, _ := data.(map[string]any); len(added) == 0 {
			return nil
		}
	}
	return data
}

// thrownValue is a conversion in progress, with what is left of its bounds.
type thrownValue struct{ bytes, values int }

// export returns v as a value of JSON, and whether it has one: functions and symbols do
// not.
func (t *thrownValue) export(v goja.Value, depth int) (any, bool) {
	t.values--
	t.bytes -= 8
	if depth > maxThrownDepth {
		t.values = -1
	}
	if t.values < 0 || t.bytes < 0 {
		return nil, false
	}
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return nil, true
	}
	if o, ok := v.(*goja.Object); ok {
		return t.object(o, depth)
	}
	if _, ok := v.(*goja.Symbol); ok {
		return nil, false
	}
	switch x := v.Export().(type) {
	case string:
		t.bytes -= len(x)
		return x, true
	case bool:
		return x, true
	case int64:
		return float64(x), true
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, true // as JSON.stringify does
		}
		return x, true
	}
	return nil, false
}

func (t *thrownValue) object(o *goja.Object, depth int) (any, bool) {
	switch o.ClassName() {
	case "Function":
		return nil, false
	case "Date":
		if at, ok := o.Export().(time.Time); ok {
			return at.UTC().Format("2006-01-02T15:04:05.000Z"), true
		}
	case "Array":
		list := []any{}
		for i, n := int64(0), o.Get("length").ToInteger(); i < n && t.values >= 0; i++ {
			v, _ := t.export(o.Get(strconv.FormatInt(i, 10)), depth+1)
			list = append(list, v)
		}
		return list, true
	}
	members := make(map[string]any)
	if depth > 0 && o.ClassName() == "Error" { // its message is not in that of the outer error
		members["message"] = property(o, "message")
	}
	for _, key := range o.Keys() {
		t.bytes -= len(key)
		if v, ok := t.export(o.Get(key), depth+1); ok {
			members[key] = v
		}
		if t.values < 0 || t.bytes < 0 {
			break
		}
	}
	return members, true
}
