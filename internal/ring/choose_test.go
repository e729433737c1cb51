package ring_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/internal/ring"
)

// silent is a process that does nothing.
type silent struct{}

func (silent) Read([]byte) (int, error)    { return 0, io.EOF }
func (silent) Write(p []byte) (int, error) { return len(p), nil }
func (silent) Close() error                { return nil }
func (silent) Private() int64              { return 0 }
func (silent) CPU() time.Duration          { return 0 }
func (silent) Lower()                      {}
func (silent) Limit(int64)                 {}
func (silent) Interrupt()                  {}
func (silent) Kill()                       {}
func (silent) Wait() string                { return "" }

func (silent) Protection() ring.Protection { return ring.Protection{} }

// A worker that has done a job well is kept for its like while other jobs end their workers.
func TestUsedWorkersAreKeptFromStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started, hold := 0, make(chan struct{})
		close(hold)
		pool := ring.New(ring.Config{
			Start: func() (ring.Process, error) {
				<-hold
				started++
				return silent{}, nil
			},
			Workers: 4, Uses: 1000, Idle: time.Minute,
		})
		defer pool.Close()
		get := func(state string) *ring.Worker {
			w, err := pool.Get(t.Context(), func(w *ring.Worker) bool { return w.State == state })
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		good, lost := get(""), get("")
		good.State = "good"
		good.Put()
		lost.Discard(errors.New("killed"))

		stranger := get("none of these")
		if stranger == good {
			t.Error("a job got the worker of another")
		}
		if get("good") != good {
			t.Error("a job did not get its own worker")
		}

		hold = make(chan struct{}) // a stranger waits while a worker is put back
		arrived := make(chan *ring.Worker, 1)
		go func() { arrived <- get("none of these") }()
		synctest.Wait()
		good.Put()
		if again := get("good"); again != good || len(arrived) != 0 {
			t.Errorf("a waiting job got the worker of another: %v", again != good)
		}
		close(hold)
		other := <-arrived
		if started != 4 {
			t.Errorf("%d workers were started, want 4", started)
		}

		for _, w := range []*ring.Worker{good, stranger, other} {
			w.Put()
		}
		time.Sleep(time.Minute / 2) //nolint:forbidigo // fake time, in which no job ends its worker
		for range 3 {
			get("none of these")
		}
		if started != 4 {
			t.Errorf("%d workers were started although some had nothing to do", started)
		}
	})
}

// lingering is a process that takes its time to end.
type lingering struct {
	silent

	killed, ended chan struct{}
}

func (l lingering) Kill() {
	select {
	case <-l.killed:
	default:
		close(l.killed)
	}
}

func (l lingering) Read([]byte) (int, error) { <-l.killed; return 0, io.EOF }
func (l lingering) Wait() string             { <-l.ended; return "" }

// A job does not wait for the end of its worker that was killed, but the next one does if there is no
// room for another process.
func TestKilledWorkerKeepsItsPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		pool := ring.New(ring.Config{
			Start:   func() (ring.Process, error) { return lingering{killed: make(chan struct{}), ended: ended}, nil },
			Workers: 1, Uses: 1, Idle: time.Minute,
		})
		defer pool.Close()
		get := func() *ring.Worker {
			w, err := pool.Get(t.Context(), func(*ring.Worker) bool { return true })
			if err != nil {
				t.Error(err)
			}
			return w
		}
		w := get()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.Begin(ctx, ring.Limits{Memory: 1 << 20, Grace: time.Second})
		_, err := w.Receive(1)
		if d := w.Discard(err); d.Reason != ring.Late { // which returns
			t.Errorf("it died %+v", d)
		}
		next := make(chan *ring.Worker)
		go func() { next <- get() }()
		synctest.Wait()
		select {
		case <-next:
			t.Error("two processes, and room for one")
		default:
		}
		close(ended)
		(<-next).Put()
	})
}
