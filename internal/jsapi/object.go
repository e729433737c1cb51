package jsapi

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// class is a kind of host object.
type class struct {
	name    string
	parent  *class // its methods are inherited; may be nil
	methods map[string]*method

	// number returns the value of an object where JavaScript needs a number; nil: there is
	// none, as for most classes.
	number func(state any) float64
}

// method is one method of a class. An error becomes a JavaScript exception.
type method struct {
	call  func(a *API, c call) (goja.Value, error)
	op    string               // for errors
	name  goja.Value           // of its function objects
	traps goja.ProxyTrapConfig // of its function objects, in all runs
}

func newMethod(op string, f func(a *API, c call) (goja.Value, error)) *method {
	m := &method{call: f, op: op, name: text(op[strings.LastIndexByte(op, '.')+1:])}
	m.traps = goja.ProxyTrapConfig{
		Apply: m.apply, Get: m.property, GetOwnPropertyDescriptor: m.ownProperty,
		Set:               func(*goja.Object, string, goja.Value, goja.Value) bool { return false },
		SetSym:            func(*goja.Object, *goja.Symbol, goja.Value, goja.Value) bool { return false },
		DefineProperty:    func(*goja.Object, string, goja.PropertyDescriptor) bool { return false },
		DefinePropertySym: func(*goja.Object, *goja.Symbol, goja.PropertyDescriptor) bool { return false },
		DeleteProperty:    func(*goja.Object, string) bool { return false },
		SetPrototypeOf:    func(*goja.Object, *goja.Object) bool { return false },
	}
	return m
}

func text(s string) goja.Value {
	var b goja.StringBuilder
	b.WriteUTF8String(s)
	return b.String()
}

// members is a table of methods by name.
type members map[string]func(a *API, c call) (goja.Value, error)

func newClass(name string, m members) *class { return newSubclass(nil, name, m) }

// newSubclass returns a class whose objects are objects of parent too.
func newSubclass(parent *class, name string, m members) *class {
	c := &class{name: name, parent: parent, methods: make(map[string]*method, len(m))}
	if parent != nil {
		maps.Copy(c.methods, parent.methods)
		c.number = parent.number
	}
	for n, f := range m {
		c.methods[n] = newMethod(n, f)
	}
	return c
}

// is reports whether c is other or one of its subclasses.
func (c *class) is(other *class) bool {
	for ; c != nil; c = c.parent {
		if c == other {
			return true
		}
	}
	return false
}

// object is a host object: a class and a Go value. Its methods are created when they are
// first used, and shared by all objects of the run.
type object struct {
	api   *API
	class *class
	state any
	own   map[string]goja.Value // properties that the script has set

	// prototype is true for a prototype of other objects: then its methods are not
	// enumerable, so that they are not listed with the other object's members.
	prototype bool
}

func (a *API) object(c *class, state any) *goja.Object {
	o := a.vm.NewDynamicObject(&object{api: a, class: c, state: state})
	if c.number != nil {
		_ = o.SetPrototype(a.numeric()) // a fresh object takes any prototype
	}
	return o
}

// holding returns an object whose state is a pointer to state, which it holds.
func holding[T any](a *API, c *class, state T) *goja.Object {
	o := &struct {
		object

		held T
	}{object{api: a, class: c}, state}
	o.state = &o.held
	return a.vm.NewDynamicObject(&o.object)
}

// prototype returns a prototype object with the methods of c, which inherits from parent.
func (a *API) prototype(c *class, parent *goja.Object) *goja.Object {
	o := a.vm.NewDynamicObject(&object{api: a, class: c, prototype: true})
	_ = o.SetPrototype(parent) // a fresh object takes any prototype
	return o
}

// Get implements goja.DynamicObject.
func (o *object) Get(name string) goja.Value {
	if v, ok := o.own[name]; ok {
		return v
	}
	m, ok := o.class.methods[name]
	if !ok {
		o.api.lacking, o.api.lacked = o, name
		return nil
	}
	return o.api.method(m)
}

// MembersBeside implements jsvm.Globals.
func (a *API) MembersBeside(lacked string) []string {
	if a.lacking == nil || a.lacked != lacked {
		return nil
	}
	return slices.Sorted(maps.Keys(a.lacking.class.methods))
}

// Has implements goja.DynamicObject.
func (o *object) Has(name string) bool {
	if _, ok := o.own[name]; ok {
		return true
	}
	_, ok := o.class.methods[name]
	return ok
}

// Set implements goja.DynamicObject: a script may replace any method.
func (o *object) Set(name string, v goja.Value) bool {
	if o.own == nil {
		o.own = make(map[string]goja.Value)
	}
	o.own[name] = v
	return true
}

// Delete implements goja.DynamicObject. It removes a property that a script has set.
func (o *object) Delete(name string) bool {
	delete(o.own, name)
	return true
}

// Keys implements goja.DynamicObject.
func (o *object) Keys() []string {
	if o.prototype {
		return nil
	}
	keys := slices.AppendSeq(slices.Collect(maps.Keys(o.class.methods)), maps.Keys(o.own))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// call is a call of a method: its receiver and arguments.
type call struct {
	op   string // the method's name, for errors
	this goja.Value
	host *object // behind this; nil: none
	args []goja.Value
}

// method returns the function object for m, which is created once in a run. A function of
// goja costs a good part of what a method does, and a proxy a third of that: so all are
// proxies of one function. What they share, a script cannot change.
func (a *API) method(m *method) goja.Value {
	for i := range a.methods {
		if a.methods[i].method == m {
			return a.methods[i].function
		}
	}
	if a.anyMethod == nil {
		a.anyMethod = a.vm.ToValue(func(goja.FunctionCall) goja.Value { return &carrier{api: a} }).ToObject(a.vm)
		a.methods = make([]bound, 0, 8) // as many as a script with a request uses
	}
	f := a.vm.ToValue(a.vm.NewProxy(a.anyMethod, &m.traps))
	a.methods = append(a.methods, bound{m, f})
	return f
}

// carrier is how the function that all methods are proxies of returns the API of its run.
// No script can call that function.
type carrier struct {
	goja.Value // nil
	api        *API
}

// apply is the trap for a call of the function object.
func (m *method) apply(function *goja.Object, this goja.Value, args []goja.Value) goja.Value {
	a, host := receiver(function, this)
	v, err := m.call(a, call{op: m.op, this: this, host: host, args: args})
	if err != nil {
		panic(a.throwable(err, m.name.String()))
	}
	return v
}

// property is the trap for the properties of the function object.
func (m *method) property(function *goja.Object, name string, _ goja.Value) goja.Value {
	if name == "name" {
		return m.name
	}
	return function.Get(name)
}

var noLength = text("0").ToNumber() //nolint:gochecknoglobals // never changed

// ownProperty is the trap for the descriptors of these properties.
func (m *method) ownProperty(_ *goja.Object, name string) goja.PropertyDescriptor {
	p := goja.PropertyDescriptor{Writable: goja.FLAG_FALSE, Enumerable: goja.FLAG_FALSE, Configurable: goja.FLAG_TRUE}
	switch name {
	case "name":
		p.Value = m.name
	case "length":
		p.Value = noLength
	default:
		return goja.PropertyDescriptor{}
	}
	return p
}

// setName names a fresh function object, which goja calls by the name of the function in Go.
func setName(function *goja.Object, name goja.Value) {
	_ = function.DefineDataProperty("name", name, goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE) // a fresh one takes any
}

// receiver returns the API of a call, and the host object behind its receiver; nil if it is
// another value. function is what all methods are proxies of.
func receiver(function *goja.Object, this goja.Value) (*API, *object) {
	if host := hostObject(this); host != nil {
		return host.api, host
	}
	f, _ := function.Export().(func(goja.FunctionCall) goja.Value)
	c, _ := f(goja.FunctionCall{}).(*carrier)
	return c.api, nil
}

// bound is a method that a script has used, with its function object. A script uses few,
// so a list is faster than a map.
type bound struct {
	method   *method
	function goja.Value
}

// state returns the Go value of the receiver of c.
func state[T any](c call) (T, error) {
	if c.host != nil {
		if s, ok := c.host.state.(T); ok {
			return s, nil
		}
	}
	var none T
	return none, invalid(c.op, "called on another object than its own", "call it as a method: x."+c.op+"(…)")
}

// stateOf returns the Go value of v, if v is a host object with a value of type T.
func stateOf[T any](v goja.Value) (T, bool) {
	if host := hostObject(v); host != nil {
		s, ok := host.state.(T)
		return s, ok
	}
	var none T
	return none, false
}

// same returns an object of the receiver's class. The receiver's state must have been
// checked.
func (a *API) same(c call, state any) *goja.Object {
	return a.object(c.host.class, state)
}

// getter returns a method without arguments that reads the Go value of its receiver.
func getter[T any](get func(a *API, s T) goja.Value) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		s, err := state[T](c)
		if err != nil {
			return nil, err
		}
		return get(a, s), nil
	}
}

// hostObject returns the host object behind v, or nil. It checks the type first, because
// exporting an ordinary object copies it.
func hostObject(v goja.Value) *object {
	o, ok := v.(*goja.Object)
	if !ok || o.ExportType() != reflect.TypeFor[*object]() {
		return nil
	}
	host, _ := o.Export().(*object)
	return host
}
