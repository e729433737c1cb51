package jsvm

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// A correction undoes a deviation of goja from the language, in programs whose text contains one
// of its words. Code that is composed at run time may miss it.
const (
	jsonCorrection = iota
	evalCorrection
	functionCorrection
	dateCorrection
	localeFormatCorrection
	localeTextCorrection
	typedArrayCorrection
)

var correctionWords = [...][]string{ //nolint:gochecknoglobals // a table, never changed
	jsonCorrection:         {"JSON"},
	evalCorrection:         {"eval"},
	functionCorrection:     {"Function"},
	dateCorrection:         {"Date"},
	localeFormatCorrection: {"toLocaleString"},
	localeTextCorrection:   {"localeCompare", "toLocaleUpperCase", "toLocaleLowerCase"},
	typedArrayCorrection:   {"8Array.from", "16Array.from", "32Array.from", "64Array.from", "ClampedArray.from"},
}

func (m *Machine) correct(i int) error {
	switch i {
	case jsonCorrection:
		return correctJSON(m.vm)
	case evalCorrection:
		return correctEval(m)
	case functionCorrection:
		return correctFunction(m)
	case dateCorrection:
		return correctDate(m)
	case localeFormatCorrection:
		return correctLocale(m, localeFormats)
	case typedArrayCorrection:
		return correctTypedArray(m.vm)
	default:
		return correctLocale(m, localeTexts)
	}
}

// correctionSet is a set of corrections, a bit for each.
type correctionSet uint8

// correctionsFor returns those that a program with that text needs.
func correctionsFor(text string) correctionSet {
	var set correctionSet
	for i, words := range correctionWords {
		for _, word := range words {
			if strings.Contains(text, word) {
				set |= 1 << i
				break
			}
		}
	}
	return set
}

// prepare sets up the functions that rewritten code of p calls, and the corrections that p needs.
func (m *Machine) prepare(p *Program) error {
	for missing := p.corrections &^ m.corrected; missing != 0; missing &= missing - 1 {
		i := bits.TrailingZeros8(uint8(missing))
		m.corrected |= 1 << i
		if err := m.correct(i); err != nil {
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
