package hostapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// FileReader reads the content of a [File], from its start by Read and anywhere by ReadAt. A
// file by reference is opened when something is read. The content has to have exactly the
// size that the file says: before the last bytes are returned it is checked that nothing
// follows them. It must not be used by several goroutines at once.
//
// Errors but io.EOF are *[Error] and name the file.
type FileReader struct {
	ctx  context.Context //nolint:containedctx // that of the reader's use, as in net/http
	file *File
	next int64 // for Read

	open io.ReadSeekCloser // nil: not opened yet, or in memory
	at   int64             // where open is
	err  error             // of the last attempt to read: the place of open is unknown
}

// Reader returns a reader of the content, which must be closed after use.
func (f *File) Reader(ctx context.Context) *FileReader { return &FileReader{ctx: ctx, file: f} }

// Read implements [io.Reader].
func (r *FileReader) Read(p []byte) (int, error) {
	n, err := r.read(p, r.next)
	r.next += int64(n)
	return n, err
}

// ReadAt implements [io.ReaderAt].
func (r *FileReader) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, invalid("file", "", "the offset is negative", "")
	}
	for n < len(p) {
		m, err := r.read(p[n:], offset+int64(n))
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Close closes what was opened.
func (r *FileReader) Close() error {
	open := r.open
	r.open, r.err = nil, errClosed
	if open == nil {
		return nil
	}
	return r.guard(open.Close)
}

var errClosed = &Error{Code: CodeInternal, Op: "file", Message: "the reader is closed"}

// read reads at least one byte at offset, if p has room and the content has not ended.
func (r *FileReader) read(p []byte, offset int64) (int, error) {
	if r.file == nil {
		return 0, errClosed
	}
	left := r.file.Length() - offset
	switch {
	case r.err != nil:
		return 0, r.err
	case left <= 0 && (r.file.Open == nil || r.file.Size > 0):
		return 0, io.EOF
	case r.file.Open == nil:
		return copy(p, r.file.Content[offset:]), nil
	case len(p) == 0 && left > 0:
		return 0, nil
	}
	n, err := r.readOpen(p[:min(int64(len(p)), max(left, 0))], offset)
	if err != nil {
		if err != io.EOF { //nolint:errorlint // never wrapped
			r.err = err
		}
		return 0, err
	}
	return n, nil
}

func (r *FileReader) readOpen(p []byte, offset int64) (n int, err error) {
	if err := r.ctx.Err(); err != nil {
		return 0, r.failed(context.Cause(r.ctx))
	}
	if err := r.guard(func() error { return r.seek(offset) }); err != nil {
		return 0, err
	}
	end := offset+int64(len(p)) == r.file.Size
	err = r.guard(func() error {
		// The last bytes are returned only once it is clear that they are the last ones: a
		// server must not take a file that is too long for a complete one.
		if end {
			n, err = io.ReadFull(r.open, p)
		} else {
			n, err = io.ReadAtLeast(r.open, p, 1)
		}
		r.at += int64(n)
		return err
	})
	switch {
	case isEnd(err):
		return 0, r.wrong(fmt.Sprintf("the content ends after %d bytes of %d", r.at, r.file.Size))
	case err != nil:
		return 0, err
	case !end:
		return n, nil
	}
	more := false
	err = r.guard(func() error {
		var one [1]byte
		m, err := io.ReadFull(r.open, one[:])
		if more = m > 0; more || isEnd(err) {
			return nil
		}
		return err
	})
	r.at++ // unknown now: the next read seeks
	switch {
	case err != nil:
		return 0, err
	case more:
		return 0, r.wrong(fmt.Sprintf("the content has more than its %d bytes", r.file.Size))
	case len(p) == 0:
		return 0, io.EOF
	}
	return n, nil
}

// seek opens the content, or moves in it, so that it is at offset.
func (r *FileReader) seek(offset int64) error {
	if r.open == nil {
		open, err := r.file.Open(r.ctx)
		if err != nil {
			return err
		}
		if open == nil {
			return errors.New("no reader was returned")
		}
		r.open, r.at = open, 0
	}
	if r.at == offset {
		return nil
	}
	at, err := r.open.Seek(offset, io.SeekStart)
	if err == nil && at != offset {
		err = errors.New("the reader went elsewhere")
	}
	r.at = offset
	return err
}

// guard calls f, which runs code of the program that embeds Postern, and turns its errors
// and panics into an *[Error]. It returns the errors of an end as they are.
func (r *FileReader) guard(f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = r.panicked(x)
		}
	}()
	if err = f(); err == nil || isEnd(err) {
		return err
	}
	return r.failed(err)
}

// isEnd reports whether err is one of the two by which package io tells an end.
func isEnd(err error) bool {
	return err == io.EOF || err == io.ErrUnexpectedEOF //nolint:errorlint // they are never wrapped
}

// failed returns the error for err, whose text may have a secret unless it is an *Error.
func (r *FileReader) failed(err error) error {
	e := &Error{Code: CodeOf(err), Op: "file", Name: r.file.Name, Message: "the content could not be read", Reason: err}
	if r.ctx.Err() != nil {
		e.Code = CodeOf(context.Cause(r.ctx))
	}
	if own, ok := errors.AsType[*Error](err); ok && own != nil {
		e.Cause, e.Hint = own, own.Hint
	}
	return e
}

func (r *FileReader) panicked(x any) error {
	return &Error{
		Code: CodeInternal, Op: "file", Name: r.file.Name, Message: "File.Open or its reader failed",
		Cause: &PanicError{Value: x, Stack: debug.Stack()},
	}
}

func (r *FileReader) wrong(message string) error {
	return &Error{Code: CodeInternal, Op: "file", Name: r.file.Name, Message: message, Hint: "File.Size has to be what Open's reader has"}
}
