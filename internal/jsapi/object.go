package jsapi

import (
	"maps"
	"reflect"
	"slices"

	"github.com/dop251/goja"
)

// class is a kind of host object.
type class struct {
	name    string
	parent  *class // whose methods it has as well; may be nil
	methods map[string]*method
}

// method is one method of a class. An error becomes a JavaScript exception.
type method struct {
	call func(a *API, c call) (goja.Value, error)
}

// members makes a table of methods; it exists so that the tables read well.
type members map[string]func(a *API, c call) (goja.Value, error)

func newClass(name string, m members) *class { return newSubclass(nil, name, m) }

// newSubclass returns a class whose objects are objects of parent too.
func newSubclass(parent *class, name string, m members) *class {
	c := &class{name: name, parent: parent, methods: make(map[string]*method, len(m))}
	if parent != nil {
		maps.Copy(c.methods, parent.methods)
	}
	for n, f := range m {
		c.methods[n] = &method{call: f}
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

// object is a host object: a class and a Go value. Its methods
// are made when they are first used and shared by all objects of the run.
type object struct {
	api   *API
	class *class
	state any
	own   map[string]goja.Value // what the script itself has set

	// prototype says that the object lends its methods to others: those who list
	// the members of such another do not want to see them.
	prototype bool
}

func (a *API) object(c *class, state any) *goja.Object {
	return a.vm.NewDynamicObject(&object{api: a, class: c, state: state})
}

// prototype returns an object with the methods of c to be the prototype of others,
// and parent to be its own.
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
		return nil
	}
	return o.api.method(name, m)
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

// Delete implements goja.DynamicObject. It removes what a script has set.
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

// call is a call of a method: what it was called on and with.
type call struct {
	op   string // the method's name, for errors
	this goja.Value
	args []goja.Value
}

// method returns the function for m, made once in a run.
func (a *API) method(name string, m *method) goja.Value {
	for i := range a.methods {
		if a.methods[i].method == m {
			return a.methods[i].function
		}
	}
	f := a.vm.ToValue(func(fc goja.FunctionCall) goja.Value {
		v, err := m.call(a, call{op: name, this: fc.This, args: fc.Arguments})
		if err != nil {
			panic(a.throwable(err))
		}
		return v
	})
	a.methods = append(a.methods, bound{m, f})
	return f
}

// bound is a method that a script has used, as the function it sees. A script
// uses few, so a list finds one faster than a map.
type bound struct {
	method   *method
	function goja.Value
}

// state returns the Go value of the object that c was called on.
func state[T any](c call) (T, error) {
	s, ok := stateOf[T](c.this)
	if !ok {
		return s, invalid(c.op, "called on another object than its own", "call it as a method: x."+c.op+"(…)")
	}
	return s, nil
}

// stateOf returns the Go value of a host object, if v is one and that is a T.
func stateOf[T any](v goja.Value) (T, bool) {
	if o, ok := v.(*goja.Object); ok {
		if host := hostObject(o); host != nil {
			s, ok := host.state.(T)
			return s, ok
		}
	}
	var none T
	return none, false
}

// same returns an object of the class that c was called on, which has had its
// state checked.
func (a *API) same(c call, state any) *goja.Object {
	return a.object(hostObject(c.this.(*goja.Object)).class, state) //nolint:errcheck // it is an object: it has a state
}

// getter makes a method without arguments that reads the Go value of its object.
func getter[T any](get func(a *API, s T) goja.Value) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		s, err := state[T](c)
		if err != nil {
			return nil, err
		}
		return get(a, s), nil
	}
}

// hostObject returns the host object behind o, or nil. It asks for the type
// first, because exporting an ordinary object copies it.
func hostObject(o *goja.Object) *object {
	if o.ExportType() != reflect.TypeFor[*object]() {
		return nil
	}
	host, _ := o.Export().(*object)
	return host
}
