package jsvm

import (
	"slices"

	"github.com/dop251/goja"
)

// prepare gives the VM what p calls where it was rewritten, and a bound to what it
// calls as it is.
func (m *Machine) prepare(p *Program) error {
	if p.namesJSON && !m.guarded {
		m.guarded = true
		if err := guardJSON(m.vm); err != nil {
			return err
		}
	}
	if p.changes.None() {
		return nil
	}
	return m.hooks.Bind(m.vm, &p.changes, m.lend)
}

// lend makes a global name stand for value while use runs.
func (m *Machine) lend(name string, value goja.Value, use func() error) error {
	m.names = append(m.names, named{name, value})
	defer func() {
		m.names = slices.DeleteFunc(m.names, func(n named) bool { return n.name == name })
	}()
	return use()
}
