//go:build linux

package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
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
	inUse    int64 // of these, the bytes that debug.SetMemoryLimit counts
	stop     chan struct{}
	done     sync.WaitGroup

	workers    int64 // the most memory of a worker
	schedules  map[string]schedule
	atDeadline schedule
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
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	m := &measurement{deadline: time.Now().Add(limit), before: before, inUse: int64(stats.Sys - stats.HeapReleased), stop: make(chan struct{}), schedules: make(map[string]schedule)}
	m.done.Go(func() {
		deadline, tick := time.After(limit), time.NewTicker(10*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-deadline:
				m.atDeadline = m.scheduled()
			case <-tick.C:
				if time.Now().After(m.deadline) {
					m.scheduled() // a worker may end
				}
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
	now := m.scheduled()
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

// scheduled returns the schedule of this process and its children. Of one that has ended it is
// the last that was seen.
func (m *measurement) scheduled() (all schedule) {
	for _, pid := range append(children(), "self") {
		if now := scheduleOf(pid); now.ran >= m.schedules[pid].ran {
			m.schedules[pid] = now
		}
	}
	for _, s := range m.schedules {
		all.ran += s.ran
		all.waited += s.waited
	}
	return all
}

func scheduleOf(pid string) (s schedule) {
	threads, _ := filepath.Glob(filepath.Join("/proc", pid, "task", "*", "schedstat")) // the pattern is valid
	for _, name := range threads {
		text, _ := os.ReadFile(name) // or the thread has ended
		var ran, waited int64
		if _, err := fmt.Sscan(string(text), &ran, &waited); err == nil {
			s.ran += time.Duration(ran)
			s.waited += time.Duration(waited)
		}
	}
	return s
}
