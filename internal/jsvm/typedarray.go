package jsvm

import "github.com/dop251/goja"

// correctTypedArray lets Uint8Array.from and the like take text, as Array.from does: goja's takes
// only objects (ECMA-262, 23.2.2.1; builtin_typedarrays.go, typedArray_from).
func correctTypedArray(vm *goja.Runtime) error {
	one, ok := vm.Get("Int8Array").(*goja.Object)
	if !ok || one.Prototype() == nil {
		return nil
	}
	all := one.Prototype() // whose static methods all typed arrays inherit
	from, ok := goja.AssertFunction(all.Get("from"))
	if !ok {
		return nil
	}
	return replace(vm, all, "from", 1, func(c goja.FunctionCall) goja.Value {
		if len(c.Arguments) > 0 && !goja.IsUndefined(c.Arguments[0]) && !goja.IsNull(c.Arguments[0]) {
			c.Arguments[0] = c.Arguments[0].ToObject(vm)
		}
		return thrown(from(c.This, c.Arguments...))
	})
}
