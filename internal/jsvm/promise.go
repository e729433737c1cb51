package jsvm

import (
	"reflect"
	"slices"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// There is no event loop: host calls block, and the jobs of settled promises
// run as soon as the script's own code has ended. A promise that is pending
// after that stays so.

// trackRejection keeps the rejected promises that have no handler yet.
func (r *run) trackRejection(p *goja.Promise, op goja.PromiseRejectionOperation) {
	switch op {
	case goja.PromiseRejectionReject:
		r.rejected = append(r.rejected, p)
	case goja.PromiseRejectionHandle:
		r.rejected = slices.DeleteFunc(r.rejected, func(q *goja.Promise) bool { return q == p })
	}
}

// await is an await that has not come back.
type await struct{ at place }

// Grab is called when code starts to wait. What waits in a then, or in a race
// that another promise wins, may wait for ever without harm; an await may not,
// as the rest of its function would silently not happen.
func (r *run) Grab() any {
	stack := r.vm.CaptureCallStack(0, nil)
	if len(stack) == 0 || stack[0].Position().Line == 0 {
		return nil // called by a built-in, such as then
	}
	if r.waiting == nil {
		r.waiting = make(map[*await]struct{})
	}
	a := &await{at: placeOf(stack)}
	r.waiting[a] = struct{}{}
	return a
}

// Resumed is called when the wait is over.
func (r *run) Resumed(tracked any) {
	if a, ok := tracked.(*await); ok {
		delete(r.waiting, a)
	}
}

// Exited is called when the code that waited has run.
func (r *run) Exited() {}

// settled checks what a script left behind: result is its completion value.
func (r *run) settled(result goja.Value) error {
	if len(r.rejected) > 0 {
		return r.thrown(r.rejected[0].Result(), place{})
	}
	pending := false
	// Asked for the type first, because exporting another object copies it.
	if o, ok := result.(*goja.Object); ok && o.ExportType() == reflect.TypeFor[*goja.Promise]() {
		p, ok := o.Export().(*goja.Promise)
		pending = ok && p.State() == goja.PromiseStatePending
	}
	if len(r.waiting) == 0 && !pending {
		return nil
	}
	out := &hostapi.Error{
		Code: hostapi.CodeScript, Message: "the script waits for a promise that nothing will settle",
		Hint: "a task has no timers and no event loop: what settles a promise must have run by the end of the script",
	}
	first := place{}
	for a := range r.waiting {
		if first.line == 0 || a.at.before(first) {
			first = a.at
		}
	}
	first.mark(out)
	return out
}
