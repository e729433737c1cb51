package ring

import (
	goruntime "runtime"
	"slices"
	"time"
)

// Jobs that end their workers come from scripts that nothing is known of. For a time after each,
// the workers that were used are kept for the jobs that prefer them, and all other jobs get new
// ones: a script that always ended by itself does not wait for the start of a process because
// others lose theirs. The processor time of all starts is bounded as well then.

// wary is that time.
const wary = time.Second

// waiter is a job that waits for a worker.
type waiter struct {
	prefer func(*Worker) bool
	ready  chan started // has room for the answer
}

type started struct {
	worker *Worker
	err    error
}

// answer gives a waiter a worker or an error. The caller holds mu.
func (p *Pool) answer(i int, s started) {
	ready := p.waiting[i].ready
	p.waiting = slices.Delete(p.waiting, i, i+1)
	ready <- s
}

// reserves reports whether used workers are kept for the jobs that prefer them. The caller holds
// mu.
func (p *Pool) reserves() bool { return !p.lost.IsZero() && time.Since(p.lost) < wary }

// takeIdle returns the idle worker that was used last of those that prefer accepts. If it accepts
// none, it is one that was not used yet, or the one that was used last, or, while those are
// reserved, nil, unless there are more of them than jobs at once. The caller holds mu.
func (p *Pool) takeIdle(prefer func(*Worker) bool) *Worker {
	if len(p.idle) == 0 {
		return nil
	}
	at := len(p.idle) - 1
	if p.reserves() {
		if at = -1; len(p.idle) >= p.config.Workers {
			at = 0
		}
	}
	for i, w := range slices.Backward(p.idle) {
		if prefer(w) {
			at = i
			break
		}
		if w.uses == 0 {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	w := p.idle[at]
	p.idle = slices.Delete(p.idle, at, at+1)
	return w
}

// waiterFor returns the index of the waiter that gets a worker which has nothing to do, -1 for
// none. The caller holds mu.
func (p *Pool) waiterFor(w *Worker) int {
	if w.uses == 0 || !p.reserves() {
		return min(0, len(p.waiting)-1)
	}
	return slices.IndexFunc(p.waiting, func(waits waiter) bool { return waits.prefer(w) })
}

// refill starts as many workers as are waited for and should be spare, but not more at once than
// there are processors. The caller holds mu.
func (p *Pool) refill() {
	spare, most := len(p.idle), goruntime.NumCPU()
	if p.reserves() {
		spare, most = 0, max(1, most/2)
		for _, w := range p.idle {
			if w.uses == 0 {
				spare++
			}
		}
	}
	for p.starting < min(most, len(p.waiting)+max(0, p.config.Spare-spare)) && !p.closed {
		p.starting++
		p.ending.Go(p.startOne)
	}
}
