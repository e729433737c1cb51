package jsapi

import "github.com/dop251/goja"

// The older dialect reads and writes data items through the globals data and
// retVal, by their number or variable name.
var (
	legacyDataClass = newClass("data", members{ //nolint:gochecknoglobals // a table, never changed
		"get": legacyDataGet,
	})
	legacyRetValClass = newClass("retVal", members{ //nolint:gochecknoglobals // a table, never changed
		"put": engineSetData,
	})
)

// legacyDataGet returns null where engine.findData fails, as for a setting that was left
// empty.
func legacyDataGet(a *API, c call) (goja.Value, error) {
	if textOrEmpty(c.arg(0)) == "" {
		return goja.Null(), nil
	}
	return engineFindData(a, c)
}

// addEquals adds Java's method equals to strings and numbers. It is called only for
// scripts that use the name, so that others do not pay for it.
func (a *API) addEquals() error {
	equal := a.vm.ToValue(func(c goja.FunctionCall) goja.Value {
		return a.vm.ToValue(primitive(c.This).StrictEquals(primitive(c.Argument(0))))
	}).ToObject(a.vm)
	setName(equal, a.vm.ToValue("equals"))
	for _, name := range []string{"String", "Number"} {
		constructor, ok := a.vm.Get(name).(*goja.Object)
		if !ok {
			continue
		}
		prototype, ok := constructor.Get("prototype").(*goja.Object)
		if !ok {
			continue
		}
		if err := prototype.DefineDataProperty("equals", equal, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			return err
		}
	}
	return nil
}

// primitive unwraps new String(…) and the like, which are the receivers of methods in
// sloppy mode.
func primitive(v goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		switch o.ClassName() {
		case "String":
			return o.ToString()
		case "Number":
			return o.ToNumber()
		}
	}
	return v
}
