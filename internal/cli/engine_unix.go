//go:build unix

package cli

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUserAlone reports whether only this user can write to a folder.
func ownedByUserAlone(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o022 == 0
}
