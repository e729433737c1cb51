package jsapi

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// comparison implements toEqual: primitives must be identical, but null equals undefined;
// lists and arrays are compared by their elements, plain objects by their properties,
// host objects with equals.
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

func (c *comparison) objects(o, p *goja.Object) (bool, error) {
	keys := o.Keys()
	if len(keys) != len(p.Keys()) {
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

// show formats a value for the message of a failed assertion: like a literal, host objects
// by their toString.
func show(v goja.Value) string {
	var b strings.Builder
	showInto(&b, v, 0)
	return b.String()
}

func showInto(b *strings.Builder, v goja.Value, depth int) {
	if b.Len() > mostShown {
		return
	}
	switch x := v.(type) {
	case nil:
		b.WriteString("undefined")
	case goja.String:
		b.WriteString(strconv.Quote(x.String()))
	case *goja.Object:
		showObject(b, x, depth)
	default:
		b.WriteString(v.String())
	}
}

func showObject(b *strings.Builder, o *goja.Object, depth int) {
	if host := hostObject(o); host != nil {
		b.WriteString(host.class.name)
		if _, ok := host.class.methods["toString"]; ok {
			b.WriteString("(" + o.String() + ")")
		}
		return
	}
	class := o.ClassName()
	if depth > mostDepth || class != "Array" && class != "Object" {
		b.WriteString(o.String())
		return
	}
	if class == "Array" {
		b.WriteByte('[')
		for i := range o.Get("length").ToInteger() {
			if b.Len() > mostShown {
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			showInto(b, at(o, i), depth+1)
		}
		b.WriteByte(']')
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
		showInto(b, o.Get(k), depth+1)
	}
	b.WriteByte('}')
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
