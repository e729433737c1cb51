package ring

import (
	"context"
	"errors"
	"io"
	goruntime "runtime"
	"slices"
	"sync"
	"time"
)

// Process is the process of a worker.
type Process interface {
	io.ReadWriteCloser // its end of the connection

	// Private returns its private memory in bytes, 0 if it is not known.
	Private() int64

	// CPU returns the CPU time that it has used, 0 if it is not known.
	CPU() time.Duration

	// Limit bounds the memory that it may reserve, to about that many bytes more than it
	// has when it is idle.
	Limit(memory int64)

	// Lower lowers its priority for good: only privileged programs may raise one.
	Lower()

	// Protection returns what holds it.
	Protection() Protection

	// Interrupt asks it to end its job, and Kill ends it, and at once every Read and Write, however
	// long the process takes to end. Both may be called by several goroutines, and after its end.
	Interrupt()
	Kill()

	// Wait waits for its end, releases what it holds, and returns what it wrote to stderr.
	// It is called once.
	Wait() string
}

// Pool keeps worker processes. Its methods may be called by several goroutines at once.
type Pool struct {
	config Config
	slots  chan struct{} // one for each job

	mu       sync.Mutex
	idle     []*Worker // the one used last is the last one
	waiting  []waiter
	starting int
	closed   bool
	lost     time.Time   // when a job has ended its worker last
	stale    *time.Timer // stops idle workers
	ending   sync.WaitGroup
	watch    watch

	forking sync.Once
	closing sync.Once
	forks   chan func() // see onThread
	forked  sync.WaitGroup
}

// New returns a pool that starts its first worker with the first job.
func New(c Config) *Pool {
	return &Pool{config: c, slots: make(chan struct{}, c.Workers), forks: make(chan func())}
}

// Get returns a worker that has nothing to do, preferably one that prefer accepts. It waits
// for one until ctx ends. Its [Worker.Put] or [Worker.Discard] must follow.
func (p *Pool) Get(ctx context.Context, prefer func(*Worker) bool) (*Worker, error) {
	if p.config.Start == nil && !mainCalled.Load() {
		return nil, ErrMain
	}
	select {
	case p.slots <- struct{}{}:
	default:
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	w, err := p.get(ctx, prefer)
	if err != nil {
		<-p.slots
	}
	return w, err
}

func (p *Pool) get(ctx context.Context, prefer func(*Worker) bool) (*Worker, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	if w := p.takeIdle(prefer); w != nil {
		p.refill()
		p.mu.Unlock()
		return w, nil
	}
	ready := make(chan started, 1)
	p.waiting = append(p.waiting, waiter{prefer, ready})
	p.refill()
	p.mu.Unlock()
	select {
	case s := <-ready:
		return s.worker, s.err
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.waiting, func(w waiter) bool { return w.ready == ready }); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	} else if s := <-ready; s.err == nil {
		p.keep(s.worker)
	}
	return nil, ctx.Err()
}

func (p *Pool) startOne() {
	var process Process
	var err error
	if p.config.Start != nil {
		process, err = p.config.Start()
	} else {
		process, err = spawn(p.config.MachineCode, p.onThread)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	var w *Worker
	if err == nil {
		w = &Worker{Conn: NewConn(process), pool: p, process: process, base: process.Private()}
	}
	switch {
	case p.closed:
		if w != nil {
			p.stop(w)
		}
	case err == nil:
		p.keep(w)
	case len(p.waiting) > 0:
		p.answer(0, started{err: err})
	}
	p.refill()
}

// onThread calls f on a thread that lasts as long as the pool: the system ends a process
// with the thread that started it.
func (p *Pool) onThread(f func()) {
	p.forking.Do(func() {
		p.forked.Go(func() {
			goruntime.LockOSThread()
			defer goruntime.UnlockOSThread()
			for f := range p.forks {
				f()
			}
		})
	})
	done := make(chan struct{})
	p.forks <- func() { defer close(done); f() }
	<-done
}

// keep adds a worker that has nothing to do. The caller holds mu.
func (p *Pool) keep(w *Worker) {
	if p.closed {
		p.stop(w)
		return
	}
	if i := p.waiterFor(w); i >= 0 {
		p.answer(i, started{worker: w})
		return
	}
	w.since = time.Now()
	p.idle = append(p.idle, w)
	if p.stale == nil && len(p.idle) > p.config.Spare {
		p.stale = time.AfterFunc(p.config.Idle, p.stopStale)
	}
}

// stopStale stops workers that have been idle for long, but the spare ones.
func (p *Pool) stopStale() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stale = nil
	if p.closed {
		return
	}
	for len(p.idle) > p.config.Spare && time.Since(p.idle[0].since) >= p.config.Idle {
		p.stop(p.idle[0])
		p.idle = slices.Delete(p.idle, 0, 1)
	}
	if len(p.idle) > p.config.Spare {
		p.stale = time.AfterFunc(p.config.Idle-time.Since(p.idle[0].since), p.stopStale)
	}
}

// stop kills a worker, and releases what it holds in the background. The caller holds mu.
func (p *Pool) stop(w *Worker) {
	w.process.Kill()
	_ = w.process.Close() // nothing is written any more
	p.ending.Go(func() { w.process.Wait() })
}

// Close kills the workers, jobs included, and waits until nothing of them is left. Jobs
// that get no worker any more fail with [ErrClosed].
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	for _, w := range p.idle {
		p.stop(w)
	}
	p.idle = nil
	for len(p.waiting) > 0 {
		p.answer(0, started{err: ErrClosed})
	}
	if p.stale != nil {
		p.stale.Stop()
	}
	p.mu.Unlock()
	p.watch.killAll()
	p.ending.Wait()
	p.closing.Do(func() { close(p.forks) })
	p.forked.Wait()
}

// Protection returns what holds the workers. It starts one if there is none.
func (p *Pool) Protection(ctx context.Context) (Protection, error) {
	w, err := p.Get(ctx, func(*Worker) bool { return true })
	if err != nil {
		return Protection{}, err
	}
	defer w.Put()
	return w.process.Protection(), nil
}

// Idle returns how many workers are ready.
func (p *Pool) Idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

// Worker is a worker process while a job uses it.
type Worker struct {
	*Conn

	// State is what the user of the pool knows of the worker: nil at first.
	State any

	pool    *Pool
	process Process
	base    int64 // its memory when it was idle
	uses    int
	since   time.Time     // when it was put back
	limits  Limits        // that were set last
	cpu     time.Duration // that its process had used when the job began
	job     *job          // nil: none
}

// Begin begins a job, which ends at the latest when ctx does. Until [Worker.Put] or
// [Worker.Discard], Receive fails once the pool has killed the worker.
func (w *Worker) Begin(ctx context.Context, l Limits) {
	l.Memory *= RaceFactor
	if l.Memory != w.limits.Memory {
		w.process.Limit(l.Memory)
	}
	w.limits, w.cpu = l, w.process.CPU()
	w.job = &job{worker: w, ctx: ctx, memory: w.base}
	w.job.computes.Store(true)
	w.pool.watch.add(w.job)
}

// CPU returns the CPU time that the worker has used since Begin, 0 if it is not known.
func (w *Worker) CPU() time.Duration { return max(0, w.process.CPU()-w.cpu) }

// Wait begins the time in which the worker waits for an answer of the job. Nothing limits it
// then.
func (w *Worker) Wait() { w.job.computes.Store(false) }

// Resume ends that time.
func (w *Worker) Resume() {
	w.job.computes.Store(true)
	w.pool.watch.wake()
}

// Put ends the use of a worker whose job has ended by itself.
func (w *Worker) Put() {
	p := w.pool
	unfit := w.job != nil && p.watch.remove(w.job)
	large := w.job != nil && w.job.largest > w.base+w.limits.Memory/2
	w.job = nil
	w.uses++
	p.mu.Lock()
	if unfit || large || w.Pending() || w.uses >= p.config.Uses {
		p.stop(w)
		p.refill()
	} else {
		p.keep(w)
	}
	p.mu.Unlock()
	<-p.slots
}

// Discard ends the use of a worker that may not be used again, and tells how it ended. err
// is why: an error of its Conn, or what is wrong with what it sent. It waits for the end of a worker only
// to learn how it ended by itself. Any other still takes the place of a job until it has ended.
func (w *Worker) Discard(err error) Death {
	p := w.pool
	var d Death
	d.Reason = Broken
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) {
		d.Reason = Exited
	}
	if w.job != nil {
		p.watch.remove(w.job)
		if r := w.job.killed(); r != "" {
			d.Reason = r
		}
		w.job = nil
	}
	w.process.Kill()
	_ = w.process.Close() // nothing is written any more
	p.mu.Lock()
	p.lost = time.Now()
	p.refill()
	leave := d.Reason != Exited && !p.closed
	if leave {
		p.ending.Go(func() {
			w.process.Wait()
			<-p.slots
		})
	}
	p.mu.Unlock()
	if leave {
		return d
	}
	if d.Stderr = w.process.Wait(); d.Reason == Exited {
		d.Reason = reasonOf(d.Stderr)
	}
	<-p.slots
	return d
}
