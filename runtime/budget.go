package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/fairqueue"
	"github.com/postern-dev/postern/internal/limit"
)

// Budget bounds how much an [Engine] does at once, so that overload is an error at once
// and not a queue that grows. The zero Budget bounds nothing.
//
//	Budget: runtime.Budget{Tasks: 200, TenantTasks: 20, Queue: 1000}
type Budget struct {
	// Tasks is how many runs may be in progress. Further ones wait, in the order of their
	// arrival, and tenants take turns: see [hostapi.Identity].Tenant. Default (0 or less):
	// no maximum.
	Tasks int

	// TenantTasks is the same for the runs of one tenant; those without a tenant are one
	// tenant's. Default (0 or less): no maximum.
	TenantTasks int

	// Queue is how many runs may wait. [Engine.Run] refuses those beyond at once, with
	// [hostapi.CodeOverloaded]. Default (0 or less): none may wait.
	Queue int
}

// queue returns the queue of b; nil if b bounds nothing.
func (b Budget) queue() *fairqueue.Queue {
	if b.Tasks <= 0 && b.TenantTasks <= 0 {
		return nil
	}
	return fairqueue.New(fairqueue.Bounds{Running: b.Tasks, PerGroup: b.TenantTasks, Waiting: b.Queue})
}

// admit waits until a run of that tenant may begin; then e.queue.Leave must follow.
func (e *Engine) admit(ctx context.Context, tenant string) error {
	err := e.queue.Enter(ctx, tenant)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fairqueue.ErrClosed):
		return errClosed("run")
	case !errors.Is(err, fairqueue.ErrFull):
		return &hostapi.Error{
			Code: hostapi.CodeOf(err), Op: "run", Message: "the task was waiting for others to end",
			Hint: "run fewer at once, or raise the Budget of the runtime.Config", Cause: limit.Cause(ctx),
		}
	}
	running, own, waiting := e.queue.Counts(tenant)
	return &hostapi.Error{
		Code: hostapi.CodeOverloaded, Op: "run", Message: fmt.Sprintf("in progress: %d tasks, %d of this tenant; waiting: %d", running, own, waiting),
		Hint: "try again later, or raise the Budget of the runtime.Config",
	}
}
