//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner sets a file's owner and group to those of another, as far as this process
// is permitted to.
func keepOwner(path string, of fs.FileInfo) {
	if s, ok := of.Sys().(*syscall.Stat_t); ok {
		_ = os.Chown(path, int(s.Uid), int(s.Gid)) // only root may change the owner
	}
}

// OwnedByUserAlone reports whether only this user can write to a file or folder.
func OwnedByUserAlone(info fs.FileInfo) bool { return owned(info, 0o022) }

// PrivateToUser reports whether only this user can read or write a file or folder.
func PrivateToUser(info fs.FileInfo) bool { return owned(info, 0o077) }

// owned reports whether this user owns a file that has none of the bits in its mode.
func owned(info fs.FileInfo, none fs.FileMode) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Getuid() && info.Mode().Perm()&none == 0
}
