package runtime

import (
	"context"
	"sync"
	"sync/atomic"
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

	made   atomic.Bool // real is set, and does not change
	early  bool        // the deadline is parent's
	ended  bool
	mu     sync.Mutex // guards ended, real and cancel
	real   context.Context
	cancel context.CancelFunc

	waits      *waits // of the engine; it links those with a real context
	prev, next *taskContext
}

// begin sets the deadline: that of the limit, or of parent if that is earlier. The
// context is cancelled when waits are.
func (c *taskContext) begin(parent context.Context, deadline time.Time, of limit.TimeError, waits *waits) {
	c.parent, c.deadline, c.limit, c.waits = parent, deadline, of, waits
	if d, ok := parent.Deadline(); ok && d.Before(deadline) {
		c.deadline, c.early = d, true
	}
}

func (c *taskContext) context() context.Context {
	if c.made.Load() {
		return c.real
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real == nil {
		if c.early { // a timer here could hide the cause of parent
			c.real, c.cancel = context.WithCancel(c.parent)
		} else {
			c.real, c.cancel = context.WithDeadlineCause(c.parent, c.deadline, &c.limit)
		}
		if c.ended || !c.waits.add(c) {
			c.cancel()
		}
		c.made.Store(true)
	}
	return c.real
}

// end cancels the context at the end of the run.
func (c *taskContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.waits.remove(c)
		c.cancel()
	}
}

func (c *taskContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *taskContext) Done() <-chan struct{} { return c.context().Done() }

func (c *taskContext) Err() error {
	if c.made.Load() {
		return c.real.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.real != nil:
		return c.real.Err()
	case c.ended || c.waits.cancelled.Load():
		return context.Canceled
	case c.parent.Err() != nil:
		return c.parent.Err()
	case !c.early && time.Until(c.deadline) <= 0:
		return context.DeadlineExceeded
	}
	return nil
}

func (c *taskContext) Value(key any) any {
	if key == (limit.ClosedKey{}) {
		return c.waits.cancelled.Load()
	}
	return c.context().Value(key)
}

// waits lists the contexts of an engine's runs that something waits on, to cancel them
// when the engine is closed. A run that is not in the list looks at cancelled instead.
type waits struct {
	cancelled atomic.Bool

	mu    sync.Mutex
	first *taskContext // doubly linked
}

// add reports whether c was added: not after cancel.
func (w *waits) add(c *taskContext) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancelled.Load() {
		return false
	}
	if c.next = w.first; c.next != nil {
		c.next.prev = c
	}
	w.first = c
	return true
}

// remove removes c, if it is in the list.
func (w *waits) remove(c *taskContext) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case c.prev != nil:
		c.prev.next = c.next
	case w.first == c:
		w.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
}

// cancel cancels every run.
func (w *waits) cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancelled.Store(true)
	for c := w.first; c != nil; c = c.next {
		c.cancel()
	}
}
