package jsvm

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// A mend corrects a deviation of goja from the language, in programs whose text contains one
// of its words. Code that is composed at run time may miss it.
const (
	jsonMend = iota
	evalMend
	functionMend
	dateMend
	localeFormatMend
	localeTextMend
)

var mendWords = [...][]string{ //nolint:gochecknoglobals // a table, never changed
	jsonMend:         {"JSON"},
	evalMend:         {"eval"},
	functionMend:     {"Function"},
	dateMend:         {"Date"},
	localeFormatMend: {"toLocaleString"},
	localeTextMend:   {"localeCompare", "toLocaleUpperCase", "toLocaleLowerCase"},
}

func (m *Machine) mend(i int) error {
	switch i {
	case jsonMend:
		return mendJSON(m.vm)
	case evalMend:
		return mendEval(m)
	case functionMend:
		return mendFunction(m)
	case dateMend:
		return mendDate(m)
	case localeFormatMend:
		return mendLocale(m, localeFormats)
	default:
		return mendLocale(m, localeTexts)
	}
}

// mendSet is a set of mends, a bit for each.
type mendSet uint8

// mendsFor returns those that a program with that text needs.
func mendsFor(text string) mendSet {
	var set mendSet
	for i, words := range mendWords {
		for _, word := range words {
			if strings.Contains(text, word) {
				set |= 1 << i
				break
			}
		}
	}
	return set
}

// prepare sets up the functions that rewritten code of p calls, and the mends that p needs.
func (m *Machine) prepare(p *Program) error {
	for missing := p.mends &^ m.mended; missing != 0; missing &= missing - 1 {
		i := bits.TrailingZeros8(uint8(missing))
		m.mended |= 1 << i
		if err := m.mend(i); err != nil {
			return err
		}
	}
	if p.changes.None() {
		return nil
	}
	return m.hooks.Bind(m.vm, &p.changes, m.lend)
}

// replace replaces one of goja's functions by another with the same name and length.
func replace(vm *goja.Runtime, owner *goja.Object, name string, length int, f func(goja.FunctionCall) goja.Value) error {
	return owner.DefineDataProperty(name, native(vm, name, length, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// native returns f as a function with that name and length.
func native(vm *goja.Runtime, name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object {
	function := vm.ToValue(f).ToObject(vm)
	// A fresh function takes any property.
	_ = function.DefineDataProperty("name", vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	_ = function.DefineDataProperty("length", vm.ToValue(length), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return function
}

// thrown returns v, or rethrows an exception.
func thrown[T goja.Value](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// lend defines a global name with that value while use runs.
func (m *Machine) lend(name string, value goja.Value, use func() error) error {
	m.names = append(m.names, named{name, value})
	defer func() {
		m.names = slices.DeleteFunc(m.names, func(n named) bool { return n.name == name })
	}()
	return use()
}
