package hostapi

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"
	"sync"
)

// Body is the encoded body of a request: bytes in memory and the content of files by
// reference, in order. It is immutable. Nil is no body.
type Body struct {
	pieces []piece
	size   int64
	first  [1]piece // most bodies have no other
}

// piece is a part of a body: bytes, or the content of a file by reference.
type piece struct {
	bytes []byte
	file  *File
}

// newBody returns a body of these bytes, to which more can be added.
func newBody(b []byte) *Body {
	body := new(Body)
	body.add(b)
	return body
}

func (b *Body) add(bytes []byte) { b.append(piece{bytes: bytes}, int64(len(bytes))) }

func (b *Body) append(p piece, size int64) {
	if b.pieces == nil {
		b.pieces = b.first[:0]
	}
	b.pieces = append(b.pieces, p)
	b.size += size
}

func (b *Body) addFile(f *File) {
	if f.Open == nil {
		b.add(f.Content)
		return
	}
	b.append(piece{file: f}, f.Size)
}

// Size returns the number of bytes.
func (b *Body) Size() int64 {
	if b == nil {
		return 0
	}
	return b.size
}

// InMemory returns the bytes that are in memory, in order. They must not be modified.
func (b *Body) InMemory() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if b == nil {
			return
		}
		for _, p := range b.pieces {
			if p.file == nil && !yield(p.bytes) {
				return
			}
		}
	}
}

// Map returns a body with f applied to the bytes that are in memory.
func (b *Body) Map(f func([]byte) []byte) *Body {
	if b == nil || f == nil {
		return b
	}
	mapped := new(Body)
	for _, p := range b.pieces {
		if p.file != nil {
			mapped.addFile(p.file)
		} else {
			mapped.add(f(p.bytes))
		}
	}
	return mapped
}

// SetTo makes b the body of req, which can be sent again: it sets Body, GetBody and
// ContentLength. Files are opened with the context that req has now.
func (b *Body) SetTo(req *http.Request) {
	if b == nil || req == nil {
		return
	}
	ctx := req.Context()
	req.ContentLength = b.size
	req.GetBody = func() (io.ReadCloser, error) { return b.reader(ctx), nil }
	req.Body = b.reader(ctx)
}

func (b *Body) reader(ctx context.Context) io.ReadCloser {
	if b.size == 0 {
		return http.NoBody // any other reader would be sent chunked
	}
	if len(b.pieces) == 1 && b.pieces[0].file == nil {
		return io.NopCloser(bytes.NewReader(b.pieces[0].bytes))
	}
	return &bodyReader{ctx: ctx, rest: b.pieces}
}

// bodyReader reads the pieces of a body. A transport may close it while it reads, and must
// not wait: then the reader of the file is closed when its Read returns.
type bodyReader struct {
	ctx    context.Context //nolint:containedctx // that of the request
	rest   []piece
	memory bytes.Reader
	file   *FileReader // nil: the current piece is in memory

	mu      sync.Mutex
	reading bool
	closed  bool
	cancel  context.CancelFunc // ends what reads a file; nil: none was opened
}

// Read implements [io.Reader].
func (r *bodyReader) Read(p []byte) (int, error) {
	if !r.begin() {
		return 0, http.ErrBodyReadAfterClose
	}
	defer r.end()
	for {
		n, err := r.current(p)
		if n > 0 || err != io.EOF || len(p) == 0 { //nolint:errorlint // never wrapped
			return n, err
		}
		if len(r.rest) == 0 {
			return 0, io.EOF
		}
		r.closeFile()
		next := r.rest[0]
		r.rest = r.rest[1:]
		r.memory.Reset(next.bytes)
		if next.file != nil {
			r.file = next.file.Reader(r.cancelable())
		}
	}
}

func (r *bodyReader) current(p []byte) (int, error) {
	if r.file != nil {
		return r.file.Read(p)
	}
	return r.memory.Read(p)
}

func (r *bodyReader) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading = !r.closed
	return r.reading
}

func (r *bodyReader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading = false
	if r.closed {
		r.closeFile()
	}
}

// cancelable returns a context for reading files, which ends when r is closed.
func (r *bodyReader) cancelable() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel == nil {
		r.ctx, r.cancel = context.WithCancel(r.ctx)
		if r.closed {
			r.cancel()
		}
	}
	return r.ctx
}

// Close implements [io.Closer].
func (r *bodyReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.cancel != nil {
		r.cancel()
	}
	if !r.reading {
		r.closeFile()
	}
	return nil
}

// closeFile ignores an error: the content has been read, or is not needed.
func (r *bodyReader) closeFile() {
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}

// encodeBody returns the body of r, nil if it has none, and its content type.
func (r *Request) encodeBody(op string) (body *Body, contentType string, err error) {
	kinds := 0
	if len(r.FormParam) > 0 {
		kinds++
		body, contentType = newBody(encodeForm(r.FormParam)), "application/x-www-form-urlencoded"
	}
	if len(r.Multipart) > 0 {
		kinds++
		if body, contentType, err = encodeMultipart(r.Multipart); err != nil {
			return nil, "", err
		}
	}
	if r.Body != nil {
		kinds++
		body, contentType = newBody(r.Body), r.ContentType
	}
	if r.BodyFile != nil {
		kinds++
		if r.BodyFile.Length() < 0 {
			return nil, "", invalid(op, r.BodyFile.Name, "the size of the file is negative", "")
		}
		body, contentType = new(Body), r.ContentType
		body.addFile(r.BodyFile)
	}
	if kinds > 1 {
		return nil, "", invalid(op, "", "more than one of formParam, multipart and body is set", "keep one")
	}
	return body, contentType, nil
}
