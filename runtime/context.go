package runtime

import (
	"context"
	"sync"
	"time"
)

// taskContext is the context of one run: its parent's with the task's deadline.
// It makes the real one when something first wants to wait on it. Most tasks
// end without that, and context.WithDeadline would cost them as much as half a
// fresh VM.
type taskContext struct {
	parent   context.Context
	deadline time.Time

	mu     sync.Mutex
	real   context.Context
	cancel context.CancelFunc
	ended  bool
}

func (c *taskContext) begin(parent context.Context, deadline time.Time) {
	if d, ok := parent.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	c.parent, c.deadline = parent, deadline
}

func (c *taskContext) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real == nil {
		c.real, c.cancel = context.WithDeadline(c.parent, c.deadline)
		if c.ended {
			c.cancel()
		}
	}
	return c.real
}

// end cancels the context: the run is over.
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
