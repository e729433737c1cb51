package ring_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/internal/ring"
)

// eater is a process whose memory grows each time that it is looked at, up to most.
type eater struct {
	silent

	memory, step, most int64
	killed             bool
}

func (e *eater) Private() int64 {
	memory := e.memory
	e.memory = min(e.memory+e.step, e.most)
	return memory
}

func (e *eater) Kill() { e.killed = true }

// A job may have as much memory as its limit. One that takes much at once is killed before, since it
// takes more until it is looked at again.
func TestMemoryBeforeTheLimit(t *testing.T) {
	t.Parallel()
	const mega, limit = 1 << 20, 64 << 20
	for _, tt := range []struct {
		name         string
		step, most   int64
		killed       bool
		killedBefore int64
	}{
		{"slowly, nearly to the limit", mega / 4, limit - mega, false, 0},
		{"fast, to what is far from the limit", 16 * mega, limit - 9*mega, false, 0},
		{"slowly beyond the limit", mega / 4, limit + mega, true, limit + mega},
		{"fast", 8 * mega, limit, true, limit},
		{"all at once", limit - mega, limit - mega, true, limit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := &eater{step: tt.step * ring.RaceFactor, most: tt.most * ring.RaceFactor}
				pool := ring.New(ring.Config{Start: func() (ring.Process, error) { return e, nil }, Workers: 1, Uses: 1, Idle: time.Hour})
				defer pool.Close()
				w, err := pool.Get(t.Context(), func(*ring.Worker) bool { return true })
				if err != nil {
					t.Fatal(err)
				}
				w.Begin(t.Context(), ring.Limits{Memory: limit, Grace: time.Second})
				<-time.After(5 * time.Second) // of the bubble: it is looked at thousands of times
				synctest.Wait()
				killed, memory := e.killed, e.memory
				w.Put()
				if killed != tt.killed {
					t.Errorf("killed: %v, with %d MiB", killed, memory>>20)
				}
				if killed && memory > (tt.killedBefore+tt.step)*ring.RaceFactor {
					t.Errorf("killed with %d MiB", memory>>20)
				}
			})
		})
	}
}
