//go:build !unix

package cli

import "io/fs"

// writtenByOthers trusts the system to keep other users out of the current folder.
func writtenByOthers(fs.FileInfo) bool { return false }
