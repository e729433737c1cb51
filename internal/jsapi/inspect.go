package jsapi

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

const (
	mostInspected = 1 << 20 // bytes of one value
	mostLevels    = 50
)

// logLine formats the arguments of console.log. If the first is text with %s, %d and the
// like, these are replaced by the arguments after it (WHATWG Console, 2.2).
func (a *API) logLine(args []goja.Value) string {
	var line strings.Builder
	if len(args) > 1 {
		if format, ok := args[0].(goja.String); ok {
			args = a.format(&line, format.String(), args[1:])
			if len(args) > 0 {
				line.WriteByte(' ')
			}
		}
	}
	for i, v := range args {
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(a.inspect(v))
	}
	return line.String()
}

// format writes a format with its arguments, and returns the unused arguments.
func (a *API) format(line *strings.Builder, format string, args []goja.Value) []goja.Value {
	for {
		before, after, found := strings.Cut(format, "%")
		line.WriteString(before)
		if !found {
			return args
		}
		format = after
		switch {
		case after == "":
			line.WriteByte('%')
			return args
		case after[0] == '%':
			line.WriteByte('%')
		case strings.IndexByte("sdifjoOc", after[0]) < 0 || len(args) == 0:
			line.WriteByte('%')
			continue
		default:
			line.WriteString(a.formatted(after[0], args[0]))
			args = args[1:]
		}
		format = after[1:]
	}
}

func (a *API) formatted(kind byte, v goja.Value) string {
	_, isObject := v.(*goja.Object)
	switch kind {
	case 'c': // CSS, which a log cannot show
		return ""
	case 'd', 'i':
		if _, isSymbol := v.(*goja.Symbol); isObject || isSymbol {
			return "NaN"
		}
		if _, isBig := v.Export().(*big.Int); isBig {
			return v.String()
		}
		if kind == 'i' {
			if f := v.ToFloat(); !math.IsNaN(f) {
				return strconv.FormatInt(v.ToInteger(), 10)
			}
		}
		return v.ToNumber().String()
	case 'f':
		if _, isSymbol := v.(*goja.Symbol); isObject || isSymbol {
			return "NaN"
		}
		return v.ToNumber().String()
	}
	return a.inspect(v)
}

// inspect formats a value for the log: arrays, objects, maps and sets with their elements
// in a notation like JSON, anything else as String(…) returns it.
func (a *API) inspect(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok {
		return v.String()
	}
	i := inspector{api: a}
	if hostObject(o) == nil && i.isContainer(o) {
		// A property may be a getter of the script, which may throw.
		if ex := a.vm.Try(func() { i.object(o) }); ex == nil {
			return i.out.String()
		}
	}
	return o.String()
}

// inspector writes one value.
type inspector struct {
	api  *API
	out  strings.Builder
	open []*goja.Object // those being written
}

func (*inspector) isContainer(o *goja.Object) bool {
	switch o.ClassName() {
	case "Array", "Object":
		return true
	}
	return false
}

func (i *inspector) value(v goja.Value) {
	if i.out.Len() > mostInspected {
		return
	}
	switch x := v.(type) {
	case nil:
		i.out.WriteString("undefined")
	case goja.String:
		i.text(x.String())
	case *goja.Object:
		i.member(x)
	default:
		i.out.WriteString(v.String())
	}
}

func (i *inspector) text(s string) {
	quoted, _ := json.Marshal(s)
	i.out.Write(unescapeHTML(quoted))
}

// unescapeHTML undoes the escaping for HTML of package json.
func unescapeHTML(quoted []byte) []byte {
	return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(quoted)))
}

// member writes an object within another.
func (i *inspector) member(o *goja.Object) {
	for _, outer := range i.open {
		if outer == o {
			i.out.WriteString("[Circular]")
			return
		}
	}
	_, isFunction := goja.AssertFunction(o)
	switch {
	case len(i.open) > mostLevels:
		i.out.WriteString("…")
	case hostObject(o) != nil:
		i.out.WriteString(o.String())
	case isFunction:
		i.out.WriteString(strings.TrimSuffix("[Function: "+o.Get("name").String(), ": ") + "]")
	case i.isContainer(o):
		i.object(o)
	case o.ClassName() == "Date":
		if text, err := o.MarshalJSON(); err == nil {
			i.out.Write(text)
		}
	default:
		i.out.WriteString(o.String())
	}
}

// object writes an array, an object, a map or a set.
func (i *inspector) object(o *goja.Object) {
	if toJSON, ok := goja.AssertFunction(o.Get("toJSON")); ok && o.ClassName() == "Object" {
		i.open = append(i.open, o)
		i.value(i.throwing(toJSON(o)))
		i.open = i.open[:len(i.open)-1]
		return
	}
	i.open = append(i.open, o)
	defer func() { i.open = i.open[:len(i.open)-1] }()
	collection := collectionOf(o)
	switch {
	case o.ClassName() == "Array":
		i.list("[", "]", func(yield func(func())) {
			for n := range o.Get("length").ToInteger() {
				if i.out.Len() > mostInspected {
					return
				}
				yield(func() { i.value(o.Get(strconv.FormatInt(n, 10))) })
			}
		})
	case collection != "":
		isMap := collection == "Map"
		i.out.WriteString(collection + "(" + o.Get("size").String() + ") ")
		i.list("{", "}", func(yield func(func())) {
			i.api.vm.ForOf(o, func(entry goja.Value) bool {
				yield(func() {
					if pair, ok := entry.(*goja.Object); ok && isMap {
						i.value(at(pair, 0))
						i.out.WriteString(" => ")
						entry = at(pair, 1)
					}
					i.value(entry)
				})
				return i.out.Len() <= mostInspected
			})
		})
	default:
		i.out.WriteString(className(o))
		i.list("{", "}", func(yield func(func())) {
			for _, key := range o.Keys() {
				yield(func() {
					i.text(key)
					i.out.WriteByte(':')
					i.value(o.Get(key))
				})
			}
		})
	}
}

// collectionOf returns "Map" or "Set" if o is one; their class in goja is Object.
func collectionOf(o *goja.Object) string {
	if tag, ok := o.GetSymbol(goja.SymToStringTag).(goja.String); ok {
		if name := tag.String(); (name == "Map" || name == "Set") && o.Get("size") != nil {
			return name
		}
	}
	return ""
}

// list writes the elements that each yields between brackets, separated by commas.
func (i *inspector) list(begin, end string, each func(yield func(func()))) {
	i.out.WriteString(begin)
	first := true
	each(func(write func()) {
		if i.out.Len() > mostInspected {
			return
		}
		if !first {
			i.out.WriteByte(',')
		}
		first = false
		write()
	})
	if i.out.Len() > mostInspected {
		i.out.WriteString("…")
	}
	i.out.WriteString(end)
}

// throwing returns v, or rethrows an exception of a script function.
func (*inspector) throwing(v goja.Value, err error) goja.Value {
	if err != nil {
		panic(err)
	}
	return v
}

// className returns the name of an object's class, if the script declares it, and a blank.
func className(o *goja.Object) string {
	constructor, ok := o.Get("constructor").(*goja.Object)
	if !ok {
		return ""
	}
	if _, isFunction := goja.AssertFunction(constructor); !isFunction {
		return ""
	}
	name, ok := constructor.Get("name").(goja.String)
	if !ok || name.Length() == 0 || name.String() == "Object" {
		return ""
	}
	return name.String() + " "
}
