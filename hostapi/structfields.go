package hostapi

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// structField is a field of a struct as encoding/json sees it.
type structField struct {
	name      string
	index     []int // from the struct, through embedded ones
	tagged    bool  // the name is that of a tag
	omitEmpty bool
	omitZero  bool
	quoted    bool // the option string
}

// in returns the field in v; false if an embedded pointer on the way is nil.
func (f *structField) in(v reflect.Value) (reflect.Value, bool) {
	for i, n := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

// omits reports whether the field's options leave it out.
func (f *structField) omits(v reflect.Value) bool {
	return f.omitEmpty && isEmpty(v) || f.omitZero && isZero(v)
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isZero asks the method IsZero of a type that has one.
func isZero(v reflect.Value) bool {
	switch k := v.Kind(); {
	case (k == reflect.Pointer || k == reflect.Interface) && v.IsNil():
		return true
	case v.Type().Implements(isZeroer):
	case v.CanAddr() && v.Addr().Type().Implements(isZeroer):
		v = v.Addr()
	default:
		return v.IsZero()
	}
	z, _ := v.Interface().(interface{ IsZero() bool }) // as Implements says
	return z.IsZero()
}

var knownFields sync.Map //nolint:gochecknoglobals // a cache of [fieldsOf]: reflect.Type to []structField

// fieldsOf returns the fields of a struct type by the rules of encoding/json: of several
// fields of one name, that of the struct that is embedded least deeply, then the one with
// a tag, else none of them.
func fieldsOf(t reflect.Type) []structField {
	if known, ok := knownFields.Load(t); ok {
		return known.([]structField) //nolint:forcetypeassert,errcheck // stored below
	}
	fields := findFields(t)
	slices.SortStableFunc(fields, func(a, b structField) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), -compareBool(a.tagged, b.tagged))
	})
	kept := fields[:0]
	for i := 0; i < len(fields); {
		end := i + 1
		for end < len(fields) && fields[end].name == fields[i].name {
			end++
		}
		if end == i+1 || len(fields[i+1].index) != len(fields[i].index) || fields[i+1].tagged != fields[i].tagged {
			kept = append(kept, fields[i])
		}
		i = end
	}
	known, _ := knownFields.LoadOrStore(t, slices.Clip(kept))
	return known.([]structField) //nolint:forcetypeassert,errcheck // stored here
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// embedded is a struct whose fields are those of another.
type embedded struct {
	t     reflect.Type
	index []int
}

// findFields returns the fields of t and of the structs that it embeds, level by level.
// A type that occurs twice on one level hides its own fields, and a type seen on a level
// above is not entered again: it may embed itself.
func findFields(t reflect.Type) (fields []structField) {
	seen := make(map[reflect.Type]bool)
	for level := []embedded{{t: t}}; len(level) > 0; {
		var next []embedded
		count := make(map[reflect.Type]int)
		for _, e := range level {
			count[e.t]++
		}
		for _, e := range level {
			if seen[e.t] {
				continue
			}
			seen[e.t] = true
			own, inner := e.fields()
			next = append(next, inner...)
			for range min(count[e.t], 2) { // twice: both are hidden
				fields = append(fields, own...)
			}
		}
		level = next
	}
	return fields
}

// fields returns the fields of e itself, and the structs that it embeds.
func (e embedded) fields() (own []structField, inner []embedded) {
	for i := range e.t.NumField() {
		sf := e.t.Field(i)
		target := sf.Type
		if target.Name() == "" && target.Kind() == reflect.Pointer {
			target = target.Elem()
		}
		if !sf.IsExported() && (!sf.Anonymous || target.Kind() != reflect.Struct) {
			continue
		}
		tag := sf.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !isTagName(name) {
			name = ""
		}
		index := append(slices.Clone(e.index), i)
		if name == "" && sf.Anonymous && target.Kind() == reflect.Struct {
			inner = append(inner, embedded{target, index})
			continue
		}
		if !sf.IsExported() {
			continue
		}
		f := structField{name: cmp.Or(name, sf.Name), index: index, tagged: name != ""}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty":
				f.omitEmpty = true
			case "omitzero":
				f.omitZero = true
			case "string":
				f.quoted = isScalar(target.Kind())
			}
		}
		own = append(own, f)
	}
	return own, inner
}

func isScalar(k reflect.Kind) bool {
	return reflect.Bool <= k && k <= reflect.Float64 || k == reflect.String
}

// isTagName reports whether encoding/json takes name from a tag.
func isTagName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
