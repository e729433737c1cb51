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
	maxDepth = 20       // nested elements
)

// reader reads XML 1.0 in UTF-8 and tracks positions. It refuses a document type, so
// that only the predefined entities exist.
type reader struct {
	file   string
	data   []byte
	source source
	xml    *xml.Decoder
	open   []element // from the root to the innermost one
	at     place     // start of the last token
	offset int64     // likewise, in data
}

// source records whether the decoder read past the last byte, to distinguish a file
// that ends too early from a mistake at its last byte.
type source struct {
	bytes.Reader
	ended bool
}

// ReadByte implements io.ByteReader, which the decoder reads from.
func (s *source) ReadByte() (byte, error) {
	b, err := s.Reader.ReadByte()
	s.ended = s.ended || err != nil
	return b, err
}

// place is a position in a file. Both count from 1; the column counts characters.
type place struct{ line, column int }

// element is an open element. A function that takes one reads up to its end tag.
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
	r.source.Reset(r.data)
	r.xml = xml.NewDecoder(&r.source)
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
		if name, ok := repeated(t.Attr); ok {
			return nil, r.fail(r.at, "", "malformed XML: the attribute "+brief.Text(name)+" is there twice", "")
		}
		if r.open = append(r.open, element{name: t.Name.Local, at: r.at}); len(r.open) > maxDepth {
			return nil, r.fail(r.at, "", fmt.Sprintf("elements are nested more than %d deep", maxDepth), "")
		}
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
	case xml.Directive:
		return nil, r.fail(r.at, "", "the file has a document type", "remove <!DOCTYPE …>")
	}
	return token, nil
}

// repeated returns the name of an attribute that occurs more than once, which XML forbids
// (XML 1.0, 3.1) and the decoder does not notice.
func repeated(attrs []xml.Attr) (string, bool) {
	seen := make(map[xml.Name]bool, len(attrs))
	for _, a := range attrs {
		if seen[a.Name] {
			return a.Name.Local, true
		}
		seen[a.Name] = true
	}
	return "", false
}

// place returns the decoder's position. It continues counting from the last token.
func (r *reader) place() place {
	return r.after(r.data[r.offset:r.xml.InputOffset()])
}

// after returns the position after read, which begins where the last token did.
func (r *reader) after(read []byte) place {
	at := r.at
	if i := bytes.LastIndexByte(read, '\n'); i >= 0 {
		at = place{at.line + bytes.Count(read, []byte("\n")), 1}
		read = read[i+1:]
	}
	at.column += utf8.RuneCount(read)
	return at
}

// children calls each for every child of the open element.
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

// text reads the text of the open element without surrounding blanks. The text of
// its children is skipped.
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
