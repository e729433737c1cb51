//go:build !unix

package egress

import "syscall"

// readable reports false: there is no way to look without taking something out.
func readable(syscall.RawConn) bool { return false }
