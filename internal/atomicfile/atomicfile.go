// Package atomicfile writes files that are whole at any moment: a crash leaves the
// old file or the new one, and at worst a temporary file beside it, whose name
// begins with ".postern-".
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes a new file. If there is something at path already, even a link that
// leads nowhere, the error is [fs.ErrExist]. The umask takes away from mode.
func Create(path string, content []byte, mode fs.FileMode) error {
	temp, err := write(path, content, mode)
	if err != nil {
		return err
	}
	return Publish(temp, path)
}

// Write writes a file, in place of one that may be there: a link to it stays, and so
// do its mode and, where this process may set it, its owner. A file that is not there
// yet gets the mode. What is not a regular file, such as a pipe or a device, is
// written to as it is.
func Write(path string, content []byte, mode fs.FileMode) error {
	return put(path, content, mode, false)
}

// WriteMode is Write that also gives the mode to a file that is there.
func WriteMode(path string, content []byte, mode fs.FileMode) error {
	return put(path, content, mode, true)
}

func put(path string, content []byte, mode fs.FileMode, enforce bool) error {
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err := Create(path, content, mode)
		if errors.Is(err, fs.ErrExist) { // a link that leads nowhere: to where it leads
			if target, linkErr := os.Readlink(path); linkErr == nil {
				if !filepath.IsAbs(target) {
					target = filepath.Join(filepath.Dir(path), target)
				}
				return Create(target, content, mode)
			}
		}
		return err
	case err != nil:
		return err
	case old.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("is a folder")}
	case !old.Mode().IsRegular():
		return os.WriteFile(path, content, mode)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	temp, err := write(path, content, mode)
	if err != nil {
		return err
	}
	if !enforce {
		keepOwner(temp, old)
		mode = old.Mode().Perm()
		err = os.Chmod(temp, mode)
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // the first error is the one to tell
		return err
	}
	syncFolder(path)
	return nil
}

// TempName returns the name of a temporary file beside path, for what has to write a
// file by itself before it is published.
func TempName(path string) string {
	return filepath.Join(filepath.Dir(path), ".postern-"+rand.Text())
}

// Publish gives a finished file the name path. If there is something of that name,
// the error is [fs.ErrExist]. The temporary name is gone in any case.
func Publish(temp, path string) error {
	defer func() { _ = os.Remove(temp) }() // after a rename it is not there
	err := os.Link(temp, path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without hard links
		if _, statErr := os.Lstat(path); statErr == nil {
			return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
		}
		err = os.Rename(temp, path)
	}
	if err != nil {
		return err
	}
	syncFolder(path)
	return nil
}

// write returns the name of a temporary file beside path with that content, on disk.
func write(path string, content []byte, mode fs.FileMode) (string, error) {
	temp := TempName(path)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // beside the caller's path
	if err != nil {
		var wrong *fs.PathError
		if errors.As(err, &wrong) {
			wrong.Path = path // the name that the caller knows
		}
		return "", err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(temp) // the first error is the one to tell
		return "", err
	}
	return temp, nil
}

// syncFolder makes the name of a file outlive a power cut, where folders can be
// synced. Without it the old file may come back, whole.
func syncFolder(path string) {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return
	}
	_ = folder.Sync() // not every system can
	_ = folder.Close()
}
