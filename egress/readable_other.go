//go:build !unix

package egress

import "syscall"

// readable reports false: it is not possible here to check without reading data.
func readable(syscall.RawConn) bool { return false }
