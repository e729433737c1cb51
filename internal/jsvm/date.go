package jsvm

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// dates makes the Date of a VM use its own time zone. goja's Date uses the machine's,
// time.Local, of which there is only one in a process.
//
// A local time is computed as if it were UTC, with goja's functions for UTC, and then
// converted to the zone.
//
// Date is a proxy of a function that has goja's Date as its prototype, so that it inherits
// Date.now and the like. The prototype chain of its objects ends with goja's
// Date.prototype, preceded by *dates, which creates methods lazily: few scripts use more
// than two or three.
type dates struct {
	machine   *Machine
	vm        *goja.Runtime
	zone      func() *time.Location
	original  *goja.Object // goja's Date
	construct goja.Constructor
	gojas     map[string]goja.Callable // goja's functions that were used
	made      []named                  // methods that were used, created lazily
}

// correctDate replaces Date by one that uses the time zone of the globals. It is called only
// for programs that name Date, so that others do not pay for it.
func correctDate(m *Machine) error {
	vm := m.vm
	original, ok := vm.Get("Date").(*goja.Object)
	if !ok {
		return nil // an earlier program has replaced it
	}
	d := &dates{machine: m, vm: vm, zone: m.globals.Zone, original: original, gojas: make(map[string]goja.Callable)}
	if d.construct, ok = goja.AssertConstructor(original); !ok {
		return nil
	}
	methods := vm.NewDynamicObject(d)
	prototype, target := vm.NewObject(), vm.ToValue(func(goja.ConstructorCall) *goja.Object { return nil }).ToObject(vm)
	proxy := vm.ToValue(vm.NewProxy(target, &goja.ProxyTrapConfig{
		Construct: d.constructed,
		Apply: func(*goja.Object, goja.Value, []goja.Value) goja.Value {
			return vm.ToValue(time.Now().In(d.zone()).Format(dateLayout + " " + timeLayout))
		},
	}))
	// instanceof does not work with a proxy in goja.
	isInstance := native(vm, "[Symbol.hasInstance]", 1, func(c goja.FunctionCall) goja.Value {
		return vm.ToValue(d.isInstance(c.This, c.Argument(0)))
	})
	const no, yes = goja.FLAG_FALSE, goja.FLAG_TRUE
	return errors.Join(
		methods.SetPrototype(original.Get("prototype").ToObject(vm)),
		prototype.SetPrototype(methods),
		prototype.DefineDataProperty("constructor", proxy, yes, yes, no),
		target.SetPrototype(original),
		target.DefineDataProperty("prototype", prototype, no, no, no),
		target.DefineDataProperty("name", vm.ToValue("Date"), no, yes, no),
		target.DefineDataProperty("length", vm.ToValue(7), no, yes, no),
		target.DefineDataPropertySymbol(goja.SymHasInstance, isInstance, no, no, no),
		replace(vm, target, "parse", 1, d.parse),
		vm.GlobalObject().DefineDataProperty("Date", proxy, yes, yes, no),
	)
}

// Get implements goja.DynamicObject. It returns a method that replaces one of goja's.
func (d *dates) Get(name string) goja.Value {
	for i := range d.made {
		if d.made[i].name == name {
			return d.made[i].value
		}
	}
	for i := range dateMethods {
		if m := &dateMethods[i]; m.name == name {
			f := native(d.vm, name, m.length, d.method(m))
			d.made = append(d.made, named{name, f})
			return f
		}
	}
	return nil
}

// Has implements goja.DynamicObject.
func (d *dates) Has(name string) bool { return d.Get(name) != nil }

// Set is never reached: an assignment makes a property before it.
func (d *dates) Set(string, goja.Value) bool { return false }

// Delete has nothing to delete.
func (d *dates) Delete(string) bool { return true }

// Keys lists nothing: methods are not enumerable.
func (d *dates) Keys() []string { return nil }

// isInstance implements OrdinaryHasInstance (ECMA-262, 7.3.21) for Date and the classes
// that extend it.
func (d *dates) isInstance(class, v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	prototype, ok := class.ToObject(d.vm).Get("prototype").(*goja.Object)
	for o = o.Prototype(); ok && o != nil; o = o.Prototype() {
		if o == prototype {
			return true
		}
	}
	return false
}

// dateMethod is a method of Date.prototype that depends on the zone: it returns a number
// or text, or it is a setter with a counterpart for UTC.
type dateMethod struct {
	name   string
	length int
	number func(local time.Time) float64
	layout string // format of the text
	set    string // the method for UTC
	same   string // the method of goja that does the same
	locale bool   // takes a locale and options
}

const (
	dateLayout = "Mon Jan 02 2006"
	timeLayout = "15:04:05 GMT-0700 (MST)"

	// The default locale is en-US.
	localeDateLayout = "1/2/2006"
	localeTimeLayout = "3:04:05 PM"
)

var dateMethods = []dateMethod{ //nolint:gochecknoglobals // a table, never changed
	{name: "getFullYear", number: func(t time.Time) float64 { return float64(t.Year()) }},
	{name: "getYear", number: func(t time.Time) float64 { return float64(t.Year() - 1900) }},
	{name: "getMonth", number: func(t time.Time) float64 { return float64(t.Month() - 1) }},
	{name: "getDate", number: func(t time.Time) float64 { return float64(t.Day()) }},
	{name: "getDay", number: func(t time.Time) float64 { return float64(t.Weekday()) }},
	{name: "getHours", number: func(t time.Time) float64 { return float64(t.Hour()) }},
	{name: "getMinutes", number: func(t time.Time) float64 { return float64(t.Minute()) }},
	{name: "getSeconds", number: func(t time.Time) float64 { return float64(t.Second()) }},
	{name: "getTimezoneOffset", number: func(t time.Time) float64 { return float64(0-offset(t)) / 60_000 }},
	{name: "toString", layout: dateLayout + " " + timeLayout},
	{name: "toDateString", layout: dateLayout},
	{name: "toTimeString", layout: timeLayout},
	{name: "toLocaleString", layout: localeDateLayout + ", " + localeTimeLayout, locale: true},
	{name: "toLocaleDateString", layout: localeDateLayout, locale: true},
	{name: "toLocaleTimeString", layout: localeTimeLayout, locale: true},
	{name: "toGMTString", same: "toUTCString"}, // ECMA-262, B.2.3.3
	{name: "setFullYear", length: 3, set: "setUTCFullYear"},
	{name: "setMonth", length: 2, set: "setUTCMonth"},
	{name: "setDate", length: 1, set: "setUTCDate"},
	{name: "setHours", length: 4, set: "setUTCHours"},
	{name: "setMinutes", length: 3, set: "setUTCMinutes"},
	{name: "setSeconds", length: 2, set: "setUTCSeconds"},
}

func (d *dates) method(m *dateMethod) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		if !isDate(c.This) {
			panic(d.vm.NewTypeError("Method Date.prototype.%s is called on incompatible receiver", m.name))
		}
		if m.same != "" {
			return d.call(m.same, c.This, nil)
		}
		if m.locale {
			d.machine.checkLocale(m.name, c.Arguments, map[string]string{"timeZone": d.zone().String()})
		}
		t, valid := c.This.Export().(time.Time)
		t = t.In(d.zone())
		switch {
		case m.set != "" && valid:
			return d.set(c, t, m.set)
		case m.set == "setUTCFullYear": // it makes the date valid
			return d.set(c, time.UnixMilli(0).UTC(), m.set)
		case m.set != "":
			return d.call(m.set, c.This, c.Arguments) // evaluates the arguments and returns NaN
		case m.layout != "" && !valid:
			return d.vm.ToValue("Invalid Date")
		case m.layout != "":
			return d.vm.ToValue(t.Format(m.layout))
		case !valid:
			return d.vm.ToValue(math.NaN())
		}
		return d.vm.ToValue(m.number(t))
	}
}

// isDate reports whether v is a Date of JavaScript.
func isDate(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && o.ClassName() == "Date"
}

// set applies a setter for UTC to the local time of a date.
func (d *dates) set(c goja.FunctionCall, local time.Time, setter string) goja.Value {
	asUTC := thrown(d.construct(nil, d.vm.ToValue(local.UnixMilli()+offset(local))))
	ms := d.call(setter, asUTC, c.Arguments)
	return d.call("setTime", c.This, []goja.Value{d.instant(ms)})
}

// call calls a function of goja's Date or of its prototype.
func (d *dates) call(name string, this goja.Value, args []goja.Value) goja.Value {
	f, ok := d.gojas[name]
	if !ok {
		f, _ = goja.AssertFunction(this.ToObject(d.vm).Get(name))
		d.gojas[name] = f
	}
	if f == nil {
		panic(d.vm.NewTypeError("%s is not a function", name))
	}
	return thrown(f(this, args...))
}

// instant converts a local time to UTC, both in milliseconds; NaN remains NaN.
func (d *dates) instant(local goja.Value) goja.Value {
	ms := local.ToFloat()
	if math.IsNaN(ms) {
		return local
	}
	return d.vm.ToValue(instant(int64(ms), d.zone()))
}

// instant converts a local time in zone to UTC, both in milliseconds. A time that occurs
// twice is the first one; a skipped time is interpreted with the offset before the
// transition (ECMA-262, 21.4.1.26).
func instant(local int64, zone *time.Location) int64 {
	const day = 24 * 60 * 60 * 1000
	before := local - offset(time.UnixMilli(local-day).In(zone))
	if offset(time.UnixMilli(before).In(zone)) == local-before {
		return before
	}
	after := local - offset(time.UnixMilli(local+day).In(zone))
	if offset(time.UnixMilli(after).In(zone)) == local-after {
		return after
	}
	return before
}

// offset returns how far local time is ahead of UTC, in milliseconds.
func offset(local time.Time) int64 {
	_, seconds := local.Zone()
	return int64(seconds) * 1000
}

// constructed implements new Date(…).
func (d *dates) constructed(_ *goja.Object, args []goja.Value, newTarget *goja.Object) *goja.Object {
	switch len(args) {
	case 0:
	case 1:
		if isDate(args[0]) {
			break
		}
		value := d.primitive(args[0])
		if text, ok := value.(goja.String); ok {
			value = d.parsed(text)
		}
		args = []goja.Value{value}
	default:
		args = []goja.Value{d.instant(d.call("UTC", d.original, args))}
	}
	return thrown(d.construct(newTarget, args...))
}

// parse implements Date.parse.
func (d *dates) parse(c goja.FunctionCall) goja.Value { return d.parsed(c.Argument(0).ToString()) }

// parsed returns the time that text names. goja interprets text without a zone as local
// time of the machine. Such text is recognized by the fact that a zone in front of it
// changes the result.
func (d *dates) parsed(text goja.Value) goja.Value {
	at := func(v goja.Value) goja.Value { return d.call("parse", d.original, []goja.Value{v}) }
	isNumber := func(v goja.Value) bool { return !math.IsNaN(v.ToFloat()) }
	found := at(text)
	if !isNumber(found) {
		return found
	}
	s := text.String()
	if tooManyDigits(s) || namesNoDay(s) {
		return d.vm.ToValue(math.NaN())
	}
	if parts := isoFormat().FindStringSubmatch(s); parts != nil {
		if clock, zone := parts[1], parts[2]; clock == "" || zone != "" {
			return found
		}
		return d.instant(at(d.vm.ToValue(s + "Z")))
	}
	asUTC, asNewYork := at(d.vm.ToValue("UTC "+s)), at(d.vm.ToValue("EST "+s))
	if isNumber(asUTC) && isNumber(asNewYork) && !asUTC.SameAs(asNewYork) {
		return d.instant(asUTC)
	}
	return found
}

// isoFormat matches the format of ECMA-262, 21.4.1.32, as goja parses it. It is local time
// if it has a time but no zone.
//
//nolint:gochecknoglobals // compiled once, never changed
var isoFormat = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[+-]\d{6}|\d{4})(?:-\d\d(?:-\d\d)?)?(T\d\d:\d\d(?::\d\d(?:[.,]\d*)?)?)?(Z|[+-][\d:]+)?$`)
})

// tooManyDigits reports whether text is a number that is no year: milliseconds, mostly. goja
// parses it as a year nevertheless.
func tooManyDigits(s string) bool {
	return len(s) > len("275760") && strings.Trim(s, "0123456789") == ""
}

// namesNoDay reports whether text begins with a numeric date whose month or day does not
// exist in any year. goja parses some of them as a date of another year.
func namesNoDay(s string) bool {
	parts := numericDate().FindStringSubmatch(s)
	if parts == nil {
		return false
	}
	outside := func(text string, most int) bool {
		n, err := strconv.Atoi(text)
		return text != "" && (err != nil || n < 1 || n > most)
	}
	month, day := parts[1]+parts[3], parts[2]+parts[4]
	return len(month) > 2 || outside(month, 12) || outside(day, 31)
}

// numericDate matches numeric dates that begin with the year or with the month.
//
//nolint:gochecknoglobals // compiled once, never changed
var numericDate = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:[+-]?\d{4,6}[-/.](\d+)(?:[-/.](\d+))?|(\d{1,2})[-/.](\d{1,2})[-/.]\d+)(?:\D|$)`)
})

// primitive implements ToPrimitive (ECMA-262, 7.1.1) without a preferred type.
func (d *dates) primitive(v goja.Value) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok {
		return v
	}
	if f, ok := goja.AssertFunction(o.GetSymbol(goja.SymToPrimitive)); ok {
		return thrown(f(o, d.vm.ToValue("default")))
	}
	for _, name := range []string{"valueOf", "toString"} {
		if f, ok := goja.AssertFunction(o.Get(name)); ok {
			if v := thrown(f(o)); !isObject(v) {
				return v
			}
		}
	}
	panic(d.vm.NewTypeError("Cannot convert object to primitive value"))
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}
