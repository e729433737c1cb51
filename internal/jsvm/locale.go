package jsvm

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// correctLocale makes methods that depend on a locale (ECMA-402) correct for the default one,
// en-US, and reject other locales and options that would change the result. goja ignores
// them, or takes a locale for a radix. For dates see dateMethods.
func correctLocale(m *Machine, methods []localeMethod) error {
	for i := range methods {
		l := &methods[i]
		constructor, ok := m.vm.Get(l.class).(*goja.Object)
		if !ok {
			continue
		}
		prototype, ok := constructor.Get("prototype").(*goja.Object)
		if l.class == "Int8Array" && ok {
			prototype = prototype.Prototype() // that of all typed arrays
		}
		if !ok || prototype == nil {
			continue
		}
		original, ok := goja.AssertFunction(prototype.Get(l.name))
		if !ok {
			continue
		}
		if err := replace(m.vm, prototype, l.name, l.first, l.method(m, original)); err != nil {
			return err
		}
	}
	return nil
}

// localeMethod is a method whose last arguments are a locale and options.
type localeMethod struct {
	class, name string
	first       int               // index of the locale argument
	defaults    map[string]string // of the options
	format      func(v goja.Value) (text string, ok bool)
}

var localeFormats = []localeMethod{ //nolint:gochecknoglobals // a table, never changed
	{class: "Number", name: "toLocaleString", defaults: numberDefaults, format: localeNumber},
	{class: "BigInt", name: "toLocaleString", defaults: numberDefaults, format: localeBigInt},
	{class: "Array", name: "toLocaleString"},
	{class: "Int8Array", name: "toLocaleString"},
}

var localeTexts = []localeMethod{ //nolint:gochecknoglobals // a table, never changed
	{class: "String", name: "toLocaleUpperCase"},
	{class: "String", name: "toLocaleLowerCase"},
	{class: "String", name: "localeCompare", first: 1, defaults: map[string]string{
		"usage": "sort", "sensitivity": "variant", "ignorePunctuation": "false", "numeric": "false", "caseFirst": "false",
	}},
}

// numberDefaults are the default options of Intl.NumberFormat.
var numberDefaults = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"style": "decimal", "notation": "standard", "useGrouping": "true", "numberingSystem": "latn",
	"minimumIntegerDigits": "1", "minimumFractionDigits": "0", "maximumFractionDigits": "3",
}

func (l *localeMethod) method(m *Machine, original goja.Callable) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		first := min(l.first, len(c.Arguments))
		if strings.HasSuffix(l.name, "Case") {
			m.checkCase(l.name, c.Arguments)
		} else {
			m.checkLocale(l.name, c.Arguments[first:], l.defaults)
		}
		if l.format != nil {
			if text, ok := l.format(c.This); ok {
				return m.vm.ToValue(text)
			}
		}
		return thrown(original(c.This, c.Arguments[:first]...))
	}
}

// checkLocale rejects a locale other than the default one, and options other than their
// defaults.
func (m *Machine) checkLocale(name string, args []goja.Value, defaults map[string]string) {
	if len(args) > 0 {
		if tag := m.locale(args[0]); tag != "" && !strings.EqualFold(tag, "en-US") && !strings.EqualFold(tag, "en") {
			m.refuseLocale(name, "the locale "+strconv.Quote(tag)+" is not supported, only en-US")
		}
	}
	if len(args) < 2 || goja.IsUndefined(args[1]) {
		return
	}
	options := args[1].ToObject(m.vm) // throws for null
	for _, key := range options.Keys() {
		if value := options.Get(key); value != nil && !goja.IsUndefined(value) && key != "localeMatcher" && value.String() != defaults[key] {
			m.refuseLocale(name, "the option "+strconv.Quote(key)+" is not supported")
		}
	}
}

// checkCase rejects the languages with special rules for upper and lower case.
func (m *Machine) checkCase(name string, args []goja.Value) {
	if len(args) == 0 {
		return
	}
	tag := m.locale(args[0])
	language, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch language {
	case "az", "lt", "tr":
		m.refuseLocale(name, "the locale "+strconv.Quote(tag)+" is not supported")
	}
}

// locale returns the first tag of a list of locales, "" for the default.
func (m *Machine) locale(v goja.Value) string {
	if goja.IsUndefined(v) {
		return ""
	}
	if s, ok := v.(goja.String); ok {
		return s.String()
	}
	list := v.ToObject(m.vm) // throws for null
	if list.ClassName() == "String" {
		return list.String()
	}
	if first := list.Get("0"); first != nil {
		return first.String()
	}
	return ""
}

// refuseLocale throws a RangeError, as Intl does.
func (m *Machine) refuseLocale(name, message string) {
	message = name + ": " + message
	if constructor := m.vm.Get("RangeError"); constructor != nil {
		if e, err := m.vm.New(constructor, m.vm.ToValue(message)); err == nil {
			panic(e)
		}
	}
	panic(m.vm.NewTypeError("%s", message))
}

// localeNumber formats a number with a comma between thousands and at most three digits
// after the point, rounded half away from zero.
func localeNumber(v goja.Value) (string, bool) {
	if o, ok := v.(*goja.Object); ok {
		if o.ClassName() != "Number" {
			return "", false
		}
		v = o.ToNumber()
	}
	switch v.Export().(type) {
	case int64, float64:
	default:
		return "", false
	}
	f := v.ToFloat()
	sign := ""
	if math.Signbit(f) {
		sign = "-"
	}
	switch {
	case math.IsNaN(f):
		return "NaN", true
	case math.IsInf(f, 0):
		return sign + "∞", true
	}
	// It rounds the shortest decimal form of the number, not its binary value.
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'f', -1, 64), ".")
	if len(fraction) > 3 {
		up := fraction[3] >= '5'
		fraction = fraction[:3]
		if up {
			whole, fraction = roundUp(whole, fraction)
		}
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		fraction = "." + fraction
	}
	return sign + grouped(whole) + fraction, true
}

// roundUp adds one to the last digit of a number.
func roundUp(whole, fraction string) (string, string) {
	n, _ := new(big.Int).SetString(whole+fraction, 10)
	text := n.Add(n, big.NewInt(1)).String()
	if missing := len(fraction) + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	at := len(text) - len(fraction)
	return text[:at], text[at:]
}

func localeBigInt(v goja.Value) (string, bool) {
	if o, ok := v.(*goja.Object); ok && o.ClassName() != "BigInt" {
		return "", false
	}
	n, ok := v.Export().(*big.Int)
	if !ok {
		return "", false
	}
	digits := n.String()
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		return "-" + grouped(rest), true
	}
	return grouped(digits), true
}

// grouped writes a comma between thousands.
func grouped(digits string) string {
	var out strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteByte(digits[i])
	}
	return out.String()
}
