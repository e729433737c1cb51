package ring_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/postern-dev/postern/internal/ring"
)

// oneWay is a connection on which only one of the two directions is used.
type oneWay struct {
	io.Reader
	io.Writer
}

func frame(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

func send(c *ring.Conn, b []byte) error {
	return c.Send(func(to []byte) ([]byte, error) { return append(to, b...), nil })
}

// Frames of all sizes arrive, however the bytes are cut.
func TestFrames(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 3, 8<<10 - 4, 8 << 10, 64 << 10, 5, 1 << 20, 0, 200_000, 1}
	var wire bytes.Buffer
	out := ring.NewConn(oneWay{nil, &wire})
	for i, n := range sizes {
		if err := send(out, bytes.Repeat([]byte{byte(i)}, n)); err != nil {
			t.Fatal(err)
		}
	}
	for name, cut := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "half": iotest.HalfReader, "with the end": iotest.DataErrReader,
	} {
		in := ring.NewConn(oneWay{cut(bytes.NewReader(wire.Bytes())), nil})
		for i, n := range sizes {
			got, err := in.Receive(1 << 20)
			if err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, n)) {
				t.Fatalf("%s: frame %d has %d bytes, want %d, %v", name, i, len(got), n, err)
			}
		}
		if _, err := in.Receive(1); err != io.EOF { //nolint:errorlint // as documented
			t.Errorf("%s: error %v at the end, want io.EOF", name, err)
		}
	}
}

func TestBrokenFrames(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bytes []byte
		want  string
	}{
		"nothing":          {nil, "EOF"},
		"half a length":    {[]byte{0, 0}, "unexpected EOF"},
		"half a frame":     {frame([]byte("abc"))[:6], "unexpected EOF"},
		"a huge length":    {[]byte{0xff, 0xff, 0xff, 0xff, 1}, "the frame has 4294967295 bytes, more than 1000"},
		"just above":       {frame(make([]byte, 1001)), "the frame has 1001 bytes, more than 1000"},
		"a length in vain": {[]byte{0, 0, 3, 0xe8}, "unexpected EOF"},
	} {
		if _, err := ring.NewConn(oneWay{bytes.NewReader(tt.bytes), nil}).Receive(1000); err == nil || err.Error() != tt.want {
			t.Errorf("%s: error %v, want %s", name, err, tt.want)
		}
	}
	failed := errors.New("failed")
	c := ring.NewConn(oneWay{iotest.ErrReader(failed), nil})
	if _, err := c.Receive(1); !errors.Is(err, failed) {
		t.Errorf("error %v, want that of the connection", err)
	}
}

// A length that no bytes follow takes no memory.
func TestLengthAloneTakesNoMemory(t *testing.T) { //nolint:paralleltest // it measures allocations
	claim := append(binary.BigEndian.AppendUint32(nil, 1<<30), strings.Repeat("x", 100)...)
	result := testing.Benchmark(func(b *testing.B) { //nolint:thelper // it is none
		for b.Loop() {
			if _, err := ring.NewConn(oneWay{bytes.NewReader(claim), nil}).Receive(1 << 30); err != io.ErrUnexpectedEOF { //nolint:errorlint // as documented
				b.Fatal(err)
			}
		}
	})
	if n := result.AllocedBytesPerOp(); n > 64<<10 {
		t.Errorf("%d bytes were allocated for a frame of 100", n)
	}
}

// FuzzReceive holds that whatever arrives, what is returned is what a frame holds.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{})
	f.Add(frame([]byte("one")))
	f.Add(append(frame(nil), frame(bytes.Repeat([]byte("x"), 9000))...))
	f.Add([]byte{0, 0, 0xff, 0xff, 1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 10_000
		c := ring.NewConn(oneWay{iotest.HalfReader(bytes.NewReader(data)), nil})
		rest := data
		for {
			got, err := c.Receive(most)
			if err != nil {
				if len(rest) >= 4 && binary.BigEndian.Uint32(rest) <= min(most, uint32(len(rest)-4)) {
					t.Fatalf("a whole frame was not returned: %v", err)
				}
				return
			}
			if want := frame(got); !bytes.HasPrefix(rest, want) {
				t.Fatalf("returned %x of %x", got, rest)
			}
			rest = rest[4+len(got):]
		}
	})
}
