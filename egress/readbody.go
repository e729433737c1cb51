package egress

import (
	"cmp"
	"io"
	"net/http"
	"slices"
)

const (
	firstRead   = 512     // bytes to allocate for a body of unknown length
	maxReserved = 1 << 20 // maximum to allocate before anything was received
)

// readBody reads the whole body, and fails as soon as it exceeds the limit. It returns
// what it has read in any case. It reads until EOF, which may be a separate HTTP/2
// frame: closing before would reset the stream.
//
// A body with a Content-Length costs little more than its size; one without, twice its
// size. The server's word is believed as far as what it has sent already confirms it.
func (x *exchange) readBody(resp *http.Response) ([]byte, error) {
	most := max(x.opts.Limits.ResponseBytes, 0)
	tooLarge := func() error {
		return reached(x.current, x.opts.Limits, "response_bytes", "ask for less, or ")
	}
	switch {
	case resp.Body == http.NoBody,
		// RFC 9110 §8.6: Content-Length is that of another response here.
		x.current.Method == http.MethodHead, resp.StatusCode == http.StatusNoContent, resp.StatusCode == http.StatusNotModified:
		return nil, nil
	case resp.ContentLength > most:
		return nil, tooLarge()
	}
	size := resp.ContentLength + 1 // one more, to detect the end; 0: unknown
	body := make([]byte, 0, min(cmp.Or(size, firstRead), maxReserved))
	var full [][]byte // what precedes body
	for before := 0; ; {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(before+len(body)) > most {
			err = tooLarge()
		}
		switch {
		case err == nil && len(body) < cap(body):
		case err == nil && size > 0:
			body = slices.Grow(body, max(1, min(int(size)-len(body), 15*len(body))))
		case err == nil:
			before += len(body)
			full, body = append(full, body), make([]byte, 0, min(before, maxReserved))
		default:
			if err == io.EOF { //nolint:errorlint // this very error
				err = nil
			}
			if full != nil {
				body = slices.Concat(append(full, body)...)
			}
			return body, err
		}
	}
}
