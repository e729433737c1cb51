package ring

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"
)

// patience is the time between two looks at the jobs. It bounds how much memory a job can
// take beyond its limit, and how late it is killed.
const patience = 2 * time.Millisecond

// margin is how far below its limit a job is killed, at most, if its memory grows as fast: it goes on until it is
// looked at again.
const margin = 8 << 20

// heavy is the CPU time after which a job gives way to others, if others compute and together they
// need more than half of the processors. Nearly every job ends before. The worker of one that gave way is not
// used again, and its replacement takes about as much.
const heavy = 10 * time.Millisecond

// watch looks at all jobs that compute, and kills the workers of those that exceed their
// limits. Nearly every job ends before it is looked at.
type watch struct {
	running atomic.Bool // the timer is set

	mu    sync.Mutex
	jobs  map[*job]struct{} // nil: none yet
	timer *time.Timer
}

// job is the use of a worker.
type job struct {
	worker   *Worker
	ctx      context.Context
	computes atomic.Bool // and does not wait for an answer

	// Guarded by the mutex of watch.
	interrupted bool
	lowered     bool
	due         time.Time // when it is killed; zero: it may go on
	memory      int64     // that was seen last
	largest     int64     // memory that was seen
	reason      Reason    // why it was killed
}

func (w *watch) add(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs == nil {
		w.jobs = make(map[*job]struct{})
	}
	w.jobs[j] = struct{}{}
	w.set()
}

// remove reports whether the job has left its worker unfit for another one: it was interrupted, or has given way.
func (w *watch) remove(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.jobs, j)
	return j.interrupted || j.lowered
}

// wake makes sure that a job which computes again is looked at.
func (w *watch) wake() {
	if w.running.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set()
}

// set sets the timer. The caller holds mu.
func (w *watch) set() {
	if w.running.Load() {
		return
	}
	w.running.Store(true)
	if w.timer == nil {
		w.timer = time.AfterFunc(patience, w.look)
	} else {
		w.timer.Reset(patience)
	}
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running.Store(false)
	computing := 0
	for j := range w.jobs {
		if j.computes.Load() {
			computing++
		}
	}
	for j := range w.jobs {
		if j.computes.Load() {
			j.look(computing > max(1, goruntime.NumCPU()/2))
		}
	}
	if computing > 0 {
		w.set()
	}
}

// look interrupts the job if its context has ended, kills it if it exceeds its limits, and lowers
// its priority if it is heavy and others may need a processor. The caller holds the mutex of watch.
func (j *job) look(busy bool) {
	if j.reason != "" {
		return
	}
	l := &j.worker.limits
	memory := j.worker.process.Private()
	growth := min(max(0, memory-j.memory), l.Memory/8, margin)
	j.memory, j.largest = memory, max(j.largest, memory)
	if memory+growth > j.worker.base+l.Memory {
		j.kill(TooLarge)
		return
	}
	if busy && !j.lowered && j.worker.CPU() > heavy {
		j.lowered = true
		j.worker.process.Lower()
	}
	now := time.Now()
	switch {
	case j.ctx.Err() == nil:
	case j.due.IsZero():
		j.due = now.Add(l.Grace)
		if !errors.Is(j.ctx.Err(), context.DeadlineExceeded) { // of which the worker knows
			j.interrupted = true
			j.worker.process.Interrupt()
		}
	case now.After(j.due):
		j.kill(Late)
	}
}

func (j *job) kill(r Reason) {
	j.reason = r
	j.worker.process.Kill()
}

// killed returns why the job was killed, if it was. It is called after the job was removed.
func (j *job) killed() Reason { return j.reason }

// killAll kills the workers of all jobs.
func (w *watch) killAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for j := range w.jobs {
		if j.reason == "" {
			j.kill(Late)
		}
	}
}
