package ring

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stderrBytes is how many bytes a worker can write to stderr.
const stderrBytes = 64 << 10

// child is a worker process, seen from its parent.
type child struct {
	pipes // the connection

	name    string
	process *os.Process
	stderr  *os.File // in memory
	statm   *os.File // its memory
	data    int64    // what it had reserved when it was idle
	killed  atomic.Bool

	protection Protection
}

// spawn starts a worker and waits until it is ready. onThread calls a function on a thread
// that does not end before the worker.
func spawn(machineCode bool, onThread func(func())) (Process, error) {
	ours, in, out, err := newPipes()
	if err != nil {
		return nil, fmt.Errorf("make a connection to a worker: %w", err)
	}
	c := &child{name: plainWorker, pipes: ours}
	if machineCode {
		c.name = codeWorker
	}
	onThread(func() { err = c.exec(in, out) })
	_, _ = in.Close(), out.Close() // the worker has its own, and when it ends, those are the last ones
	if err != nil {
		_ = c.Close() // it was not used
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	if err := c.handshake(); err != nil {
		c.Kill()
		stderr := c.Wait()
		_ = c.Close() // as above
		if stderr != "" {
			stderr = ": " + stderr
		}
		return nil, fmt.Errorf("start a worker: it does not answer: %w%s", err, stderr)
	}
	return c, nil
}

// exec starts the process.
func (c *child) exec(in, out *os.File) error {
	fd, err := unix.MemfdCreate("worker", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return err
	}
	c.stderr = os.NewFile(uintptr(fd), "stderr")
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err == nil {
		defer null.Close() //nolint:errcheck // the worker has its own
		err = c.stderr.Truncate(stderrBytes)
	}
	if err == nil {
		_, err = unix.FcntlInt(c.stderr.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_GROW|unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL)
	}
	if err == nil {
		err = c.fork([]*os.File{null, null, c.stderr, in, out})
	}
	if err == nil {
		c.statm, err = os.Open("/proc/" + strconv.Itoa(c.process.Pid) + "/statm")
	}
	if err != nil && c.process != nil {
		c.Kill()
		_, _ = c.process.Wait()
	}
	if err != nil {
		_ = c.stderr.Close() // it was not used
	}
	return err
}

// noNamespaces says that the system refuses them, as containers do.
var noNamespaces atomic.Bool //nolint:gochecknoglobals // of the machine

func (c *child) fork(files []*os.File) (err error) {
	sys := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	start := func() (*os.Process, error) {
		return os.StartProcess("/proc/self/exe", []string{c.name}, &os.ProcAttr{Dir: "/", Env: []string{}, Files: files, Sys: sys})
	}
	if !noNamespaces.Load() {
		addNamespaces(sys)
		defer dumpable()()
		if c.process, err = start(); err == nil {
			c.protection.Namespaces = []string{"user", "net", "ipc", "uts"}
			return nil
		}
		sys = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	}
	if c.process, err = start(); err == nil {
		noNamespaces.Store(true)
	}
	return err
}

// forking guards what dumpable changes.
var forking sync.Mutex //nolint:gochecknoglobals // of this process

// dumpable makes this process one whose memory others of its user may read, if it is not, until
// the returned function is called. Otherwise only root could write the user of a namespace: until
// the worker has become a program, it counts as this process.
func dumpable() (restore func()) {
	forking.Lock()
	was, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil || was != 0 || unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) != nil {
		return forking.Unlock
	}
	return func() {
		_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // as it was before
		forking.Unlock()
	}
}

// addNamespaces gives a process separate namespaces, in which it is a user without any
// rights and has no network.
func addNamespaces(sys *syscall.SysProcAttr) {
	const nobody = 65534
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = nobody, nobody
		sys.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		sys.GidMappingsEnableSetgroups = true // to have none
	}
	sys.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: uid, Size: 1}}
	sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: gid, Size: 1}}
}

// handshakeTime is how long a worker may take to start.
const handshakeTime = 20 * time.Second

// handshake lets the worker begin, which its parent can look into only before, and waits for its
// first frame.
func (c *child) handshake() error {
	const most = 1000
	conn := NewConn(until{c.pipes, time.Now().Add(handshakeTime)})
	if err := conn.Send(func(b []byte) ([]byte, error) { return b, nil }); err != nil {
		return err
	}
	frame, err := conn.Receive(most)
	if err != nil {
		return err
	}
	protection, ok := strings.CutPrefix(string(frame), hello)
	if ok {
		ok = c.protection.parse(protection)
	}
	if !ok {
		return fmt.Errorf("it says %q", frame)
	}
	c.data = pagesOf(c.statm)[5] * pageSize
	return nil
}

var pageSize = int64(os.Getpagesize()) //nolint:gochecknoglobals // of the machine

func (c *child) Private() int64 { return private(c.statm) }

// private returns the private memory of a process.
func private(statm *os.File) int64 {
	pages := pagesOf(statm)
	return (pages[1] - pages[2]) * pageSize // resident, less what is shared
}

// pagesOf returns what the file statm of a process tells, proc_pid_statm(5): zeros if it has ended.
func pagesOf(statm *os.File) (pages [7]int64) {
	var buffer [128]byte
	n, _ := statm.ReadAt(buffer[:], 0) // nothing at its end
	fields := strings.Fields(string(buffer[:n]))
	for i := range min(len(fields), len(pages)) {
		pages[i], _ = strconv.ParseInt(fields[i], 10, 64) // the kernel wrote it
	}
	return pages
}

func (c *child) CPU() time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED: of all threads of a process, see clock_getcpuclockid(3)
	var t unix.Timespec
	if unix.ClockGettime(int32(^c.process.Pid<<3|scheduled), &t) != nil { //nolint:gosec // as the kernel wants it
		return 0
	}
	return time.Duration(t.Nano())
}

// lower is how much the nice value of a worker that gives way is above that of its parent. Beside one that does
// not, it has a tenth of a processor: enough to end when it is interrupted.
const lower = 10

func (c *child) Lower() {
	own, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return // never
	}
	nice := 20 - own + lower                                  // the kernel returns 20 less the nice value
	_ = unix.Setpriority(unix.PRIO_PGRP, c.process.Pid, nice) // of all its threads; it may have ended
}

// arenas is what Go's runtime may reserve beyond what it uses: it does so by 64 MiB. What
// is used is bounded by the watch of the pool; this bounds one that reserves much at once.
const arenas = 256 << 20

func (c *child) Limit(memory int64) {
	bound := uint64(c.data + memory + arenas) //nolint:gosec // not negative
	_ = unix.Prlimit(c.process.Pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: bound, Max: unix.RLIM_INFINITY}, nil)
}

func (c *child) Protection() Protection { return c.protection }

func (c *child) Interrupt() { _ = c.process.Signal(unix.SIGTERM) }

// errKilled is the error of a connection whose process was killed.
var errKilled = errors.New("the worker was killed")

// Read fails once the process was killed, and does not wait for its end, for which that needs a processor: beside
// many others it takes longer than a job may after its deadline.
func (c *child) Read(b []byte) (int, error) {
	n, err := c.pipes.Read(b)
	if c.killed.Load() {
		return 0, errKilled
	}
	return n, err
}

// Write fails once the process was killed, as Read does: one that does not read leaves the pipe full.
func (c *child) Write(b []byte) (int, error) {
	const look = 10 // milliseconds until it is known that the process was killed
	written := 0
	for written < len(b) {
		if c.killed.Load() {
			return written, errKilled
		}
		n, err := c.pipes.Write(b[written:])
		written += n
		if errors.Is(err, unix.EAGAIN) {
			_, err = unix.Poll([]unix.PollFd{{Fd: int32(c.out), Events: unix.POLLOUT}}, look) //nolint:gosec // a descriptor is small
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return written, err
		}
	}
	return written, nil
}

func (c *child) Kill() {
	if !c.killed.Swap(true) {
		defer c.wake()
	}
	_ = unix.Kill(-c.process.Pid, unix.SIGKILL) // its group; it is not reaped before wait
	_ = c.process.Kill()
}

func (c *child) Wait() string {
	_, _ = c.process.Wait() // how it ended is in what it wrote
	text := make([]byte, stderrBytes)
	n, _ := c.stderr.ReadAt(text, 0) // its size is fixed
	_ = c.stderr.Close()
	if c.statm != nil {
		_ = c.statm.Close()
	}
	text, _, _ = bytes.Cut(text[:n], []byte{0})
	return firstLines(string(text))
}

// firstLines returns the first lines of what a program wrote that crashed.
func firstLines(text string) string {
	const most = 3
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && len(lines) < most {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
