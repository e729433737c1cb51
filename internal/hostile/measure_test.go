//go:build linux

package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

// measurement is of this process and its children, which are the workers.
type measurement struct {
	deadline time.Time
	before   int64 // bytes of memory in RAM
	stop     chan struct{}
	done     sync.WaitGroup

	atDeadline schedule
	workers    int64 // the most memory of a worker
}

// measure begins a measurement of something that should end within limit.
func measure(limit time.Duration) (*measurement, error) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil { // resets VmHWM
		return nil, err
	}
	before, err := memory("self", "VmHWM")
	if err != nil {
		return nil, err
	}
	m := &measurement{deadline: time.Now().Add(limit), before: before, stop: make(chan struct{})}
	m.done.Go(func() {
		deadline, tick := time.After(limit), time.NewTicker(5*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-deadline:
				m.atDeadline = scheduled()
			case <-tick.C:
				for _, pid := range children() {
					if n, err := memory(pid, "RssAnon"); err == nil { // or it has ended
						m.workers = max(m.workers, n)
					}
				}
			}
		}
	})
	return m, nil
}

// late ends the measurement, and returns how long after the deadline that is. Time in which
// other processes kept these from running does not count.
func (m *measurement) late() time.Duration {
	wall := time.Since(m.deadline)
	close(m.stop)
	m.done.Wait()
	if wall <= 0 {
		return wall
	}
	now := scheduled()
	ran, waited := now.ran-m.atDeadline.ran, now.waited-m.atDeadline.waited
	return max(min(wall, ran), wall-max(waited, 0))
}

// grew returns how much memory this process, or a worker, took at its peak.
func (m *measurement) grew() (int64, error) {
	peak, err := memory("self", "VmHWM")
	return max(peak-m.before, m.workers), err
}

// memory returns a field of the status of a process that is a number of kilobytes.
func memory(pid, field string) (int64, error) {
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), field+":")
	text, _, _ := strings.Cut(rest, "kB")
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return kilobytes << 10, err
}

// children returns the processes that this one has started and that have not ended.
func children() []string {
	var all []string
	lists, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is valid
	for _, list := range lists {
		text, _ := os.ReadFile(list) // or the thread has ended
		all = append(all, strings.Fields(string(text))...)
	}
	return all
}

// schedule is how long threads ran, and how long they were able to but waited for a processor.
type schedule struct{ ran, waited time.Duration }

// scheduled returns the schedule of this process and its children.
func scheduled() (all schedule) {
	for _, pid := range append(children(), "self") {
		threads, _ := filepath.Glob(filepath.Join("/proc", pid, "task", "*", "schedstat")) // the pattern is valid
		for _, name := range threads {
			text, _ := os.ReadFile(name) // or the thread has ended
			var ran, waited int64
			if _, err := fmt.Sscan(string(text), &ran, &waited); err == nil {
				all.ran += time.Duration(ran)
				all.waited += time.Duration(waited)
			}
		}
	}
	return all
}
