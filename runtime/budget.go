package runtime

import (
	"container/list"
	"context"
	"fmt"
	"sync"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// Budget bounds how much an [Engine] does at once, so that overload is an error at once
// and not a queue that grows. The zero Budget bounds nothing.
//
//	Budget: runtime.Budget{Tasks: 200, Queue: 1000, TenantTasks: 20}
type Budget struct {
	// Tasks is how many runs may be in progress. Further ones wait, in the order of their
	// arrival, and tenants take turns: see [hostapi.Identity].Tenant. Default (0 or less):
	// no maximum.
	Tasks int

	// TenantTasks is the same for the runs of one tenant, those without a tenant included.
	// Default (0 or less): no maximum.
	TenantTasks int

	// Queue is how many runs may wait. [Engine.Run] refuses those beyond at once, with
	// [hostapi.CodeOverloaded]. Default (0 or less): none may wait.
	Queue int
}

// queue admits runs within a Budget.
type queue struct {
	budget  Budget
	closing chan struct{}
	once    sync.Once // closes closing

	mu      sync.Mutex
	running int
	waiting int
	tenants map[string]*tenant
	turns   list.List // of *tenant: those with runs that wait for Budget.Tasks alone, the next one first
}

// tenant is a tenant with runs in progress or waiting.
type tenant struct {
	name    string
	running int
	waiting list.List     // of chan struct{}, closed when the run may begin
	turn    *list.Element // in turns; nil: none waits, or it has as many runs as it may
}

// newQueue returns nil if b bounds nothing.
func newQueue(b Budget) *queue {
	if b.Tasks <= 0 && b.TenantTasks <= 0 {
		return nil
	}
	return &queue{budget: b, closing: make(chan struct{}), tenants: make(map[string]*tenant)}
}

// enter waits until a run of that tenant may begin; then leave must follow.
func (q *queue) enter(ctx context.Context, name string) error {
	q.mu.Lock()
	t := q.tenants[name]
	if t == nil {
		t = &tenant{name: name}
		q.tenants[name] = t
	}
	if !q.full() && !q.fullFor(t) {
		q.begin(t)
		q.mu.Unlock()
		return nil
	}
	if q.waiting >= q.budget.Queue {
		err := q.overloaded(t)
		q.forget(t)
		q.mu.Unlock()
		return err
	}
	ready := make(chan struct{})
	place := t.waiting.PushBack(ready)
	q.waiting++
	q.takeTurn(t)
	q.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
	case <-q.closing:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-ready: // just then
		return nil
	default:
	}
	t.waiting.Remove(place)
	q.waiting--
	q.takeTurn(t)
	q.forget(t)
	if ctx.Err() == nil {
		return errClosed("run")
	}
	return &hostapi.Error{
		Code: hostapi.CodeOf(ctx.Err()), Op: "run", Message: "the task was waiting for others to end", Hint: "run fewer at once, or raise the Budget of the runtime.Config",
		Cause: limit.Cause(ctx),
	}
}

// leave lets the next run begin.
func (q *queue) leave(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tenants[name]
	q.running--
	t.running--
	q.takeTurn(t)
	for !q.full() && q.turns.Len() > 0 {
		next, _ := q.turns.Front().Value.(*tenant) // it is one
		ready, _ := next.waiting.Remove(next.waiting.Front()).(chan struct{})
		q.waiting--
		q.begin(next)
		q.turns.MoveToBack(next.turn)
		q.takeTurn(next)
		close(ready)
	}
	q.forget(t)
}

// close ends the waiting.
func (q *queue) close() {
	if q != nil {
		q.once.Do(func() { close(q.closing) })
	}
}

// q.mu must be held for what follows.

func (q *queue) full() bool { return q.budget.Tasks > 0 && q.running >= q.budget.Tasks }

func (q *queue) fullFor(t *tenant) bool {
	return q.budget.TenantTasks > 0 && t.running >= q.budget.TenantTasks
}

func (q *queue) begin(t *tenant) {
	q.running++
	t.running++
}

// takeTurn puts t into turns, or removes it, as its runs are.
func (q *queue) takeTurn(t *tenant) {
	switch wants := t.waiting.Len() > 0 && !q.fullFor(t); {
	case wants && t.turn == nil:
		t.turn = q.turns.PushBack(t)
	case !wants && t.turn != nil:
		q.turns.Remove(t.turn)
		t.turn = nil
	}
}

// forget drops a tenant without runs.
func (q *queue) forget(t *tenant) {
	if t.running == 0 && t.waiting.Len() == 0 {
		delete(q.tenants, t.name)
	}
}

func (q *queue) overloaded(t *tenant) error {
	e := &hostapi.Error{
		Code: hostapi.CodeOverloaded, Op: "run", Message: fmt.Sprintf("%d tasks are in progress and %d are waiting, the most that may", q.running, q.waiting),
		Hint: "try again later, or raise the Budget of the runtime.Config",
	}
	if !q.full() {
		e.Message = fmt.Sprintf("%d tasks of the tenant are in progress, the most that may, and %d tasks are waiting", t.running, q.waiting)
	}
	return e
}
