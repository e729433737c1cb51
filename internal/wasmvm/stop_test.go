package wasmvm_test

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/wasmvm"
)

// Behaviours that end only if something ends them.
const (
	doLoop  = 10
	doSleep = 21
)

func TestDeadline(t *testing.T) {
	t.Parallel()
	program := compile(t, newVM(t), "behave.wasm")
	for name, behaviour := range map[string]float64{"loop": doLoop, "sleep": doSleep} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := program.Run(ctx, do(behaviour), hostapi.DefaultLimits())
			check(t, err, "timeout: the deadline of the caller's context passed")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error("the error does not match context.DeadlineExceeded")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	program := compile(t, newVM(t), "behave.wasm")
	ctx, cancel := context.WithCancel(t.Context())
	h := &blocking{host: do(doLoop), reached: make(chan struct{})}
	go func() {
		<-h.reached
		cancel()
	}()
	_, err := program.Run(ctx, h, hostapi.DefaultLimits())
	check(t, err, "canceled: the task was cancelled")
	if !errors.Is(err, context.Canceled) {
		t.Error("the error does not match context.Canceled")
	}
}

func TestCancelledBefore(t *testing.T) {
	t.Parallel()
	vm := newVM(t)
	program := compile(t, vm, "behave.wasm")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := do(0)
	_, err := program.Run(ctx, h, hostapi.DefaultLimits())
	check(t, err, "canceled: the task was cancelled")
	_, err = vm.Compile(ctx, "x.wasm", nil, nil, nil)
	if hostapi.CodeOf(err) != hostapi.CodeCanceled {
		t.Errorf("compiled, or failed with %v", err)
	}
}

// TestHammer runs every kind of end from many goroutines over one program.
// Afterwards no goroutine may be left.
func TestHammer(t *testing.T) { // not parallel: it counts goroutines
	vm := newVM(t)
	program := compile(t, vm, "behave.wasm")
	before := goruntime.NumGoroutine()
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			for i := range 10 {
				behaviour := []float64{0, 1, 2, 12, 14, 18, 24, doLoop}[(g+i)%8]
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				if behaviour == doLoop {
					cancel()
					ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
				}
				h := do(behaviour)
				limits := hostapi.DefaultLimits()
				limits.Memory = 1 << 20
				_, err := program.Run(ctx, h, limits)
				cancel()
				if fails := behaviour == 1 || behaviour == 2 || behaviour == 14 || behaviour == doLoop; fails != (err != nil) {
					t.Errorf("behaviour %v: error %v", behaviour, err)
				}
			}
		})
	}
	wg.Wait()
	deadline := time.Now().Add(5 * time.Second)
	for goruntime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", goruntime.NumGoroutine(), before)
		}
		goruntime.Gosched()
	}
}

// release lets go of a program and waits until it has been collected.
func release(t *testing.T, p *wasmvm.Program) {
	t.Helper()
	gone := make(chan struct{})
	goruntime.AddCleanup(p, func(gone chan struct{}) { close(gone) }, gone)
	p = nil //nolint:ineffassign,wastedassign // so that nothing holds it
	for {
		goruntime.GC()
		select {
		case <-gone:
			return
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the program is still held")
		}
	}
}
