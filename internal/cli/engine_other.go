//go:build !unix

package cli

import "io/fs"

// ownedByUserAlone trusts the system to keep the user's cache folder private.
func ownedByUserAlone(fs.FileInfo) bool { return true }

// writtenByOthers trusts the system to keep other users out of the current folder.
func writtenByOthers(fs.FileInfo) bool { return false }
