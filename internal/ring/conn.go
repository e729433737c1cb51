package ring

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A frame is its length in four bytes, big-endian, and that many bytes.
const headerBytes = 4

// kept is the size up to which a buffer is kept for the next frame.
const kept = 64 << 10

// Conn sends and receives frames. It must not be used by several goroutines at once, but
// one may send while another receives.
type Conn struct {
	rw io.ReadWriter

	in         []byte // received
	begin, end int    // of what is not yet consumed

	out []byte
}

// NewConn returns a Conn over rw.
func NewConn(rw io.ReadWriter) *Conn { return &Conn{rw: rw} }

// Send sends one frame, the bytes that body appends to its argument, in one call of Write.
func (c *Conn) Send(body func([]byte) ([]byte, error)) error {
	frame, err := body(append(c.out[:0], make([]byte, headerBytes)...))
	if err != nil {
		return err
	}
	size := len(frame) - headerBytes
	if size > 1<<32-1 {
		return fmt.Errorf("the frame has %d bytes", size)
	}
	binary.BigEndian.PutUint32(frame, uint32(size))
	if c.out = nil; cap(frame) <= kept {
		c.out = frame
	}
	_, err = c.rw.Write(frame)
	return err
}

// Receive returns the next frame, which has at most that many bytes. It is valid until the
// next call. Memory is allocated as the bytes arrive, whatever length the frame claims. The
// error is io.EOF if the connection ends before the frame.
func (c *Conn) Receive(most int) ([]byte, error) {
	if err := c.fill(headerBytes); err != nil {
		if err == io.ErrUnexpectedEOF && c.begin == c.end { //nolint:errorlint // of fill, never wrapped
			return nil, io.EOF
		}
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(c.in[c.begin:]))
	if size > int64(most) {
		return nil, fmt.Errorf("the frame has %d bytes, more than %d", size, most)
	}
	if err := c.fill(headerBytes + int(size)); err != nil {
		return nil, err
	}
	frame := c.in[c.begin+headerBytes : c.begin+headerBytes+int(size)]
	c.begin += headerBytes + int(size)
	return frame, nil
}

// fill reads until n bytes are there.
func (c *Conn) fill(n int) error {
	const least = 8 << 10
	for c.end-c.begin < n {
		if c.begin > 0 && (c.begin == c.end || cap(c.in)-c.begin < n) {
			c.end = copy(c.in, c.in[c.begin:c.end])
			c.begin = 0
			if c.end == 0 && cap(c.in) > kept && n <= kept {
				c.in = nil
			}
		}
		if c.end == len(c.in) {
			// Twice what has arrived, so that a length alone takes no memory.
			grown := make([]byte, min(max(2*len(c.in), least), max(n, least)))
			copy(grown, c.in[:c.end])
			c.in = grown
		}
		m, err := c.rw.Read(c.in[c.end:])
		c.end += m
		if err == io.EOF && c.end-c.begin < n { //nolint:errorlint // never wrapped
			return io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF { //nolint:errorlint // as above
			return err
		}
	}
	return nil
}

// Pending reports whether bytes have arrived that no call of Receive has returned.
func (c *Conn) Pending() bool { return c.end > c.begin }
