package ring_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/ring"
)

// A job ends when its worker is killed, not when the system has removed the worker, whether the job waits for what
// the worker sends or for the worker to read.
func TestKilledWorkerIsNotWaitedFor(t *testing.T) { //nolint:paralleltest // it holds the pipes of this process
	for name, command := range map[string]string{"read": "spin", "write": "spin " + strings.Repeat("x", 1<<20)} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // as above
			w, err := newPool(t, ring.Config{}).Get(t.Context(), func(*ring.Worker) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			if name == "write" { // the next frame is not read any more
				if err := send(w.Conn, []byte("spin")); err != nil {
					t.Fatal(err)
				}
			}
			defer holdPipes(t)()
			endsLate(t, w, command)
		})
	}
}

// endsLate gives a worker a job of 20 milliseconds, and checks that it ends for its deadline, or because the worker
// has closed the connection.
func endsLate(t *testing.T, w *ring.Worker, command string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	w.Begin(ctx, small)
	ended := make(chan error, 1)
	go func() {
		_, err := ask(w, command)
		for err == nil {
			_, err = w.Receive(64 << 20)
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		closed := strings.HasPrefix(command, "close") // which a filter of system calls may refuse
		if d := w.Discard(err); d.Reason != ring.Late && (d.Reason != ring.Exited || !closed) {
			t.Errorf("it died %+v, %v", d, err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the job does not end")
	}
}

// A worker that was taken over cannot keep its job from ending.
func TestWorkersThatDoNotEnd(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"flood", "half", "close input", "close output"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			w, err := newPool(t, ring.Config{}).Get(t.Context(), func(*ring.Worker) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			endsLate(t, w, command)
		})
	}
}

// holdPipes opens the other end of each pipe of this process, as a worker that has not ended has it.
func holdPipes(t *testing.T) (release func()) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var held []*os.File
	for _, e := range entries {
		path := "/proc/self/fd/" + e.Name()
		if to, err := os.Readlink(path); err != nil || !strings.HasPrefix(to, "pipe:") {
			continue
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, f)
	}
	return func() {
		for _, f := range held {
			_ = f.Close() // nothing was written
		}
	}
}
