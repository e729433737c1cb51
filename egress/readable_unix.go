//go:build unix

package egress

import "syscall"

// readable reports whether a read from socket would return at once: with data, with
// the end or with an error. It takes nothing out, and may be called beside a read.
func readable(socket syscall.RawConn) bool {
	var err error
	if socket.Control(func(fd uintptr) {
		var first [1]byte
		for {
			_, _, err = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK) // the sockets of Go do not block
			if err != syscall.EINTR {
				return
			}
		}
	}) != nil {
		return true // it is closed
	}
	return err != syscall.EAGAIN
}
