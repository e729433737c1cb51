package wasmvm

import (
	"bytes"
	"strings"
)

// maxLine is the maximum length of a log line of output in bytes.
const maxLine = 64 << 10

// lineWriter writes a guest's standard output or error to the log, line by line. It buffers at
// most one line.
type lineWriter struct {
	log func(line string) error

	partial []byte
	err     error // of the first line that could not be logged; nothing is logged after it
}

// Write implements io.Writer.
func (w *lineWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0 && w.err == nil; {
		piece, after, ended := bytes.Cut(rest, []byte("\n"))
		if room := maxLine - len(w.partial); len(piece) > room {
			piece, after, ended = rest[:room], rest[room:], true
		}
		w.partial = append(w.partial, piece...)
		if ended {
			w.line()
		}
		rest = after
	}
	return len(p), w.err
}

// flush logs the last line if no newline ends it.
func (w *lineWriter) flush() {
	if len(w.partial) > 0 {
		w.line()
	}
}

func (w *lineWriter) line() {
	if w.err == nil {
		line := strings.TrimSuffix(string(w.partial), "\r")
		w.err = w.log(strings.ToValidUTF8(line, "\ufffd"))
	}
	w.partial = w.partial[:0]
}
