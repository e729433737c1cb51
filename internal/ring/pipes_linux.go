package ring

import (
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// pipes is one end of the connection of a worker and its parent: a pipe that it reads, and one that it writes. They
// are read and written without Go's poller, which would cost more than what most jobs do. While a job
// computes, its goroutine has a thread, as the worker has a process. They are not a socket pair, since a round trip
// through one takes twice the CPU time: each read of a socket wakes the peer, which waits for its next frame.
type pipes struct{ in, out int }

// newPipes returns the end of the parent, and the files of that of the worker, in the order of its descriptors.
func newPipes() (ours pipes, in, out *os.File, err error) {
	var there, back [2]int // first the end that is read
	if err = unix.Pipe2(there[:], unix.O_CLOEXEC); err != nil {
		return ours, nil, nil, err
	}
	in = os.NewFile(uintptr(there[0]), "worker's input")
	if err = unix.SetNonblock(there[1], true); err == nil { // of this end alone
		err = unix.Pipe2(back[:], unix.O_CLOEXEC)
	}
	if err != nil {
		_ = in.Close() // it was not used
		_ = unix.Close(there[1])
		return ours, nil, nil, err
	}
	return pipes{back[0], there[1]}, in, os.NewFile(uintptr(back[1]), "worker's output"), nil
}

func (p pipes) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(p.in, b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (p pipes) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		n, err := unix.Write(p.out, b[written:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// wake ends a Read that waits, with a byte that nothing has sent. The end that is written is open in the worker only.
func (p pipes) wake() {
	end, err := unix.Open("/proc/self/fd/"+strconv.Itoa(p.in), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return // Read waits until the worker has ended
	}
	_, _ = unix.Write(end, []byte{0}) // fails if the pipe is full, and then no Read waits
	_ = unix.Close(end)               // it has written all
}

// Close must not be called during Read or Write.
func (p pipes) Close() error {
	err := unix.Close(p.in)
	if err2 := unix.Close(p.out); err == nil {
		err = err2
	}
	return err
}

// until is the connection with a deadline for what is read.
type until struct {
	pipes
	deadline time.Time
}

func (u until) Read(b []byte) (int, error) {
	for {
		ready := []unix.PollFd{{Fd: int32(u.in), Events: unix.POLLIN}} //nolint:gosec // a descriptor is small
		n, err := unix.Poll(ready, max(0, int(time.Until(u.deadline).Milliseconds())))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, os.ErrDeadlineExceeded
		default:
			return u.pipes.Read(b)
		}
	}
}
