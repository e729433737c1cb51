// Package fairqueue bounds how much is in progress and how much waits for it. Groups, such
// as tenants, take turns, so that one with much to do does not hold up the others.
package fairqueue

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// Bounds are those of a [Queue]. Zero or less is no bound, except for Waiting.
type Bounds struct {
	Running  int // in progress at once
	PerGroup int // of one group, in progress at once
	Waiting  int // waiting at once; zero or less: none may wait
}

// Errors of [Queue.Enter], beside that of the context.
var (
	ErrFull   = errors.New("as much is in progress, and waiting, as may")
	ErrClosed = errors.New("closed")
)

// Queue admits work within its bounds. It is safe for concurrent use.
type Queue struct {
	bounds  Bounds
	closing chan struct{}
	once    sync.Once // closes closing

	mu      sync.Mutex
	running int
	waiting int
	groups  map[string]*group
	turns   list.List // of *group: those with work that waits for Bounds.Running alone, the next one first
}

// group is a group with work in progress or waiting.
type group struct {
	name    string
	running int
	waiting list.List     // of chan struct{}, closed when the work may begin
	turn    *list.Element // in turns; nil: nothing waits, or as much is in progress as may be
}

// New returns a queue with those bounds.
func New(b Bounds) *Queue {
	return &Queue{bounds: b, closing: make(chan struct{}), groups: make(map[string]*group)}
}

// Enter waits until work of that group may begin; if it returns nil, Leave must follow.
// The error is [ErrFull] at once, or that of ctx or [ErrClosed] if it ended the waiting.
func (q *Queue) Enter(ctx context.Context, name string) error {
	q.mu.Lock()
	g := q.groups[name]
	if g == nil {
		g = &group{name: name}
		q.groups[name] = g
	}
	if !q.full() && !q.fullFor(g) {
		q.begin(g)
		q.mu.Unlock()
		return nil
	}
	if q.waiting >= q.bounds.Waiting {
		q.forget(g)
		q.mu.Unlock()
		return ErrFull
	}
	ready := make(chan struct{})
	place := g.waiting.PushBack(ready)
	q.waiting++
	q.takeTurn(g)
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
	g.waiting.Remove(place)
	q.waiting--
	q.takeTurn(g)
	q.forget(g)
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrClosed
}

// Leave ends work of that group, and lets the next begin.
func (q *Queue) Leave(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	g := q.groups[name]
	q.running--
	g.running--
	q.takeTurn(g)
	for !q.full() && q.turns.Len() > 0 {
		next, _ := q.turns.Front().Value.(*group)                             // it is one
		ready, _ := next.waiting.Remove(next.waiting.Front()).(chan struct{}) // likewise
		q.waiting--
		q.begin(next)
		q.turns.MoveToBack(next.turn)
		q.takeTurn(next)
		close(ready)
	}
	q.forget(g)
}

// Close ends the waiting. It may be called again.
func (q *Queue) Close() { q.once.Do(func() { close(q.closing) }) }

// Counts returns how much is in progress, in all and of that group, and how much waits.
func (q *Queue) Counts(name string) (running, ofGroup, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if g := q.groups[name]; g != nil {
		ofGroup = g.running
	}
	return q.running, ofGroup, q.waiting
}

// q.mu must be held for what follows.

func (q *Queue) full() bool { return q.bounds.Running > 0 && q.running >= q.bounds.Running }

func (q *Queue) fullFor(g *group) bool {
	return q.bounds.PerGroup > 0 && g.running >= q.bounds.PerGroup
}

func (q *Queue) begin(g *group) {
	q.running++
	g.running++
}

// takeTurn puts g into turns, or removes it, as its work requires.
func (q *Queue) takeTurn(g *group) {
	switch wants := g.waiting.Len() > 0 && !q.fullFor(g); {
	case wants && g.turn == nil:
		g.turn = q.turns.PushBack(g)
	case !wants && g.turn != nil:
		q.turns.Remove(g.turn)
		g.turn = nil
	}
}

// forget drops a group without work.
func (q *Queue) forget(g *group) {
	if g.running == 0 && g.waiting.Len() == 0 {
		delete(q.groups, g.name)
	}
}
