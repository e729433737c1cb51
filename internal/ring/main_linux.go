package ring

import (
	"os"
	"os/signal"
	goruntime "runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Names of the process, by which it knows that it is a worker, and of which kind.
const (
	plainWorker = "postern-worker"
	codeWorker  = "postern-compiler" // see Config.MachineCode
)

// hello begins the first frame of a worker. Its protection follows.
const hello = "postern-worker 1 "

// Descriptors of the connection: of the pipe that the worker reads, and of the one that it writes.
const (
	input  = 3
	output = 4
)

// Main serves jobs if this process was started as a worker, and ends it. Otherwise it
// returns at once. prepare does what is slow when it is done first, but not in a worker for
// machine code. serve is called for the connection, and returns when it ends; interrupts gets a value when the
// parent asks for the end of the current job, and idle is the private memory before the first one, in bytes: what
// [Limits] adds to.
func Main(prepare func(), serve func(c *Conn, interrupts <-chan os.Signal, idle int64)) {
	mainCalled.Store(true)
	if len(os.Args) != 1 || os.Args[0] != plainWorker && os.Args[0] != codeWorker || !isPipe(input) || !isPipe(output) {
		return
	}
	goruntime.GOMAXPROCS(1)      // otherwise a job allocates without bound while a thread that marks waits for a processor
	goruntime.MemProfileRate = 0 // nothing reads the profile, which a program that serves them has
	machineCode := os.Args[0] == codeWorker
	closeInherited()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, unix.SIGTERM)
	c := NewConn(pipes{input, output})
	if _, err := c.Receive(0); err != nil { // see handshake
		os.Exit(1) //nolint:forbidigo // a worker is a process of this package
	}
	if !machineCode {
		prepare()
	}
	dropCleanPages()
	statm, _ := os.Open("/proc/self/statm") // the parent has found /proc
	idle := private(statm)
	_ = statm.Close() // as above
	protection, err := confine(machineCode)
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error()) //nolint:forbidigo // the parent reads it
		os.Exit(1)                                //nolint:forbidigo // as above
	}
	err = c.Send(func(b []byte) ([]byte, error) { return append(append(b, hello...), protection.text()...), nil })
	if err != nil {
		os.Exit(1) //nolint:forbidigo // as above
	}
	serve(c, interrupts, idle)
	os.Exit(0) //nolint:forbidigo // as above
}

// closeInherited closes files that the parent did not open for the worker: those that are
// not closed by exec, as all of Go's own are.
func closeInherited() {
	entries, _ := os.ReadDir("/proc/self/fd") // the parent has found /proc
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= output {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			_ = unix.Close(fd) // it is not used
		}
	}
}

func isPipe(fd int) bool {
	var stat unix.Stat_t
	return unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFIFO
}
