// Package mailaddress parses the address lists of mail headers (RFC 5322 §3.4). It
// accepts more than the standard allows: any address list that mail programs write.
package mailaddress

import (
	"errors"
	"io"
	"mime"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
)

// Mailbox is a mailbox (RFC 5322 §3.4).
type Mailbox struct {
	Address string
	Name    string // the display name as plain text; may be empty
}

// Parse returns the mailboxes of an address list, including those of its groups, and none
// if one of them has no valid address. Beyond the standard it allows any text as display
// name, dots anywhere in an address, text after the ">", and ";" for ",".
func Parse(list string) []Mailbox {
	// Folding (RFC 5322 §2.2.3) is not part of the text.
	s := scanner{rest: strings.NewReplacer("\r\n ", " ", "\r\n\t", "\t", "\n ", " ", "\n\t", "\t").Replace(list)}
	var found []Mailbox
	for s.rest != "" {
		s.next()
		if s.blank() {
			continue
		}
		m := s.mailbox()
		if (hostapi.Address{Address: m.Address}).Check() != nil {
			return nil
		}
		found = append(found, m)
	}
	return found
}

// scanner reads one mailbox at a time.
type scanner struct {
	rest string

	name     strings.Builder // the text outside of <> and comments, without the quotes of quoted strings
	quoted   strings.Builder // the same with them: it is the address if there is no <>
	angle    string
	hasAngle bool
	hasAt    bool // whether there is an @ in the name
	comment  string
}

// next reads up to the next separator.
func (s *scanner) next() {
	s.name.Reset()
	s.quoted.Reset()
	s.angle, s.hasAngle, s.hasAt, s.comment = "", false, false, ""
	for s.rest != "" {
		switch c := s.rest[0]; {
		case c == ',' || c == ';':
			s.rest = s.rest[1:]
			return
		case c == ':' && !s.hasAngle && !s.hasAt: // the text so far is the name of a group
			s.name.Reset()
			s.quoted.Reset()
			s.rest = s.rest[1:]
		case c == '"':
			n := quotedLength(s.rest)
			s.add(unquote(s.rest[:n]), s.rest[:n])
		case c == '(':
			n := commentLength(s.rest)
			s.comment = unquote(s.rest[:n])
			s.rest = s.rest[n:]
		case c == '<':
			s.readAngle()
		case c == '[': // a domain literal may have colons
			n := strings.IndexByte(s.rest, ']') + 1
			if n == 0 {
				n = len(s.rest)
			}
			s.add(s.rest[:n], s.rest[:n])
		default:
			n := 1
			if strings.HasPrefix(s.rest, "=?") { // an encoded word has any character but a space
				n = max(n, len(encodedWord().FindString(s.rest)))
			}
			s.add(s.rest[:n], s.rest[:n])
		}
	}
}

// add consumes a part of the name. Text after <> is not part of it.
func (s *scanner) add(name, quoted string) {
	if !s.hasAngle {
		s.name.WriteString(name)
		s.quoted.WriteString(quoted)
		s.hasAt = s.hasAt || quoted == "@"
	}
	s.rest = s.rest[len(quoted):]
}

func (s *scanner) readAngle() {
	n := 1
	for n < len(s.rest) && s.rest[n] != '>' {
		if s.rest[n] == '"' {
			n += quotedLength(s.rest[n:])
		} else {
			n++
		}
	}
	if !s.hasAngle {
		s.angle, s.hasAngle = strings.TrimSpace(s.rest[1:n]), true
	}
	s.rest = strings.TrimPrefix(s.rest[n:], ">")
}

// blank reports whether nothing was read, as after a superfluous comma.
func (s *scanner) blank() bool {
	return !s.hasAngle && strings.TrimSpace(s.quoted.String()) == ""
}

func (s *scanner) mailbox() Mailbox {
	if !s.hasAngle {
		return Mailbox{Address: strings.TrimSpace(s.quoted.String()), Name: plainText(s.comment)}
	}
	m := Mailbox{Address: s.angle, Name: plainText(s.name.String())}
	if m.Name == "" {
		m.Name = plainText(s.comment)
	}
	if strings.HasPrefix(m.Address, "@") { // a route (RFC 5322 §4.4): <@a,@b:c@d>
		_, m.Address, _ = strings.Cut(m.Address, ":")
	}
	return m
}

// quotedLength returns the length of the quoted string at the start of s, up to the end
// of s if it is not closed.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// commentLength returns the length of the comment at the start of s. Comments nest.
func commentLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// unquote returns the content of a quoted string or a comment.
func unquote(s string) string {
	s = s[1:]
	if n := len(s) - 1; n >= 0 && (s[n] == '"' || s[n] == ')') {
		s = s[:n]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// encodedWord is an encoded word (RFC 2047 §2).
var encodedWord = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=`)
})

// plainText decodes the encoded words of a name, if their charsets are known. Control
// characters become spaces, since names are written into headers again, and a run of
// spaces becomes one space.
func plainText(name string) string {
	words := mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
		cs, ok := charset.Lookup(name)
		if !ok {
			return nil, errors.ErrUnsupported
		}
		b, err := io.ReadAll(r)
		return strings.NewReader(cs.Decode(b)), err
	}}
	if decoded, err := words.DecodeHeader(name); err == nil {
		name = decoded
	}
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == ' ' }), " ")
}
