package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

// fileTable has the files of a job that are by reference, or large. The worker has their
// numbers, and reads ranges of them by calls.
type fileTable struct {
	files []*hostapi.File
	open  map[int64]*openedFile
}

type openedFile struct {
	reader io.ReadSeekCloser
	at     int64
}

// Number implements wire.Files.
func (t *fileTable) Number(f *hostapi.File) (int64, error) {
	if f.Open == nil && len(f.Content) <= rangeBytes {
		return 0, nil
	}
	t.files = append(t.files, f)
	return int64(len(t.files)), nil
}

// Open implements wire.Files: f is a file that the worker sends back, perhaps under another
// name.
func (t *fileTable) Open(f *hostapi.File, number int64) error {
	known, err := t.file(number)
	if err != nil {
		return err
	}
	f.Open, f.Size, f.Content = known.Open, known.Size, known.Content
	return nil
}

func (t *fileTable) file(number int64) (*hostapi.File, error) {
	if number < 1 || number > int64(len(t.files)) {
		return nil, fmt.Errorf("the task has no file number %d", number)
	}
	return t.files[number-1], nil
}

// rangeBytes is how much of a file travels at once.
const rangeBytes = 256 << 10

// read returns at most length bytes from offset; none at the end.
func (t *fileTable) read(ctx context.Context, number, offset, length int64) (_ []byte, err error) {
	known, err := t.file(number)
	if err != nil {
		return nil, invalidCall("file")
	}
	defer callback.Recover("file", "File.Open or its reader", &err)
	f, ok := t.open[number]
	if !ok {
		reader, err := openFile(ctx, known)
		if err != nil {
			return nil, hidden(err)
		}
		if t.open == nil {
			t.open = make(map[int64]*openedFile)
		}
		f = &openedFile{reader: reader}
		t.open[number] = f
	}
	if f.at != offset {
		at, err := f.reader.Seek(offset, io.SeekStart)
		if err == nil && at != offset {
			err = errors.New("the reader went elsewhere")
		}
		if f.at = at; err != nil {
			f.at = -1
			return nil, hidden(err)
		}
	}
	buffer := make([]byte, min(max(length, 0), rangeBytes))
	n, err := io.ReadAtLeast(f.reader, buffer, min(1, len(buffer)))
	f.at += int64(n)
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		f.at = -1
		return nil, hidden(err)
	}
	return buffer[:n], nil
}

func openFile(ctx context.Context, f *hostapi.File) (io.ReadSeekCloser, error) {
	if f.Open == nil {
		return inMemory{bytes.NewReader(f.Content)}, nil
	}
	r, err := f.Open(ctx)
	if err == nil && r == nil {
		err = errors.New("no reader was returned")
	}
	return r, err
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// hidden returns an error of the embedding program without its text, unless it is one of
// ours.
func hidden(err error) error {
	e, ok := err.(*hostapi.Error) //nolint:errorlint // a wrapped one has other text
	switch {
	case !ok:
		return opaque{err}
	case e == nil:
		return errors.New("a nil error")
	}
	return e
}

// close closes what the job has opened.
func (t *fileTable) close() {
	for _, f := range t.open {
		_ = f.reader.Close() // it was read
	}
}

// crossesAsIs reports whether an argument of a function is one that jsapi distinguishes.
func crossesAsIs(v any) bool {
	switch v.(type) {
	case time.Time, []byte, http.Header:
		return true
	}
	return false
}

// remoteFiles are the files by reference of a worker.
type remoteFiles struct{ host *workerHost }

// numberKey is the key of a context by which Open of a file tells its number instead.
type numberKey struct{}

// Number implements wire.Files.
func (remoteFiles) Number(f *hostapi.File) (int64, error) {
	if f.Open == nil {
		return 0, nil
	}
	var number int64
	_, err := f.Open(context.WithValue(context.Background(), numberKey{}, &number))
	return number, err
}

// Open implements wire.Files.
func (r remoteFiles) Open(f *hostapi.File, number int64) error {
	f.Open = func(ctx context.Context) (io.ReadSeekCloser, error) {
		if to, ok := ctx.Value(numberKey{}).(*int64); ok {
			*to = number
			return nil, nil
		}
		return &remoteReader{host: r.host, number: number, size: f.Size}, nil
	}
	return nil
}

// remoteReader reads a file of the engine.
type remoteReader struct {
	host   *workerHost
	number int64
	size   int64
	at     int64
	buffer []byte // read ahead
}

// Read implements io.Reader.
func (r *remoteReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(r.buffer) == 0 {
		got, err := r.host.call(&call{Op: opReadFile, ID: r.number, Offset: r.at, Length: rangeBytes})
		switch {
		case err != nil:
			return 0, err
		case len(got.Bytes) == 0:
			return 0, io.EOF
		}
		r.buffer = got.Bytes
	}
	n := copy(p, r.buffer)
	r.buffer = r.buffer[n:]
	r.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (r *remoteReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.at, errors.New("the place is before the start")
	}
	if offset != r.at {
		r.at, r.buffer = offset, nil
	}
	return offset, nil
}

// Close implements io.Closer. The engine closes the file when the job ends.
func (*remoteReader) Close() error { return nil }
