package jsapi

import (
	"github.com/dop251/goja"
)

// numeric returns the prototype of host objects that are numbers where JavaScript needs one,
// as in a < b and a - b: compared by their text, 10 would be less than 9. Where it would
// take text as well, as in a + b and a == b, they remain their text.
func (a *API) numeric() *goja.Object {
	w := a.runState()
	if w.numeric == nil {
		toPrimitive := a.vm.ToValue(func(c goja.FunctionCall) goja.Value {
			host := hostObject(c.This)
			if host != nil && host.class.number != nil && c.Argument(0).String() == "number" {
				return a.vm.ToValue(host.class.number(host.state))
			}
			o := c.This.ToObject(a.vm)
			text, ok := goja.AssertFunction(o.Get("toString"))
			if !ok {
				panic(a.vm.NewTypeError("Cannot convert an object to a primitive value"))
			}
			v, err := text(o)
			if err != nil {
				panic(err)
			}
			return v
		}).ToObject(a.vm)
		setName(toPrimitive, a.vm.ToValue("[Symbol.toPrimitive]"))
		w.numeric = a.vm.NewObject()
		// A new object takes any property.
		_ = w.numeric.DefineDataPropertySymbol(goja.SymToPrimitive, toPrimitive, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return w.numeric
}

// countedBy returns c, whose objects are numbers where JavaScript needs one.
func (c *class) countedBy(number func(state any) float64) *class {
	c.number = number
	return c
}
