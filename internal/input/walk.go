package input

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// SkipFolder returns fs.SkipDir for a folder below root that is not looked into:
// a hidden one, and one with the packages of others.
func SkipFolder(root, path string) error {
	if name := filepath.Base(path); path != root && (strings.HasPrefix(name, ".") || name == "node_modules") {
		return fs.SkipDir
	}
	return nil
}

// MaybeRegular reports whether path is a regular file, or one that cannot be
// looked at, which reading it tells.
func MaybeRegular(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}
