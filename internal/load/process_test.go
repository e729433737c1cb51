package load_test

import (
	"os"
	goruntime "runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// held is what the process holds that must be given back.
type held struct{ goroutines, descriptors int }

func holds() held {
	h := held{goroutines: goruntime.NumGoroutine()}
	// Reading the folder opens a descriptor, each time.
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.descriptors = len(entries)
	}
	return h
}

// nothingLeft waits until the process holds no more than before, for which goroutines that
// are just ending need a moment.
func nothingLeft(t *testing.T, before held) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range 10_000 {
		if now := holds(); now.goroutines <= before.goroutines && now.descriptors <= before.descriptors {
			return
		}
		<-look.C
	}
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	t.Fatalf("the process holds %+v, and held %+v\n%s", holds(), before, &stacks)
}

// heap returns the live heap and the stacks in bytes.
func heap() int64 {
	for range 3 { // cleanups of one round free what the next collects
		goruntime.GC()
	}
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
