package jsapi

import (
	"iter"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// comparison implements toEqual: primitives must be identical, but null equals undefined;
// lists and arrays are compared by their elements, maps and sets by their entries in any
// order, plain objects by their properties, host objects with equals.
type comparison struct {
	api   *API
	depth int
	steps int64
}

// Bounds on comparing and showing values, which may contain themselves.
const (
	mostDepth = 200
	mostSteps = 1_000_000
	mostShown = 64 << 10
)

func (c *comparison) equal(v, w goja.Value) (bool, error) {
	if c.steps++; c.steps > mostSteps {
		return false, tooLarge()
	}
	if err := c.api.goesOn("toEqual", c.steps); err != nil {
		return false, err
	}
	if equals(v, w) || v.SameAs(w) { // NaN is the same as NaN
		return true, nil
	}
	o, ok := v.(*goja.Object)
	p, also := w.(*goja.Object)
	if !ok || !also {
		return false, nil
	}
	if c.depth++; c.depth > mostDepth {
		return false, tooLarge()
	}
	defer func() { c.depth-- }()
	switch class := o.ClassName(); {
	case class != p.ClassName() || hostObject(o) != nil || hostObject(p) != nil:
		return false, nil
	case class == "Array":
		return c.arrays(o, p)
	case class == "Object" && collectionOf(o) != collectionOf(p):
		return false, nil
	case class == "Object" && collectionOf(o) != "":
		return c.collections(o, p)
	case class == "Object":
		return c.objects(o, p)
	case class == "Date" || class == "Number":
		return o.ToNumber().SameAs(p.ToNumber()), nil
	case class == "String" || class == "Boolean":
		return o.String() == p.String(), nil
	}
	return false, nil
}

func tooLarge() error {
	return invalid("toEqual", "the values are too large or nested too deep to compare", "does one contain itself?")
}

func (c *comparison) arrays(o, p *goja.Object) (bool, error) {
	n := o.Get("length").ToInteger()
	if n != p.Get("length").ToInteger() {
		return false, nil
	}
	if n > mostSteps-c.steps {
		return false, tooLarge()
	}
	for i := range n {
		if ok, err := c.equal(at(o, i), at(p, i)); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// collections compares maps or sets. Entries that are in the same order are found at once.
func (c *comparison) collections(o, p *goja.Object) (bool, error) {
	elements, rest := c.api.entries(o), c.api.entries(p)
	if len(elements) != len(rest) {
		return false, nil
	}
	for _, entry := range elements {
		found := false
		for i, other := range rest {
			var err error
			if found, err = c.equal(entry, other); err != nil {
				return false, err
			}
			if found {
				rest[i] = rest[0]
				rest = rest[1:]
				break
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// entries returns the elements of a set, or the pairs of a map.
func (a *API) entries(o *goja.Object) []goja.Value {
	var entries []goja.Value
	a.vm.ForOf(o, func(entry goja.Value) bool {
		entries = append(entries, entry)
		return len(entries) <= mostSteps
	})
	return entries
}

// objects compares plain objects and those of a script's classes. An object of the
// language, such as an ArrayBuffer or a Promise, has no properties that tell what it holds.
func (c *comparison) objects(o, p *goja.Object) (bool, error) {
	keys := o.Keys()
	if len(keys) != len(p.Keys()) || len(keys) == 0 && (isTagged(o) || isTagged(p)) {
		return false, nil
	}
	for _, k := range keys {
		w := p.Get(k)
		if w == nil {
			return false, nil
		}
		if ok, err := c.equal(o.Get(k), w); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// isTagged reports whether o has a Symbol.toStringTag, as most objects of the language have.
func isTagged(o *goja.Object) bool {
	_, ok := o.GetSymbol(goja.SymToStringTag).(goja.String)
	return ok
}

// show formats a value for the message of a failed assertion: like a literal, host objects
// by their toString.
func (a *API) show(v goja.Value) string {
	var b strings.Builder
	a.showInto(&b, v, 0)
	return b.String()
}

func (a *API) showInto(b *strings.Builder, v goja.Value, depth int) {
	if b.Len() > mostShown {
		return
	}
	switch x := v.(type) {
	case nil:
		b.WriteString("undefined")
	case goja.String:
		b.WriteString(strconv.Quote(x.String()))
	case *goja.Object:
		a.showObject(b, x, depth)
	default:
		b.WriteString(v.String())
		if _, isBigInt := v.Export().(*big.Int); isBigInt {
			b.WriteByte('n')
		}
	}
}

func (a *API) showObject(b *strings.Builder, o *goja.Object, depth int) {
	if host := hostObject(o); host != nil {
		b.WriteString(host.class.name)
		if _, ok := host.class.methods["toString"]; ok {
			b.WriteString("(" + o.String() + ")")
		}
		return
	}
	class := o.ClassName()
	if class == "Date" {
		b.WriteString("Date(" + moment(o) + ")")
		return
	}
	if depth > mostDepth || class != "Array" && class != "Object" {
		b.WriteString(o.String())
		return
	}
	if kind := collectionOf(o); kind != "" {
		b.WriteString(kind + "(")
		a.showElements(b, slices.Values(a.entries(o)), depth)
		b.WriteByte(')')
		return
	}
	if class == "Array" {
		a.showElements(b, func(yield func(goja.Value) bool) {
			for i := range o.Get("length").ToInteger() {
				if !yield(at(o, i)) {
					return
				}
			}
		}, depth)
		return
	}
	b.WriteByte('{')
	for i, k := range o.Keys() {
		if b.Len() > mostShown {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(k) + ": ")
		a.showInto(b, o.Get(k), depth+1)
	}
	b.WriteByte('}')
}

// showElements writes elements of an array as a literal of one.
func (a *API) showElements(b *strings.Builder, elements iter.Seq[goja.Value], depth int) {
	b.WriteByte('[')
	separator := ""
	for v := range elements {
		if b.Len() > mostShown {
			break
		}
		b.WriteString(separator)
		separator = ", "
		a.showInto(b, v, depth+1)
	}
	b.WriteByte(']')
}

// moment returns that of a Date, to the millisecond.
func moment(o *goja.Object) string {
	if t, ok := o.Export().(time.Time); ok {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return o.String() // an invalid date
}

// brief shortens text for a message of one line.
func brief(text string) string {
	const most = 120
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}
