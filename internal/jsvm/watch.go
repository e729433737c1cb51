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
	young *run // doubly linked
	timer *time.Timer
	set   bool // the timer
}

// patience is the time between two looks: a script is watched in earnest after
// one to two of them.
const patience = 5 * time.Millisecond

// add begins to watch r, which ends with ctx.
func (w *Watch) add(ctx context.Context, r *run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.ctx, r.young = ctx, true
	if r.next = w.young; r.next != nil {
		r.next.prev = r
	}
	w.young = r
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

// remove ends the watch of r.
func (w *Watch) remove(r *run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlink(r)
	if r.stop != nil {
		r.stop()
	}
}

func (w *Watch) unlink(r *run) {
	if !r.young {
		return
	}
	if r.young = false; r.prev != nil {
		r.prev.next = r.next
	} else {
		w.young = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	}
	r.prev, r.next = nil, nil
}

// look watches in earnest the scripts that were here at the last look.
func (w *Watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := w.young; r != nil; {
		next := r.next
		if r.seen {
			w.unlink(r)
			vm, ctx := r.vm, r.ctx
			r.stop = context.AfterFunc(ctx, func() { vm.Interrupt(ctx.Err()) })
		}
		r.seen = true
		r = next
	}
	w.set = false
	if w.young != nil {
		w.setTimer()
	}
}
