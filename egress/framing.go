package egress

import (
	"bytes"
	"math"
)

// framing finds where the HTTP/1 messages in one direction of a connection end, RFC
// 9112 §6. It parses at least as strictly as net/http, and never considers a message
// longer than net/http does.
type framing struct {
	state   frameState
	left    int64 // remaining bytes of the body or chunk
	request bool  // of requests; otherwise of responses
	noBody  bool  // the response is to a HEAD request

	// From the head of the message.
	status  int
	oldHTTP bool // HTTP/1.0, which has no chunks
	length  int64
	chunked bool
	framed  bool // the previous line was one of those two

	line  [64]byte // beginning of a line that was read in pieces
	piece int      // length of that line so far, even if it exceeds the array
}

type frameState uint8

const (
	betweenMessages frameState = iota
	inStartLine
	inFields
	inBody
	inChunkSize
	inChunkData
	inChunkEnd
	inTrailers
	untilClose // all further data belongs to the message
)

// begin starts a message. With noBody it is a response to a HEAD request, which has a
// Content-Length and no body.
func (f *framing) begin(noBody bool) {
	f.state, f.noBody = inStartLine, noBody
	f.length, f.chunked, f.framed = -1, false, false
}

// take returns how many bytes of p belong to the current message: fewer than len(p) if
// the message ends before. It reports false for data that is not HTTP.
func (f *framing) take(p []byte) (n int, ok bool) {
	for n < len(p) {
		switch f.state {
		case betweenMessages:
			return n, true
		case untilClose:
			return len(p), true
		case inBody, inChunkData:
			step := min(int64(len(p)-n), f.left)
			n += int(step)
			if f.left -= step; f.left > 0 {
				return n, true
			}
			if f.state == inChunkData {
				f.state = inChunkEnd
			} else {
				f.state = betweenMessages
			}
			continue
		}
		line, read, whole := f.nextLine(p[n:])
		if n += read; !whole {
			return n, true
		}
		if !f.readLine(line) {
			return n, false
		}
	}
	return n, true
}

// nextLine returns the line at the beginning of p without its end, and its length. Of a
// line that was read in pieces it returns only the beginning.
func (f *framing) nextLine(p []byte) (line []byte, n int, whole bool) {
	end := bytes.IndexByte(p, '\n')
	if end >= 0 && f.piece == 0 {
		return bytes.TrimSuffix(p[:end], []byte{'\r'}), end + 1, true
	}
	part := p
	if end >= 0 {
		part = p[:end]
	}
	if f.piece < len(f.line) {
		copy(f.line[f.piece:], part)
	}
	f.piece = min(f.piece+len(part), math.MaxInt32)
	if end < 0 {
		return nil, len(p), false
	}
	line = f.line[:min(f.piece, len(f.line))]
	if f.piece <= len(f.line) {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	f.piece = 0
	return line, end + 1, true
}

func (f *framing) readLine(line []byte) bool {
	switch f.state {
	case inStartLine:
		f.state = inFields
		return f.request || f.readStatus(line)
	case inFields:
		if len(line) == 0 {
			f.endHead()
			return true
		}
		return f.readField(line)
	case inChunkSize:
		return f.readChunkSize(line)
	case inChunkEnd:
		f.state = inChunkSize
		return len(line) == 0
	case inTrailers:
		if len(line) == 0 {
			f.state = betweenMessages
		}
	}
	return true
}

// readStatus reads a status line, RFC 9112 §4.
func (f *framing) readStatus(line []byte) bool {
	version, status, _ := bytes.Cut(line, []byte{' '})
	f.oldHTTP = string(version) == "HTTP/1.0"
	status = bytes.TrimLeft(status, " ")
	if !f.oldHTTP && string(version) != "HTTP/1.1" || len(status) < 3 || len(status) > 3 && status[3] != ' ' {
		return false
	}
	code, ok := number(status[:3], 10)
	f.status = int(code)
	return ok
}

// readField parses the two fields that determine the length of a body.
func (f *framing) readField(line []byte) bool {
	if line[0] == ' ' || line[0] == '\t' { // RFC 9112 §5.2: it continues the previous line
		return !f.framed
	}
	f.framed = false
	const contentLength, transferEncoding = "content-length", "transfer-encoding"
	switch {
	case isField(line, contentLength):
		f.framed = true
		length, ok := number(bytes.Trim(line[len(contentLength)+1:], " \t"), 10)
		if !ok || f.length >= 0 && f.length != length {
			return false
		}
		f.length = length
	case isField(line, transferEncoding) && !f.oldHTTP:
		f.framed = true
		if f.chunked || !bytes.EqualFold(bytes.Trim(line[len(transferEncoding)+1:], " \t"), []byte("chunked")) {
			return false
		}
		f.chunked = true
	}
	return true
}

// isField reports whether line is a field of that name, given in lower case.
func isField(line []byte, name string) bool {
	return len(line) > len(name) && line[0]|0x20 == name[0] && line[len(name)] == ':' && bytes.EqualFold(line[:len(name)], []byte(name))
}

// endHead determines the length of the body, RFC 9112 §6.3.
func (f *framing) endHead() {
	switch {
	case !f.request && f.status/100 == 1 && f.status != 101:
		f.begin(f.noBody) // the final response follows, RFC 9110 §15.2
	case !f.request && f.status == 101:
		f.state = untilClose
	case !f.request && (f.noBody || f.status == 204 || f.status == 304):
		f.state = betweenMessages
	case f.chunked:
		f.state = inChunkSize
	case f.length > 0:
		f.state, f.left = inBody, f.length
	case f.length == 0 || f.request:
		f.state = betweenMessages
	default:
		f.state = untilClose
	}
}

// readChunkSize reads the line before a chunk, RFC 9112 §7.1.
func (f *framing) readChunkSize(line []byte) bool {
	size, _, _ := bytes.Cut(line, []byte{';'})
	left, ok := number(bytes.TrimRight(size, " \t"), 16)
	f.state, f.left = inChunkData, left
	if left == 0 {
		f.state = inTrailers
	}
	return ok
}

// number parses digits without sign or space.
func number(digits []byte, base int64) (n int64, ok bool) {
	for _, c := range digits {
		var d int64
		switch {
		case '0' <= c && c <= '9':
			d = int64(c - '0')
		case base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f':
			d = int64(c|0x20-'a') + 10
		default:
			return 0, false
		}
		if n > (math.MaxInt64-d)/base {
			return 0, false
		}
		n = n*base + d
	}
	return n, len(digits) > 0
}
