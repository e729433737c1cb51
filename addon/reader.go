package addon

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
	"github.com/postern-dev/postern/internal/charset"
)

const (
	maxFile  = 16 << 20 // bytes
	maxDepth = 20       // elements in each other
)

// reader reads XML 1.0 in UTF-8, without a document type and so without entities
// of its own. It knows the place of everything it reads.
type reader struct {
	file   string
	data   []byte
	xml    *xml.Decoder
	open   []element // from the root to the one that is open
	at     place     // where the last token begins
	offset int64     // likewise, in data
}

// place is a position in a file, counted from 1, the column in characters.
type place struct{ line, column int }

// element is one that was opened. Who is handed one reads to its end.
type element struct {
	name  string
	attrs []xml.Attr
	at    place
}

func newReader(file string, data []byte) (*reader, error) {
	r := &reader{file: file, data: bytes.TrimPrefix(data, []byte("\uFEFF")), at: place{1, 1}}
	if len(data) > maxFile {
		return nil, r.fail(place{}, "", fmt.Sprintf("the file has more than %d bytes", maxFile), "")
	}
	if err := r.checkEncoding(); err != nil {
		return nil, err
	}
	r.xml = xml.NewDecoder(bytes.NewReader(r.data))
	r.xml.CharsetReader = func(label string, _ io.Reader) (io.Reader, error) {
		return nil, r.fail(r.at, "", fmt.Sprintf("the file says it is encoded in %q", brief.Text(label)), "save it in UTF-8")
	}
	return r, nil
}

func (r *reader) checkEncoding() error {
	if problem, line, column := charset.NotUTF8(r.data); problem != "" {
		return r.fail(place{line, column}, "", problem, "")
	}
	return nil
}

// next returns the next token, or io.EOF at the end of the file.
func (r *reader) next() (xml.Token, error) {
	r.at, r.offset = r.place(), r.xml.InputOffset()
	token, err := r.xml.Token()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, r.malformed(err)
	}
	switch t := token.(type) {
	case xml.StartElement:
		if r.open = append(r.open, element{name: t.Name.Local, at: r.at}); len(r.open) > maxDepth {
			return nil, r.fail(r.at, "", fmt.Sprintf("elements are nested more than %d deep", maxDepth), "")
		}
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
	case xml.Directive:
		return nil, r.fail(r.at, "", "the file has a document type", "take the <!DOCTYPE …> out")
	}
	return token, nil
}

// place returns where the decoder is. It counts on from the last token.
func (r *reader) place() place {
	at, read := r.at, r.data[r.offset:r.xml.InputOffset()]
	if i := bytes.LastIndexByte(read, '\n'); i >= 0 {
		at = place{at.line + bytes.Count(read, []byte("\n")), 1}
		read = read[i+1:]
	}
	at.column += utf8.RuneCount(read)
	return at
}

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
	switch ends := r.xml.InputOffset() >= int64(len(r.data)); {
	case strings.HasPrefix(message, "invalid character entity"):
		hint = "write &amp; for &, or put the text into " + cdata + " … ]]>"
	case ends && strings.Contains(message, "unexpected EOF"):
		at, message, hint = r.unclosed()
	case strings.Contains(message, "inside quoted string"):
		hint = fmt.Sprintf("is a quote of the tag at line %d, column %d not closed?", r.at.line, r.at.column)
	case strings.Contains(message, "closed by") && len(r.open) > 0:
		e := r.open[len(r.open)-1]
		hint = fmt.Sprintf("<%s> is opened at line %d, column %d", brief.Text(e.name), e.at.line, e.at.column)
	}
	return r.fail(at, "", "malformed XML: "+brief.Text(message), hint)
}

// unclosed returns where the file opened what it does not close.
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

// children calls each with every element in the open one.
func (r *reader) children(each func(e element) error) error {
	for {
		token, err := r.next()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := each(element{t.Name.Local, t.Attr, r.at}); err != nil {
				return err
			}
		}
	}
}

// text reads the text of the open element, without that of elements in it and
// without the blanks around it.
func (r *reader) text() (string, error) {
	var text strings.Builder
	for {
		token, err := r.next()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return strings.TrimSpace(text.String()), nil
		case xml.StartElement:
			if err := r.skip(); err != nil {
				return "", err
			}
		case xml.CharData:
			text.Write(t)
		}
	}
}

// skip reads to the end of the open element.
func (r *reader) skip() error {
	for depth := len(r.open); len(r.open) >= depth; {
		if _, err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// attr returns the attribute of that name, or "".
func (e element) attr(name string) string {
	i := slices.IndexFunc(e.attrs, func(a xml.Attr) bool { return a.Name.Space == "" && a.Name.Local == name })
	if i < 0 {
		return ""
	}
	return e.attrs[i].Value
}

func (r *reader) fail(at place, name, message, hint string) error {
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: "add-on", Name: name, Message: message, Hint: hint,
		File: r.file, Line: at.line, Column: at.column,
	}
}
