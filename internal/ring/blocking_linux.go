package ring

import (
	"io"

	"golang.org/x/sys/unix"
)

// blocking is a socket that is read and written without Go's poller, which would cost more
// than what most jobs do. While a job computes, its goroutine has a thread, as the worker
// has a process.
type blocking int

func (b blocking) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(b), p)
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

func (b blocking) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(int(b), p[written:])
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

// Close must not be called during Read or Write.
func (b blocking) Close() error { return unix.Close(int(b)) }
