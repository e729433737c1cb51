package jsapi

import (
	"strings"

	"github.com/dop251/goja"
)

// javaClass is a Java class for scripts: its constructor, instanceof, and its static
// members.
type javaClass struct {
	class     *class                                   // of its objects; nil if is recognizes them
	is        func(a *API, v goja.Value) bool          // implements instanceof; default: an object of class
	construct func(a *API, c call) (goja.Value, error) // nil: no constructor
	statics   members
	constants map[string]string
	fields    map[string]func(a *API) goja.Value // constants that are objects
}

// javaClasses are the classes that scripts reach through the globals java and
// com. There are no others.
var javaClasses = map[string]*javaClass{ //nolint:gochecknoglobals // a table, never changed
	"java.lang.String":           {is: isString, statics: members{"valueOf": stringValueOf}},
	"java.math.BigDecimal":       {class: bigDecimalClass, construct: newBigDecimal, statics: members{"valueOf": bigDecimalValueOf}, constants: oldRoundingModes, fields: bigDecimalFields},
	"java.math.RoundingMode":     {is: isString, constants: roundingModes, statics: members{"valueOf": roundingModeValueOf}},
	"java.sql.Date":              {class: sqlDateClass, construct: newDate(sqlDateClass, "(milliseconds) or (year, month, date)", 3), statics: members{"valueOf": sqlDateValueOf}},
	"java.sql.Timestamp":         {class: timestampClass, construct: newDate(timestampClass, "(milliseconds) or (year, month, date, hours, minutes, seconds, nanos)", 7), statics: members{"valueOf": timestampValueOf}},
	"java.text.DecimalFormat":    {class: decimalFormatClass, construct: newDecimalFormat},
	"java.text.SimpleDateFormat": {class: simpleDateFormatClass, construct: newSimpleDateFormat},
	"java.util.ArrayList":        {is: isList, construct: newArrayList},
	"java.util.Date":             {class: dateClass, construct: newDate(dateClass, "(milliseconds) or (year, month, date, hours, minutes, seconds)", 3, 5, 6)},
	"java.util.List":             {is: isList},
	"java.util.Locale":           {class: localeClass, construct: newLocale, fields: localeFields},
	"java.util.TimeZone":         {class: timeZoneClass, statics: members{"getTimeZone": timeZoneGet}},

	"com.questetra.bpms.core.event.scripttask.NewQfile":        {class: fileClass, construct: newQfile},
	"com.questetra.bpms.core.model.formdata.ListArray":         {class: listArrayClass, construct: newListArray},
	"com.questetra.bpms.core.model.formdata.ListArray.ListRow": {class: listRowClass, construct: newListRow},
	"com.questetra.bpms.util.AddableDate":                      {class: addableDateClass, construct: newDate(addableDateClass, "(milliseconds)"), statics: members{"valueOf": sqlDateValueOf}},
	"com.questetra.bpms.util.AddableTimestamp":                 {class: addableTimestampClass, construct: newDate(addableTimestampClass, "(milliseconds)"), statics: members{"valueOf": timestampValueOf}},
}

// LeadsToJavaClass reports whether a name such as java.util.ArrayList is that of a
// supported class, of a member of one, or of a package with one.
func LeadsToJavaClass(name string) bool {
	for class := range javaClasses {
		if name == class || strings.HasPrefix(name, class+".") || strings.HasPrefix(class, name+".") {
			return true
		}
	}
	return false
}

// javaPackage is a package, such as java.util.
type javaPackage struct {
	api     *API
	name    string
	members map[string]goja.Value // those used so far, and those set by the script
}

func (a *API) javaPackage(name string) *goja.Object {
	return a.vm.NewDynamicObject(&javaPackage{api: a, name: name})
}

// Get implements goja.DynamicObject.
func (p *javaPackage) Get(name string) goja.Value {
	if v, ok := p.members[name]; ok {
		return v
	}
	v := p.api.javaMember(p.name + "." + name)
	if v != nil {
		p.Set(name, v)
	}
	return v
}

// javaMember returns the class or package of that name, or nil.
func (a *API) javaMember(name string) goja.Value {
	if c, ok := javaClasses[name]; ok {
		return a.constructor(name, c)
	}
	for full := range javaClasses {
		if strings.HasPrefix(full, name+".") {
			return a.javaPackage(name)
		}
	}
	return nil
}

// Has implements goja.DynamicObject.
func (p *javaPackage) Has(name string) bool { return p.Get(name) != nil }

// Set implements goja.DynamicObject.
func (p *javaPackage) Set(name string, v goja.Value) bool {
	if p.members == nil {
		p.members = make(map[string]goja.Value)
	}
	p.members[name] = v
	return true
}

// Delete implements goja.DynamicObject. It removes a member that a script has set.
func (p *javaPackage) Delete(name string) bool {
	delete(p.members, name)
	return true
}

// Keys implements goja.DynamicObject.
func (p *javaPackage) Keys() []string { return nil }

// constructor returns the function object for c. It may be called without new, as scripts
// of one dialect do.
func (a *API) constructor(name string, c *javaClass) goja.Value {
	simple := name[strings.LastIndexByte(name, '.')+1:]
	function := a.vm.ToValue(func(cc goja.ConstructorCall) *goja.Object {
		if c.construct == nil {
			panic(a.throwable(invalid("new", name+" has no constructor here", ""), ""))
		}
		v, err := c.construct(a, call{op: simple, this: cc.This, args: cc.Arguments})
		if err != nil {
			panic(a.throwable(err, ""))
		}
		return v.ToObject(a.vm)
	}).ToObject(a.vm)
	is := a.vm.ToValue(func(fc goja.FunctionCall) goja.Value {
		v := fc.Argument(0)
		if c.is != nil {
			return a.vm.ToValue(c.is(a, v))
		}
		host := hostObject(v)
		return a.vm.ToValue(host != nil && host.class.is(c.class))
	}).ToObject(a.vm)
	setName(is, a.vm.ToValue("[Symbol.hasInstance]"))
	setName(function, a.vm.ToValue(simple))
	// A fresh function takes any property.
	_ = function.DefineDataPropertySymbol(goja.SymHasInstance, is, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	for n, text := range c.constants {
		_ = function.Set(n, text)
	}
	for n, field := range c.fields {
		_ = function.Set(n, field(a))
	}
	for n, f := range c.statics {
		_ = function.Set(n, a.method(newMethod(simple+"."+n, f)))
	}
	for full := range javaClasses { // nested classes
		if inner, ok := strings.CutPrefix(full, name+"."); ok {
			_ = function.Set(inner, a.constructor(full, javaClasses[full]))
		}
	}
	return function
}

// isString reports whether v is a string, the value of java.lang.String in scripts.
func isString(_ *API, v goja.Value) bool {
	_, ok := v.(goja.String)
	return ok
}

// stringValueOf is String.valueOf(value): a value as text, null as "null".
func stringValueOf(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(value)"); err != nil {
		return nil, err
	}
	if absent(c.args[0]) {
		return a.vm.ToValue("null"), nil
	}
	return a.vm.ToValue(c.args[0].ToString().String()), nil
}
