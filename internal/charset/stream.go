package charset

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"

	"golang.org/x/text/encoding/unicode"
)

// ErrLongLine is the error of [Charset.Lines] for a line that is too long.
var ErrLongLine = errors.New("the line is too long")

// Lines yields the lines of the text that r has in the charset, decoded as [Charset.Decode]
// does and without their line ends, which are "\n", "\r\n" or "\r". A line end at the end
// of the text does not begin another line, so empty text has no lines. No more than one line
// is held, of at most that many bytes. The last value is an error, if there is one.
func (c Charset) Lines(r io.Reader, most int64) iter.Seq2[string, error] {
	enc := c.encoding
	if enc == nil {
		enc = unicode.UTF8
	}
	return func(yield func(string, error) bool) {
		lines := bufio.NewReaderSize(enc.NewDecoder().Reader(r), 32<<10)
		var line []byte
		for {
			end, err := readLine(lines, &line, most)
			switch {
			case err == io.EOF && len(line) == 0: //nolint:errorlint // never wrapped
				return
			case err != nil && err != io.EOF: //nolint:errorlint // never wrapped
				yield("", err)
				return
			}
			if !yield(string(line), nil) || err != nil {
				return
			}
			if end == '\r' {
				if next, err := lines.Peek(1); err == nil && next[0] == '\n' {
					_, _ = lines.Discard(1) // as seen
				}
			}
			line = line[:0]
		}
	}
}

// readLine appends to line what comes before the next "\n" or "\r", and returns which of
// the two it was. At the end of the text the error is io.EOF.
func readLine(r *bufio.Reader, line *[]byte, most int64) (end byte, err error) {
	for {
		if _, err := r.Peek(1); err != nil {
			return 0, err
		}
		seen, _ := r.Peek(r.Buffered()) // cannot fail
		i := bytes.IndexAny(seen, "\r\n")
		n := i
		if i < 0 {
			n = len(seen)
		}
		if int64(len(*line)+n) > most {
			return 0, ErrLongLine
		}
		*line = append(*line, seen[:n]...)
		if i >= 0 {
			end = seen[i]
			_, _ = r.Discard(n + 1) // as seen
			return end, nil
		}
		_, _ = r.Discard(n) // as seen
	}
}
