package runtime

import (
	"slices"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// declaration is the data items that tasks declare, checked. It is shared by runs, and not
// modified.
type declaration struct {
	given []hostapi.Item // as the tasks have them
	items []hostapi.Item // with defaults

	index func() map[string]int // of items, by name
}

// few items are checked, and found by name, faster than they are recognized.
const few = 16

// declare returns the declaration of items; nil if these are nil.
func declare(items []hostapi.Item) (*declaration, error) {
	checked, err := hostapi.CheckItems(items)
	if err != nil {
		return nil, err
	}
	return newDeclaration(items, checked), nil
}

func newDeclaration(given, checked []hostapi.Item) *declaration {
	if checked == nil {
		return nil
	}
	return &declaration{given: given, items: checked, index: sync.OnceValue(func() map[string]int {
		index := make(map[string]int, len(checked))
		for i := range checked {
			index[checked[i].VarName] = i
		}
		return index
	})}
}

// all returns the data items; nil if any name may be used.
func (d *declaration) all() []hostapi.Item {
	if d == nil {
		return nil
	}
	return d.items
}

// item returns the data item of that name, if it is declared.
func (d *declaration) item(varName string) (*hostapi.Item, bool) {
	if d == nil {
		return nil, false
	}
	if len(d.items) > few {
		i, ok := d.index()[varName]
		if !ok {
			return nil, false
		}
		return &d.items[i], true
	}
	for i := range d.items {
		if d.items[i].VarName == varName {
			return &d.items[i], true
		}
	}
	return nil, false
}

// declarations keeps declarations of many items: a task is run many times, and its script
// uses a few of them.
type declarations struct {
	mu    sync.Mutex
	known map[declarationKey]*declaration
	items int // in all of known
}

// declarationKey is what different lists of items have in common only by chance. Whether they
// are the same, their items say.
type declarationKey struct {
	first, last string
	n           int
}

// mostDeclared bounds the items that are kept.
const mostDeclared = 1 << 15

// of returns the declaration of items.
func (d *declarations) of(items []hostapi.Item) (*declaration, error) {
	n := len(items)
	if n <= few {
		return declare(items)
	}
	key := declarationKey{items[0].VarName, items[n-1].VarName, n}
	d.mu.Lock()
	known := d.known[key]
	d.mu.Unlock()
	if known != nil && sameItems(known.given, items) {
		return known, nil
	}
	made, err := declare(copied(items))
	if err != nil || n > mostDeclared {
		return made, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[key] == nil {
		d.items += n
	}
	if d.known == nil || d.items > mostDeclared {
		d.known, d.items = make(map[declarationKey]*declaration), n
	}
	d.known[key] = made
	return made, nil
}

// copied returns items that share nothing with these, which their owner may change.
func copied(items []hostapi.Item) []hostapi.Item {
	items = slices.Clone(items)
	for i := range items {
		item := &items[i]
		item.Options, item.Columns, item.Bounds.Scale = slices.Clone(item.Options), slices.Clone(item.Columns), copyOf(item.Bounds.Scale)
		for j := range item.Columns {
			column := &item.Columns[j]
			column.Options, column.Scale = slices.Clone(column.Options), copyOf(column.Scale)
		}
	}
	return items
}

func copyOf(n *int) *int {
	if n == nil {
		return nil
	}
	return new(*n)
}

func sameItems(a, b []hostapi.Item) bool {
	for i := range a { // not slices.EqualFunc, which would copy each
		if !sameItem(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

func sameItem(a, b *hostapi.Item) bool {
	return a.VarName == b.VarName && a.Type == b.Type && a.Number == b.Number && a.Name == b.Name &&
		sameOptions(a.Options, b.Options) && slices.EqualFunc(a.Columns, b.Columns, sameColumn) && sameBounds(a.Bounds, b.Bounds)
}

func sameColumn(a, b hostapi.Column) bool {
	return a.VarName == b.VarName && a.Name == b.Name && a.Type == b.Type && sameNumber(a.Scale, b.Scale) && sameOptions(a.Options, b.Options)
}

// sameOptions distinguishes nil, which allows any text, from an empty list.
func sameOptions(a, b []hostapi.Option) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

func sameBounds(a, b hostapi.Bounds) bool {
	if !sameNumber(a.Scale, b.Scale) {
		return false
	}
	a.Scale, b.Scale = nil, nil
	return a == b
}

func sameNumber(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }
