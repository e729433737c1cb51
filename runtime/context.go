package runtime

import (
	"context"
	"sync"
	"time"

	"github.com/postern-dev/postern/internal/limit"
)

// taskContext is the context of one run: that of its caller with the task's deadline.
// The real context is created only when something waits on it. Most tasks end before,
// and context.WithDeadline would cost them half as much as a new VM.
type taskContext struct {
	parent   context.Context
	deadline time.Time
	limit    limit.TimeError // see begin

	mu     sync.Mutex
	real   context.Context
	cancel context.CancelFunc
	ended  bool
	early  bool // the deadline is parent's
}

// begin sets the deadline: that of the limit, or of parent if that is earlier.
func (c *taskContext) begin(parent context.Context, deadline time.Time, of limit.TimeError) {
	c.parent, c.deadline, c.limit = parent, deadline, of
	if d, ok := parent.Deadline(); ok && d.Before(deadline) {
		c.deadline, c.early = d, true
	}
}

func (c *taskContext) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real == nil {
		var cause error
		if !c.early {
			cause = &c.limit
		}
		c.real, c.cancel = context.WithDeadlineCause(c.parent, c.deadline, cause)
		if c.ended {
			c.cancel()
		}
	}
	return c.real
}

// end cancels the context at the end of the run.
func (c *taskContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}

func (c *taskContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *taskContext) Done() <-chan struct{} { return c.context().Done() }

func (c *taskContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.real != nil:
		return c.real.Err()
	case c.ended:
		return context.Canceled
	case c.parent.Err() != nil:
		return c.parent.Err()
	case time.Until(c.deadline) <= 0:
		return context.DeadlineExceeded
	}
	return nil
}

func (c *taskContext) Value(key any) any { return c.context().Value(key) }
