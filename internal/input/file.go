package input

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// MaxFile is the maximum size in bytes of a file that a user names, and of stdin: a data
// item of a task cannot be larger.
const MaxFile = 64 << 20

// ReadFile returns the content of a regular file of at most [MaxFile] bytes. A pipe is
// refused, because opening it would block until there is a writer, except an open one, such
// as /dev/stdin. Devices in /dev are allowed. The error is a [hostapi.Error] that names the
// file.
func ReadFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !isDevice(path, info.Mode()) && !isOpen(path, info.Mode()) {
		return nil, cannotRead(path, "not a regular file")
	}
	content, err := Read(path, MaxFile)
	if err != nil {
		return nil, cannotRead(path, Reason(err))
	}
	return content, nil
}

func isDevice(path string, mode fs.FileMode) bool {
	return strings.HasPrefix(path, "/dev/") && mode&fs.ModeDevice != 0
}

// isOpen reports whether a path is that of an open file of this process, such as a shell makes for <(command).
func isOpen(path string, mode fs.FileMode) bool {
	return !mode.IsDir() && (path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/"))
}

// ReadText is [ReadFile] without the byte order mark that some editors write.
func ReadText(path string) ([]byte, error) {
	content, err := ReadFile(path)
	return bytes.TrimPrefix(content, byteOrderMark()), err
}

// ReadFrom is [ReadFile], except that path "-" means stdin. It also returns the name of
// the file for errors. If stdin is nil, "-" is an ordinary file name.
func ReadFrom(path string, stdin io.Reader) (content []byte, file string, err error) {
	if path != "-" || stdin == nil {
		content, err = ReadFile(path)
		return content, path, err
	}
	if content, err = ReadAll(stdin, MaxFile); err != nil {
		return nil, "", cannotRead("stdin", Reason(err))
	}
	return content, "stdin", nil
}

// ReadTextFrom is [ReadFrom] without the byte order mark that some editors write.
func ReadTextFrom(path string, stdin io.Reader) (content []byte, file string, err error) {
	content, file, err = ReadFrom(path, stdin)
	return bytes.TrimPrefix(content, byteOrderMark()), file, err
}

func byteOrderMark() []byte { return []byte("\ufeff") }

func cannotRead(path, reason string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: "read " + path, Message: reason}
}

// Reason returns the text of a file error without the name of the file, for a message
// that names it already.
func Reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file"
	}
	return err.Error()
}
