//go:build unix

package cli

import (
	"io/fs"
	"os"
	"syscall"
)

// writtenByOthers reports whether another user than this one and root can have written a file.
func writtenByOthers(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && writableByOthers(int(stat.Uid), os.Getuid(), info.Mode().Perm())
}

func writableByOthers(owner, user int, mode fs.FileMode) bool {
	return owner != user && owner != 0 || mode&0o002 != 0
}
