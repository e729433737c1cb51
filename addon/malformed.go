package addon

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

// malformed returns the error for err, an error of the XML decoder. It has no type
// that tells one mistake from another, so the hint depends on the part of the token
// that the decoder has read.
func (r *reader) malformed(err error) error {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e
	}
	at := r.place()
	message := strings.TrimPrefix(err.Error(), "xml: ")
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		message = e.Msg
	}
	hint := ""
	read := r.data[r.offset:r.xml.InputOffset()]
	isMarkup := bytes.HasPrefix(read, []byte("<"))
	isEndOf := len(r.open) == 2 && bytes.HasPrefix(read, []byte("</"))
	switch end, ended := r.endOfCDATA(); {
	case ended && !isEndOf && !r.source.ended:
		at, message, hint = end, endsInCode, endsInCodeHint
	case r.source.ended && !bytes.ContainsFunc(textOf(read), isNoCharacter):
		at, message, hint = r.unclosed()
	case !r.source.ended && isWrongEntity(read):
		hint = "write &amp; for &, or put the text into " + cdata + " … ]]>"
	case strings.HasPrefix(message, "illegal character") && bytes.ContainsFunc(read, isNoCharacter):
		at = r.after(read[:bytes.IndexFunc(read, isNoCharacter)]) // the decoder has read to the end of the text
	case isOpenQuote(read):
		hint = fmt.Sprintf("is a quote of the tag at line %d, column %d not closed?", r.at.line, r.at.column)
	case isMarkup && r.inCode() && !isEndOf:
		hint = "put the code into " + cdata + " … ]]>"
	case message == "expected element name after <":
		hint = "write &lt; for <, or put the text into " + cdata + " … ]]>"
	case bytes.HasPrefix(read, []byte("</")) && bytes.HasSuffix(read, []byte(">")) && len(r.open) > 0:
		e := r.open[len(r.open)-1] // the end tag is that of another element
		hint = fmt.Sprintf("<%s> is opened at line %d, column %d", brief.Text(e.name), e.at.line, e.at.column)
	}
	return r.fail(at, "", "malformed XML: "+brief.Text(message), hint)
}

// The error for code that has ]]>, after which the decoder takes it for markup.
const (
	endsInCode     = "the CDATA section ends here, within the code"
	endsInCodeHint = "write ]] > in the code"
)

// inCode reports whether the element that is open, or one around it, holds code.
func (r *reader) inCode() bool {
	return len(r.open) > 1 && (r.open[1].name == "script" || r.open[1].name == "test")
}

// endOfCDATA returns the position of the first ]]> in the code that is open.
func (r *reader) endOfCDATA() (place, bool) {
	if !r.inCode() {
		return place{}, false
	}
	begin := max(0, bytes.LastIndex(r.data[:r.offset], []byte("<"+r.open[1].name)))
	end := bytes.Index(r.data[begin:r.offset], []byte("]]>"))
	if end < 0 {
		return place{}, false
	}
	before := r.data[:begin+end]
	line := bytes.LastIndexByte(before, '\n') + 1
	return place{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[line:])}, true
}

// isWrongEntity reports whether text, at whose end the decoder failed, ends with a
// reference to an entity that XML does not define (XML 1.0, 4.1 and 4.6).
func isWrongEntity(text []byte) bool {
	i := bytes.LastIndexByte(text, '&')
	name, closed := strings.CutSuffix(string(text[i+1:]), ";")
	if i < 0 || strings.ContainsAny(name, "<>\"'; \t\r\n") {
		return false
	}
	switch name {
	case "lt", "gt", "amp", "apos", "quot":
		return !closed
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return !closed || name == digits || err != nil || n > unicode.MaxRune
}

// textOf returns the text of a token, nil if it is not text.
func textOf(token []byte) []byte {
	if bytes.HasPrefix(token, []byte("<")) {
		return nil
	}
	return token
}

// isNoCharacter reports whether c is not a character of XML (XML 1.0, 2.2).
func isNoCharacter(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF
}

// isOpenQuote reports whether text, at whose end the decoder failed, is a tag with
// an attribute whose value is not closed.
func isOpenQuote(text []byte) bool {
	if !bytes.HasPrefix(text, []byte("<")) || bytes.HasPrefix(text, []byte("<!")) || bytes.HasPrefix(text, []byte("<?")) {
		return false
	}
	var open byte
	for _, c := range text {
		switch {
		case open == 0 && (c == '"' || c == '\''):
			open = c
		case c == open:
			open = 0
		}
	}
	return open != 0
}

// unclosed returns the position of what the file opens and does not close, with a
// message and a hint.
func (r *reader) unclosed() (at place, message, hint string) {
	const complete = "is the file complete?"
	rest := r.data[r.offset:]
	for _, part := range []struct{ begin, end, name string }{{cdata, "]]>", "CDATA section"}, {"<!--", "-->", "comment"}, {"<?", "?>", "instruction"}} {
		if bytes.HasPrefix(rest, []byte(part.begin)) {
			return r.at, "the " + part.name + " is not closed", "it ends with " + part.end + "; " + complete
		}
	}
	if len(r.open) == 0 || bytes.HasPrefix(rest, []byte("<")) {
		return r.at, "the file ends within a tag", complete
	}
	e := r.open[len(r.open)-1]
	return e.at, "<" + brief.Text(e.name) + "> is not closed", "add </" + brief.Text(e.name) + ">; " + complete
}
