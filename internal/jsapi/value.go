package jsapi

import (
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
)

// value converts a value of a data item to JavaScript.
func (a *API) value(v any) goja.Value {
	switch v := v.(type) {
	case nil:
		return goja.Null()
	case hostapi.Decimal:
		return a.number(v)
	case *hostapi.File:
		return a.file(v)
	case hostapi.User:
		return a.quser(v)
	case hostapi.Group:
		return a.qgroup(v)
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = a.value(v[i])
		}
		return a.vm.NewArray(items...)
	case map[string]any:
		o := a.vm.NewObject()
		for _, k := range slices.Sorted(maps.Keys(v)) {
			// A fresh object takes any property.
			_ = o.DefineDataProperty(k, a.value(v[k]), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return o
	}
	return a.vm.ToValue(v)
}

// number returns d as a number, or as a BigDecimal if a number cannot represent all its
// digits.
func (a *API) number(d hostapi.Decimal) goja.Value {
	f, holds := floatOf(d)
	if !holds {
		if exact, err := java.ParseDecimal(string(d)); err == nil { // else it exceeds the range of BigDecimal
			return a.bigDecimal(exact)
		}
	}
	return a.vm.ToValue(f)
}

// floatOf returns the number nearest to d, and whether it has the same digits as d, apart
// from trailing zeros.
func floatOf(d hostapi.Decimal) (f float64, holds bool) {
	f, err := strconv.ParseFloat(string(d), 64)
	if err != nil { // out of range
		return f, false
	}
	const exact = 15 // digits that every float64 keeps
	if len(d) <= exact && !strings.ContainsAny(string(d), "eE") {
		return f, true
	}
	want, err := java.ParseDecimal(string(d))
	if err != nil {
		return f, false
	}
	got, err := java.ParseDecimal(strconv.FormatFloat(f, 'g', -1, 64))
	return f, err == nil && got.Cmp(want) == 0
}

// export converts a JavaScript value to a value of a data item. A value that JSON cannot
// represent is an error; it is not silently dropped.
func (a *API) export(op string, v goja.Value) (any, error) {
	e := exporter{api: a, op: op, left: a.dataBytes}
	return e.value(v, 0)
}

type exporter struct {
	api     *API
	op      string
	lenient bool // leave out values that cannot be exported

	left  int64 // bytes that the value may still have; stops at a huge sparse array
	steps int64
}

// spend counts n bytes.
func (e *exporter) spend(n int64) error {
	if e.left -= n; e.left < 0 {
		return reached(e.op, "data_bytes", hostapi.Limits{DataBytes: e.api.dataBytes})
	}
	e.steps++
	return e.api.goesOn(e.op, e.steps)
}

func (e *exporter) value(v goja.Value, depth int) (any, error) {
	if err := e.spend(8); err != nil {
		return nil, err
	}
	if depth > hostapi.MaxValueDepth {
		return nil, invalid(e.op, fmt.Sprintf("the value is nested more than %d levels deep", hostapi.MaxValueDepth), "does it contain itself?")
	}
	if absent(v) {
		return nil, nil
	}
	if o, ok := v.(*goja.Object); ok {
		return e.object(o, depth)
	}
	if _, ok := v.(*goja.Symbol); ok {
		return nil, e.unsupported("a symbol")
	}
	switch exported := v.Export(); x := exported.(type) {
	case string:
		e.left -= int64(len(x))
		return exported, nil // to make another any of x would copy it
	case bool:
		return x, nil
	case int64:
		return float64(x), nil
	case float64:
		return x, nil
	case *big.Int:
		return hostapi.Decimal(x.String()), nil
	}
	return nil, e.unsupported("a " + v.ExportType().String())
}

func (e *exporter) object(o *goja.Object, depth int) (any, error) {
	if host := hostObject(o); host != nil {
		value, ok, err := e.host(host)
		if !ok {
			return nil, e.unsupported(article(host.class.name) + host.class.name)
		}
		return value, err
	}
	switch o.ClassName() {
	case "Array":
		return e.array(o, depth)
	case "String": // a wrapper object, like the next two
		return o.String(), nil
	case "Number":
		return e.value(o.ToNumber(), depth)
	case "Boolean":
		return o.ToBoolean(), nil
	}
	if toJSON, ok := goja.AssertFunction(o.Get("toJSON")); ok { // a Date, or a class with a conversion
		v, err := toJSON(o)
		if err != nil {
			return nil, err
		}
		return e.value(v, depth+1)
	}
	if o.ExportType() == reflect.TypeFor[*goja.Promise]() {
		return nil, invalid(e.op, "a promise cannot be stored as data", "await it first")
	}
	if o.ClassName() != "Object" || o.ExportType() != reflect.TypeFor[map[string]any]() {
		return nil, e.unsupported("a " + constructorName(o))
	}
	out := make(map[string]any)
	for _, k := range o.Keys() {
		v, err := e.value(o.Get(k), depth+1)
		if err != nil {
			if e.lenient {
				continue
			}
			return nil, err
		}
		e.left -= int64(len(k))
		out[k] = v
	}
	return out, nil
}

func (e *exporter) array(o *goja.Object, depth int) (any, error) {
	length := o.Get("length").ToInteger()
	var out []any
	for i := range length {
		v, err := e.value(o.Get(strconv.FormatInt(i, 10)), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if out == nil {
		out = []any{}
	}
	return out, nil
}

func constructorName(o *goja.Object) string {
	if constructor, ok := o.Get("constructor").(*goja.Object); ok {
		if name, ok := constructor.Get("name").(goja.String); ok {
			return name.String()
		}
	}
	return o.ClassName()
}

func (e *exporter) unsupported(what string) error {
	return invalid(e.op, what+" cannot be stored as data", "use text, a number, true, false, null, an array or a plain object")
}
