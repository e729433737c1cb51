//go:build linux

package hostile

import (
	"os"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// measurement is of this process and its children, which are the workers.
type measurement struct {
	deadline time.Time
	before   int64 // bytes of memory in RAM
	inUse    int64 // of these, the bytes that debug.SetMemoryLimit counts
	stop     chan struct{}
	done     sync.WaitGroup

	workers    int64         // the most memory of a worker
	atDeadline time.Duration // of CPU time
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
	m := &measurement{deadline: time.Now().Add(limit), before: before, inUse: int64(stats.Sys - stats.HeapReleased), stop: make(chan struct{})}
	m.done.Go(func() {
		deadline, tick := time.After(limit), time.NewTicker(10*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-m.stop:
				return
			case <-deadline:
				m.atDeadline = cpuTime()
			case <-tick.C:
				for _, pid := range children() {
					if n, err := memory(strconv.Itoa(pid), "RssAnon"); err == nil { // or it has ended
						m.workers = max(m.workers, n)
					}
				}
			}
		}
	})
	return m, nil
}

// forgiven is for how long, after a deadline, other processes may keep these from running.
const forgiven = time.Second

// late ends the measurement, and returns how long after the deadline that is. Time in which
// neither this process nor a worker ran does not count, up to what is forgiven: the machine
// may be busy.
func (m *measurement) late() time.Duration {
	wall := time.Since(m.deadline)
	close(m.stop)
	m.done.Wait()
	if wall <= 0 {
		return wall
	}
	return min(wall, max(cpuTime()-m.atDeadline, wall-forgiven))
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
func children() []int {
	var all []int
	threads, _ := os.ReadDir("/proc/self/task") // it is there
	for _, thread := range threads {
		text, _ := os.ReadFile(filepath.Join("/proc/self/task", thread.Name(), "children")) // or the thread has ended
		for _, field := range strings.Fields(string(text)) {
			pid, _ := strconv.Atoi(field) // the kernel wrote it
			all = append(all, pid)
		}
	}
	return all
}

// cpuTime returns the CPU time of this process and of its children, those that have ended
// included. It does not look into /proc, where the system would have to look for the names
// that were read when the threads of a worker end.
func cpuTime() (total time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var usage unix.Rusage
		_ = unix.Getrusage(who, &usage) // fails for others only
		total += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	for _, pid := range children() {
		const ofProcess = 2 // see clock_getcpuclockid(3)
		var spent unix.Timespec
		if unix.ClockGettime(int32(^pid<<3|ofProcess), &spent) == nil { // or it has ended
			total += time.Duration(spent.Nano())
		}
	}
	return total
}
