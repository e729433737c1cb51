//go:build !unix

package atomicfile

import "io/fs"

// keepOwner does nothing: a new file inherits its access rules from its folder.
func keepOwner(string, fs.FileInfo) {}
