// Package input reads the files that a user names. Every read has a maximum size, since
// a device may never end.
package input

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/postern-dev/postern/internal/bytesize"
)

// TooLargeError is the error for input of more than Most bytes.
type TooLargeError struct{ Most int64 }

func (e TooLargeError) Error() string { return "is larger than " + bytesize.Format(e.Most) }

// Read returns the content of the file at path, which may be a pipe or a device. The
// error is an [*fs.PathError]; it wraps a [TooLargeError] if there are more than most
// bytes.
func Read(path string, most int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	content, err := ReadAll(f, most)
	if _, tooLarge := errors.AsType[TooLargeError](err); tooLarge {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return content, err
}

// ReadAll reads r to its end. The error is a [TooLargeError] if there are more than most
// bytes.
func ReadAll(r io.Reader, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		return nil, TooLargeError{most}
	}
	return content, err
}
