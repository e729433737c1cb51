//go:build !unix

package egress

import "syscall"

// peek would tell whether a socket can be read, which is not possible here without reading data.
type peek struct{}

func newPeek(syscall.RawConn) *peek { return new(peek) }

func (*peek) readable() bool { return false }
