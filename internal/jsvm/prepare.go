package jsvm

import (
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// A mend puts right what goja does in another way than scripts expect, in programs
// whose text has one of the words. Code that is made at run time of words in pieces
// may go without.
type mend struct {
	words []string
	apply func(m *Machine) error
}

var mends = []mend{ //nolint:gochecknoglobals // a table, never changed
	{[]string{"JSON"}, func(m *Machine) error { return guardJSON(m.vm) }},
	{[]string{"Date"}, mendDate},
	{[]string{"toLocaleString"}, func(m *Machine) error { return mendLocale(m, localeFormats) }},
	{[]string{"localeCompare", "toLocaleUpperCase", "toLocaleLowerCase"}, func(m *Machine) error { return mendLocale(m, localeTexts) }},
}

// mendSet is a set of mends, by their place in the table.
type mendSet uint8

// mendsFor returns those that a program with that text needs.
func mendsFor(text string) mendSet {
	var set mendSet
	for i := range mends {
		for _, word := range mends[i].words {
			if strings.Contains(text, word) {
				set |= 1 << i
				break
			}
		}
	}
	return set
}

// prepare gives the VM what p calls where it was rewritten, and puts right what it
// calls as it is.
func (m *Machine) prepare(p *Program) error {
	for i := range mends {
		if missing := p.mends &^ m.mended; missing&(1<<i) != 0 {
			m.mended |= 1 << i
			if err := mends[i].apply(m); err != nil {
				return err
			}
		}
	}
	if p.changes.None() {
		return nil
	}
	return m.hooks.Bind(m.vm, &p.changes, m.lend)
}

// replace puts a function in the place of one of goja's, and looks like it.
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

// thrown returns v, or throws what goja made of an exception.
func thrown[T goja.Value](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// lend makes a global name stand for value while use runs.
func (m *Machine) lend(name string, value goja.Value, use func() error) error {
	m.names = append(m.names, named{name, value})
	defer func() {
		m.names = slices.DeleteFunc(m.names, func(n named) bool { return n.name == name })
	}()
	return use()
}
