package jsvm

import (
	"context"
	"sync"
	"time"
)

// Watch interrupts the scripts of one engine when their contexts end. The zero value is
// ready to use.
//
// Nearly every script ends long before its context, and a callback on the context would
// cost a good part of a new VM. So a script is first only added to a list. A timer, which
// runs while the list is not empty, scans it periodically and registers the callback for
// scripts that it sees a second time.
type Watch struct {
	mu    sync.Mutex
	young *Machine // doubly linked
	timer *time.Timer
	set   bool // the timer
}

// patience is the time between two scans: the callback is registered after one or two of
// them.
const patience = 5 * time.Millisecond

// add starts watching m, which is interrupted when ctx ends.
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

// remove stops watching m.
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

// look registers callbacks for the scripts that were on the list at the last scan.
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
