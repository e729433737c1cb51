package jsvm

import (
	"context"
	"sync"
	"time"
)

// Watch stops the scripts of one engine when their contexts end. Its zero value
// works.
//
// Nearly every script ends before anyone could want to stop it, and a callback
// on its context would cost it a good part of a fresh VM. So a script is first
// only put on a list. One timer, set while the list is not empty, looks at it now
// and then, and registers the callback for those that it sees twice.
type Watch struct {
	mu    sync.Mutex
	young *Machine // doubly linked
	timer *time.Timer
	set   bool // the timer
}

// patience is the time between two looks: a script is watched in earnest after
// one to two of them.
const patience = 5 * time.Millisecond

// add begins to watch m, which ends with ctx.
func (w *Watch) add(ctx context.Context, m *Machine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m.ctx, m.young = ctx, true
	if m.next = w.young; m.next != nil {
		m.next.prev = m
	}
	w.young = m
	if !w.set {
		w.setTimer()
	}
}

func (w *Watch) setTimer() {
	w.set = true
	if w.timer == nil {
		w.timer = time.AfterFunc(patience, w.look)
	} else {
		w.timer.Reset(patience)
	}
}

// remove ends the watch of m.
func (w *Watch) remove(m *Machine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlink(m)
	if m.stop != nil {
		m.stop()
	}
}

func (w *Watch) unlink(m *Machine) {
	if !m.young {
		return
	}
	if m.young = false; m.prev != nil {
		m.prev.next = m.next
	} else {
		w.young = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	}
	m.prev, m.next = nil, nil
}

// look watches in earnest the scripts that were here at the last look.
func (w *Watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for m := w.young; m != nil; {
		next := m.next
		if m.seen {
			w.unlink(m)
			vm, ctx := m.vm, m.ctx
			m.stop = context.AfterFunc(ctx, func() { vm.Interrupt(ctx.Err()) })
		}
		m.seen = true
		m = next
	}
	w.set = false
	if w.young != nil {
		w.setTimer()
	}
}
