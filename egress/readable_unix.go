//go:build unix

package egress

import "syscall"

// readable reports whether a read from socket would return immediately, with data, EOF
// or an error. It consumes nothing, and is safe during a concurrent read.
func readable(socket syscall.RawConn) bool {
	var err error
	if socket.Control(func(fd uintptr) {
		var first [1]byte
		for {
			_, _, err = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK) // sockets of Go are non-blocking
			if err != syscall.EINTR {
				return
			}
		}
	}) != nil {
		return true // it is closed
	}
	return err != syscall.EAGAIN
}
