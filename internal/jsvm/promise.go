package jsvm

import (
	"reflect"
	"slices"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// There is no event loop: host calls block, and the jobs of settled promises run as soon as
// the script's code has ended. A promise that is pending then is never settled.

// trackRejection keeps the rejected promises that have no handler yet.
func (m *Machine) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	rest := m.rest()
	switch op {
	case goja.PromiseRejectionReject:
		m.explain(p.Result())
		rest.rejected = append(rest.rejected, p)
	case goja.PromiseRejectionHandle:
		rest.rejected = slices.DeleteFunc(rest.rejected, func(q *goja.Promise) bool { return q == p })
	}
}

// await is a pending await.
type await struct{ at place }

// Grab is called when code starts to wait. A pending then, or a promise that loses a race,
// does no harm; a pending await does, because the rest of its function would silently not
// run.
func (m *Machine) Grab() any {
	stack := m.vm.CaptureCallStack(0, nil)
	if len(stack) == 0 || stack[0].Position().Line == 0 {
		return nil // called by a built-in, such as then
	}
	rest := m.rest()
	if rest.waiting == nil {
		rest.waiting = make(map[*await]struct{})
	}
	a := &await{at: placeOf(stack)}
	rest.waiting[a] = struct{}{}
	return a
}

// Resumed is called when the wait is over.
func (m *Machine) Resumed(tracked any) {
	if a, ok := tracked.(*await); ok {
		delete(m.rest().waiting, a)
	}
}

// Exited is called when the code that waited has run.
func (m *Machine) Exited() {}

// Settle checks for unfinished work and returns value or, if that is a promise, its result.
// It fails for a promise that was rejected and has no handler, and for an await of a promise
// that can never be settled. Call it last: the jobs of promises run when the outermost
// program or call has ended.
func (m *Machine) Settle(value goja.Value) (goja.Value, error) {
	var waiting map[*await]struct{}
	if rest := m.seldom; rest != nil {
		if len(rest.rejected) > 0 {
			return nil, m.thrown(rest.rejected[0].Result(), nil)
		}
		waiting = rest.waiting
	}
	pending := false
	// The type is checked first, because exporting another object copies it.
	if o, ok := value.(*goja.Object); ok && o.ExportType() == reflect.TypeFor[*goja.Promise]() {
		if p, ok := o.Export().(*goja.Promise); ok {
			pending, value = p.State() == goja.PromiseStatePending, p.Result()
		}
	}
	if len(waiting) == 0 && !pending {
		return value, nil
	}
	out := &hostapi.Error{
		Code: hostapi.CodeScript, Message: "the script awaits a promise that is never settled",
		Hint: "a task has no timers and no event loop: settle the promise before the end of the script",
	}
	first := place{}
	for a := range waiting {
		if first.line == 0 || a.at.before(first) {
			first = a.at
		}
	}
	m.mark(out, first, nil)
	return nil, out
}
