package hostapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/postern-dev/postern/hostapi"
)

// opened is a file by reference that counts how often it is open.
type opened struct {
	content string
	opens   int
	open    int // and not closed
}

func (o *opened) file(size int64) *hostapi.File {
	return &hostapi.File{Name: "a.bin", ContentType: "application/octet-stream", Size: size, Open: func(context.Context) (io.ReadSeekCloser, error) {
		o.opens++
		o.open++
		return &openedReader{strings.NewReader(o.content), o}, nil
	}}
}

type openedReader struct {
	*strings.Reader
	of *opened
}

func (r *openedReader) Close() error {
	r.of.open--
	return nil
}

// seekCloser makes an io.ReadSeekCloser of a reader that cannot seek.
type seekCloser struct{ io.Reader }

func (seekCloser) Seek(int64, int) (int64, error) { return 0, errors.ErrUnsupported }
func (seekCloser) Close() error                   { return nil }

func TestFileByReference(t *testing.T) {
	t.Parallel()
	random := make([]byte, 300<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random)
	o := &opened{content: string(random)}
	f := o.file(int64(len(random)))
	if o.opens != 0 || f.Length() != int64(len(random)) {
		t.Errorf("opened %d times, length %d", o.opens, f.Length())
	}
	for range 2 {
		got, err := f.ReadAll(t.Context(), int64(len(random)))
		if err != nil || !bytes.Equal(got, random) {
			t.Errorf("read %d bytes, error %v", len(got), err)
		}
	}
	if o.opens != 2 || o.open != 0 {
		t.Errorf("opened %d times, %d left open", o.opens, o.open)
	}
	if _, err := f.ReadAll(t.Context(), f.Size-1); hostapi.CodeOf(err) != hostapi.CodeLimit || o.opens != 2 {
		t.Errorf("more than asked for: error %v, opened %d times", err, o.opens)
	}
	if err := iotest.TestReader(struct{ io.Reader }{f.Reader(t.Context())}, random); err != nil {
		t.Error(err)
	}
	o.opens = 0
	r := f.Reader(t.Context())
	piece := make([]byte, 1000)
	for _, offset := range []int64{0, 1000, 7, 299_000, 2000, f.Size - 1000} {
		if n, err := r.ReadAt(piece, offset); n != 1000 || err != nil || !bytes.Equal(piece, random[offset:offset+1000]) {
			t.Errorf("at %d: %d bytes, error %v", offset, n, err)
		}
	}
	if n, err := r.ReadAt(piece, f.Size-10); n != 10 || err != io.EOF { //nolint:errorlint // as io.ReaderAt asks
		t.Errorf("over the end: %d bytes, error %v", n, err)
	}
	if n, err := r.ReadAt(piece, f.Size+10); n != 0 || err != io.EOF { //nolint:errorlint // as io.ReaderAt asks
		t.Errorf("after the end: %d bytes, error %v", n, err)
	}
	if _, err := r.ReadAt(piece, -1); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		t.Errorf("before the start: error %v", err)
	}
	if err := r.Close(); err != nil || o.opens != 1 {
		t.Errorf("close: %v, opened %d times", err, o.opens)
	}
	if _, err := r.Read(piece); err == nil {
		t.Error("a closed reader reads")
	}
}

// A file in memory is read in the same ways.
func TestFileInMemory(t *testing.T) {
	t.Parallel()
	f := &hostapi.File{Name: "a", Content: []byte("content")}
	if err := iotest.TestReader(struct{ io.Reader }{f.Reader(t.Context())}, []byte("content")); err != nil {
		t.Error(err)
	}
	if got, err := f.ReadAll(t.Context(), 0); err != nil || string(got) != "content" {
		t.Errorf("%q, %v", got, err)
	}
	if err := iotest.TestReader(new(hostapi.File).Reader(t.Context()), nil); err != nil {
		t.Error(err)
	}
}

func TestFileOfAnotherSize(t *testing.T) {
	t.Parallel()
	o := &opened{content: strings.Repeat("x", 100<<10)}
	size := int64(len(o.content))
	for _, tt := range []struct {
		size int64
		want string
	}{
		{size + 1, "file a.bin: the content ends after 102400 bytes of 102401"},
		{size - 1, "file a.bin: the content has more than its 102399 bytes"},
		{0, "file a.bin: the content has more than its 0 bytes"},
		{1 << 40, "file a.bin: the content ends after 102400 bytes of 1099511627776"},
	} {
		r := o.file(tt.size).Reader(t.Context())
		n, err := io.Copy(io.Discard, r)
		if err == nil || err.Error() != tt.want || hostapi.CodeOf(err) != hostapi.CodeInternal {
			t.Errorf("size %d: error %v, want %s", tt.size, err, tt.want)
		}
		if n > 0 && n == tt.size {
			t.Errorf("size %d: all of it was returned", tt.size)
		}
		if _, again := r.Read(make([]byte, 1)); again == nil || again.Error() != tt.want {
			t.Errorf("size %d: then the error is %v", tt.size, again)
		}
		if err := r.Close(); err != nil || o.open != 0 {
			t.Errorf("close: %v, %d left open", err, o.open)
		}
	}
}

// What the program's own code does is an error with the file's name, and never its text.
func TestFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	secret := &fs.PathError{Op: "open", Path: "/secret", Err: fs.ErrPermission}
	for _, tt := range []struct {
		name string
		open func(context.Context) (io.ReadSeekCloser, error)
		code hostapi.Code
		want string
		is   error
	}{
		{"open", func(context.Context) (io.ReadSeekCloser, error) { return nil, secret }, hostapi.CodeInternal, "the content could not be read", fs.ErrPermission},
		{"read", func(context.Context) (io.ReadSeekCloser, error) { return seekCloser{iotest.ErrReader(secret)}, nil }, hostapi.CodeInternal, "the content could not be read", fs.ErrPermission},
		{"seek", func(context.Context) (io.ReadSeekCloser, error) { return seekCloser{strings.NewReader("xxxxxx")}, nil }, hostapi.CodeInternal, "the content could not be read", errors.ErrUnsupported},
		{"nil", func(context.Context) (io.ReadSeekCloser, error) { return nil, nil }, hostapi.CodeInternal, "the content could not be read", nil},
		{"panic", func(context.Context) (io.ReadSeekCloser, error) { panic("secret") }, hostapi.CodeInternal, "File.Open or its reader failed: panic", nil},
		{"own error", func(context.Context) (io.ReadSeekCloser, error) {
			return nil, &hostapi.Error{Code: hostapi.CodeDenied, Op: "storage", Message: "the file was deleted"}
		}, hostapi.CodeDenied, "the content could not be read: storage: the file was deleted", nil},
	} {
		f := &hostapi.File{Name: "a.bin", Size: 5, Open: tt.open}
		r := f.Reader(t.Context())
		offset := int64(0)
		if tt.name == "seek" {
			offset = 1
		}
		_, err := r.ReadAt(make([]byte, 2), offset)
		if hostapi.CodeOf(err) != tt.code || err.Error() != "file a.bin: "+tt.want || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: error %v with code %q", tt.name, err, hostapi.CodeOf(err))
		}
		if _, panicked := errors.AsType[*hostapi.PanicError](err); panicked != (tt.name == "panic") {
			t.Errorf("%s: a panic: %v", tt.name, panicked)
		}
		_ = r.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&opened{content: "x"}).file(1).ReadAll(ctx, 1); hostapi.CodeOf(err) != hostapi.CodeCanceled {
		t.Errorf("after the end of the context: %v", err)
	}
}

func TestFileCheckOfReferences(t *testing.T) {
	t.Parallel()
	open := (&opened{}).file(0).Open
	for _, f := range []*hostapi.File{
		{Name: "a", Open: open, Size: -1},
		{Name: "a", Open: open, Content: []byte{}},
		{Name: "a", Size: 5},
		{Name: "a", Size: 5, Content: []byte("x")},
	} {
		if err := f.Check(); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("%+v: error %v", f, err)
		}
	}
	f := &hostapi.File{Name: "a", ContentType: "b/c", Open: open, Size: 1 << 40}
	got, size, err := hostapi.Normalize([]*hostapi.File{f}, 100)
	if list, ok := got.([]any); err != nil || size != 8+8+1+3 || !ok || list[0] != f {
		t.Errorf("Normalize: %v, size %d, error %v", got, size, err)
	}
	item := &hostapi.Item{VarName: "q", Type: hostapi.TypeFile, Bounds: hostapi.Bounds{MaxBytes: 1<<40 - 1}}
	if _, err := item.Check(got); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		t.Errorf("above the item's bound: %v", err)
	}
	item.Bounds.MaxBytes++
	if _, err := item.Check(got); err != nil {
		t.Error(err)
	}
}

// A body with files by reference has the bytes that one in memory has, but for the boundary,
// which the maker of the file must not know.
func TestBodyByReference(t *testing.T) {
	t.Parallel()
	o := &opened{content: "the content of a file"}
	reference := o.file(int64(len(o.content)))
	memory := &hostapi.File{Name: "a.bin", Content: []byte(o.content)}
	request := func(f *hostapi.File) *hostapi.Request {
		return &hostapi.Request{Method: "POST", URL: "https://h/", Multipart: []hostapi.Part{
			{Name: "before", Content: []byte("b")}, {Name: "f", FileName: "a.bin", File: f}, {Name: "g", FileName: "b.bin", ContentType: "a/b", File: f}, {Name: "after", File: memory},
		}}
	}
	read := func(req *hostapi.Request) (body, boundary string) {
		t.Helper()
		r, err := req.HTTP(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first := mustRead(t, r.Body); int64(len(first)) != r.ContentLength {
			t.Errorf("content length %d of %d bytes", r.ContentLength, len(first))
		}
		again, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		_, boundary, _ = strings.Cut(r.Header.Get("Content-Type"), "boundary=")
		return mustRead(t, again), boundary
	}
	want, known := read(request(memory))
	got, secret := read(request(reference))
	if strings.ReplaceAll(got, secret, known) != want {
		t.Errorf("by reference the body is\n%s\nnot\n%s", got, want)
	}
	if _, again := read(request(reference)); again != secret {
		t.Error("the boundary changes from one attempt to the next: a signature would not fit")
	}
	if known == secret {
		t.Error("the boundary can be computed from the content")
	}
	if o.open != 0 {
		t.Errorf("%d left open", o.open)
	}
	body, _ := read(&hostapi.Request{Method: "PUT", URL: "https://h/", BodyFile: reference, ContentType: "a/b"})
	if body != o.content {
		t.Errorf("body %q", body)
	}
	for _, req := range []*hostapi.Request{
		{Method: "PUT", URL: "https://h/", BodyFile: reference, Body: []byte("x")},
		{Method: "PUT", URL: "https://h/", BodyFile: &hostapi.File{Size: -1, Open: reference.Open}},
		{Method: "PUT", URL: "https://h/", Multipart: []hostapi.Part{{Name: "a", File: &hostapi.File{Size: -1, Open: reference.Open}}}},
	} {
		if _, err := req.HTTP(t.Context()); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("%+v: error %v", req, err)
		}
	}
}

func mustRead(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return string(b)
}

// A transport closes a body while another goroutine reads it, and must not wait.
func TestBodyIsClosedWhileItIsRead(t *testing.T) {
	t.Parallel()
	inRead, closed := make(chan struct{}), make(chan struct{})
	f := &hostapi.File{Name: "a", Size: 5, Open: func(ctx context.Context) (io.ReadSeekCloser, error) {
		return blocked{ctx, inRead, closed}, nil
	}}
	r, err := (&hostapi.Request{Method: "PUT", URL: "https://h/", BodyFile: f}).HTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := r.Body.Read(make([]byte, 5))
		done <- err
	}()
	<-inRead
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; hostapi.CodeOf(err) != hostapi.CodeCanceled {
		t.Errorf("the read ended with %v", err)
	}
	<-closed
}

// blocked is a reader that waits for the end of its context.
type blocked struct {
	ctx            context.Context //nolint:containedctx // that of Open
	inRead, closed chan struct{}
}

func (b blocked) Read([]byte) (int, error) {
	close(b.inRead)
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (b blocked) Seek(int64, int) (int64, error) { return 0, nil }

func (b blocked) Close() error {
	close(b.closed)
	return nil
}
