package jsvm

import (
	"context"
	"sync/atomic"
	"time"
)

// Watch interrupts the scripts of one engine when their contexts end. The zero value is
// ready to use.
//
// Nearly every script ends long before its context, and a callback on the context would
// cost a good part of a new VM. So a script is first only added to a list. A timer, which
// runs while there are scripts in the list, scans it periodically and registers the callback
// for scripts that it sees a second time.
//
// There is no lock: among many scripts that begin and end at the same time, each would soon
// wait for all others.
type Watch struct {
	fresh   atomic.Pointer[watched] // the list of those that began since the last scan
	ticking atomic.Bool             // a scan is due or in progress
	seen    []*watched              // by the last scan; of the scan alone
}

// watched is a script in a Watch.
type watched struct {
	next  *watched // in the list
	m     *Machine
	state atomic.Int32
	stop  func() bool // unregisters the callback; set before the state becomes registered
}

// The states of a script.
const (
	running int32 = iota
	registering
	registered
	ended
)

// patience is the time between two scans: the callback is registered after one or two of
// them.
const patience = 5 * time.Millisecond

// add starts watching m, which is interrupted when its context ends, until end is called.
func (w *Watch) add(m *Machine) *watched {
	s := &watched{m: m, next: w.fresh.Load()}
	for !w.fresh.CompareAndSwap(s.next, s) {
		s.next = w.fresh.Load()
	}
	w.tick()
	return s
}

// tick makes a scan due unless one is.
func (w *Watch) tick() {
	if !w.ticking.Load() && w.ticking.CompareAndSwap(false, true) {
		time.AfterFunc(patience, w.scan)
	}
}

// end ends the watching. The script stays in the list until the next scan, without what it
// holds.
func (s *watched) end() {
	switch s.state.Swap(ended) {
	case running:
		s.m = nil
	case registered:
		s.stop()
	}
}

// scan registers callbacks for the scripts that the last scan saw, and sees the others.
func (w *Watch) scan() {
	for _, s := range w.seen {
		s.register()
	}
	clear(w.seen)
	w.seen = w.seen[:0]
	for s := w.fresh.Swap(nil); s != nil; {
		next := s.next
		s.next = nil // one that takes long does not keep the others
		if s.state.Load() == running {
			w.seen = append(w.seen, s)
		}
		s = next
	}
	if len(w.seen) > 0 {
		time.AfterFunc(patience, w.scan)
		return
	}
	w.ticking.Store(false)
	if w.fresh.Load() != nil { // one that began in between may have found a scan in progress
		w.tick()
	}
}

// register registers the callback of a script that has not ended.
func (s *watched) register() {
	if !s.state.CompareAndSwap(running, registering) {
		return
	}
	vm, ctx := s.m.vm, s.m.ctx
	s.stop = context.AfterFunc(ctx, func() { vm.Interrupt(ctx.Err()) })
	if !s.state.CompareAndSwap(registering, registered) { // it ended in between
		s.stop()
	}
}
