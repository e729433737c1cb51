// Package atomicfile replaces files atomically: after a crash there is either the old
// file or the new one, and at worst also a temporary file in the same folder, whose
// name begins with ".postern-".
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes a new file. If path exists already, even as a dangling symbolic link,
// the error is [fs.ErrExist]. The umask applies to mode.
func Create(path string, content []byte, mode fs.FileMode) error {
	temp, err := write(path, content, mode)
	if err != nil {
		return err
	}
	return Publish(temp, path)
}

// Write writes a file and replaces an existing one. A symbolic link to the file, its
// mode and, where this process may set it, its owner are kept. A new file gets mode.
// Anything but a regular file, such as a pipe or a device, is written to in place.
func Write(path string, content []byte, mode fs.FileMode) error {
	return put(path, content, mode, false)
}

// WriteMode is Write, except that an existing file gets mode too.
func WriteMode(path string, content []byte, mode fs.FileMode) error {
	return put(path, content, mode, true)
}

func put(path string, content []byte, mode fs.FileMode, enforce bool) error {
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err := Create(path, content, mode)
		if errors.Is(err, fs.ErrExist) { // a dangling link: write its target
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
		_ = os.Remove(temp) // the first error is the one to report
		return err
	}
	syncFolder(path)
	return nil
}

// TempName returns the name of a temporary file beside path, for a caller that writes
// the file itself and then calls [Publish] or [PublishIn].
func TempName(path string) string {
	return filepath.Join(filepath.Dir(path), ".postern-"+rand.Text())
}

// Publish renames a finished file to path. If path exists, the error is
// [fs.ErrExist]. The temporary file is removed in any case.
func Publish(temp, path string) error {
	defer func() { _ = os.Remove(temp) }() // after a rename it does not exist
	err := publish(temp, path, os.Link, os.Lstat, os.Rename)
	if err == nil {
		syncFolder(path)
	}
	return err
}

// PublishIn is [Publish] for names in a folder. If name exists, the temporary file stays,
// for another name.
func PublishIn(folder *os.Root, temp, name string) error {
	err := publish(temp, name, folder.Link, folder.Lstat, folder.Rename)
	if err != nil {
		return err
	}
	_ = folder.Remove(temp) // after a rename it does not exist
	syncFolder(filepath.Join(folder.Name(), name))
	return nil
}

func publish(temp, path string, link func(from, to string) error, lstat func(string) (fs.FileInfo, error), rename func(from, to string) error) error {
	err := link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links.
	if _, statErr := lstat(path); statErr == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return rename(temp, path)
}

// write writes content to a temporary file beside path, syncs it and returns its name.
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
		_ = os.Remove(temp) // the first error is the one to report
		return "", err
	}
	return temp, nil
}

// syncFolder makes a rename durable, where folders can be synced. Without it the old
// file may be back after a power failure, complete.
func syncFolder(path string) {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return
	}
	_ = folder.Sync() // not every system supports it
	_ = folder.Close()
}
