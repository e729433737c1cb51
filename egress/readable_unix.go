//go:build unix

package egress

import "syscall"

// peek tells whether a socket can be read. It keeps what each look needs.
type peek struct {
	socket syscall.RawConn
	look   func(fd uintptr) // p.receive
	found  bool             // by the last look
}

func newPeek(socket syscall.RawConn) *peek {
	p := &peek{socket: socket}
	p.look = p.receive
	return p
}

// readable reports whether a read from the socket would return immediately, with data, EOF
// or an error. It consumes nothing, and is safe during a concurrent read.
func (p *peek) readable() bool {
	return p.socket.Control(p.look) != nil || p.found // an error if it is closed
}

func (p *peek) receive(fd uintptr) {
	var first [1]byte
	for {
		_, _, err := syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK) // sockets of Go are non-blocking
		if err != syscall.EINTR {
			p.found = err != syscall.EAGAIN
			return
		}
	}
}
