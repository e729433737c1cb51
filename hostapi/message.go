package hostapi

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of header fields of a message.
const (
	maxHeaderText = 998 // characters of a subject or a name, RFC 5322 §2.1.1
	maxAddress    = 254 // bytes, RFC 5321 §4.5.3.1.3 less the angle brackets
	maxLocalPart  = 64  // bytes, RFC 5321 §4.5.3.1.1
	maxChannel    = 255 // characters
)

// FeedPost is a message that a task posts to a feed.
type FeedPost struct {
	Channel   string  `json:"channel,omitempty"`
	MessageID *int64  `json:"messageId,omitempty"` // the post it replies to
	Message   string  `json:"message"`
	Markdown  bool    `json:"markdown"`
	GroupID   *int64  `json:"groupId,omitempty"` // the group it is shared with
	Files     []*File `json:"files,omitempty"`
}

// Check refuses a post with a channel that has a line break or more than 255
// characters, or a file that [File.Check] refuses. The error is [CodeInvalidArgument]
// and names the field.
func (p *FeedPost) Check() error {
	const op = "post"
	if wrong := checkHeaderText(p.Channel, maxChannel); wrong != "" {
		return invalid(op, "channel", wrong, "")
	}
	return checkFiles(op, p.Files)
}

// Email is a message that a task sends.
type Email struct {
	From    Address   `json:"from"`
	ReplyTo *Address  `json:"replyTo,omitempty"`
	To      []Address `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Files   []*File   `json:"files,omitempty"`
}

// Check refuses a message without a sender or a recipient, with an address that
// [Address.Check] refuses, a subject that has a line break or more than 998 characters,
// or a file that [File.Check] refuses. The error is [CodeInvalidArgument] and names the
// field, but does not repeat it.
func (e *Email) Check() error {
	const op = "send"
	if e.From == (Address{}) || len(e.To) == 0 {
		return invalid(op, "", "the message has no sender or no recipient", "set from and to first")
	}
	check := func(part string, a Address) error {
		if wrong := a.wrong(); wrong != "" {
			return invalid(op, part, wrong, "write each address as name@example.com, one at a time, and its display name apart from it")
		}
		return nil
	}
	if err := check("from", e.From); err != nil {
		return err
	}
	if e.ReplyTo != nil {
		if err := check("replyTo", *e.ReplyTo); err != nil {
			return err
		}
	}
	for i, to := range e.To {
		if err := check(fmt.Sprintf("to %d", i+1), to); err != nil {
			return err
		}
	}
	if wrong := checkHeaderText(e.Subject, maxHeaderText); wrong != "" {
		return invalid(op, "subject", wrong, "")
	}
	return checkFiles(op, e.Files)
}

func checkFiles(op string, files []*File) error {
	for i, f := range files {
		if f == nil {
			f = new(File)
		}
		if wrong := f.wrong(); wrong != "" {
			return invalid(op, fmt.Sprintf("file %d", i+1), wrong, "")
		}
	}
	return nil
}

// Address is a mailbox, RFC 5322 §3.4.
type Address struct {
	Name    string `json:"name,omitempty"` // plain text, neither quoted nor encoded
	Address string `json:"address"`        // local-part@domain, without angle brackets
}

// Check refuses anything but exactly one address, and a display name that is not one
// line of at most 998 characters. Beyond the standard, dots may be anywhere in the
// local part, and non-ASCII letters anywhere (RFC 6532 §3.2). The error is
// [CodeInvalidArgument] and does not repeat the address.
func (a Address) Check() error {
	if wrong := a.wrong(); wrong != "" {
		return invalid("address", "", wrong, "")
	}
	return nil
}

func (a Address) wrong() string {
	if wrong := checkHeaderText(a.Name, maxHeaderText); wrong != "" {
		return "the display name: " + wrong
	}
	i := strings.LastIndexByte(a.Address, '@')
	switch {
	case a.Address == "":
		return "the address is empty"
	case len(a.Address) > maxAddress || i > maxLocalPart:
		return fmt.Sprintf("the address has more than %d bytes, or more than %d before the @", maxAddress, maxLocalPart)
	case i < 1 || !isLocalPart(a.Address[:i]) || !isDomain(a.Address[i+1:]):
		return "not one email address"
	}
	return ""
}

// isLocalPart reports whether s is a dot-atom or a quoted string, RFC 5322 §3.4.1,
// with dots anywhere.
func isLocalPart(s string) bool {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		return isQuotedRest(quoted)
	}
	return s != "" && !strings.ContainsFunc(s, notInAddress) && !strings.ContainsAny(s, `()<>[]:;@\,"`)
}

// isQuotedRest reports whether s is what follows the opening quote of a quoted string,
// on one line and with nothing after it.
func isQuotedRest(s string) bool {
	if strings.ContainsFunc(s, breaksLine) {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i == len(s)-1
		case '\\':
			i++
		}
	}
	return false
}

// isDomain reports whether s is a domain or a domain literal, RFC 5322 §3.4.1.
func isDomain(s string) bool {
	if literal, ok := strings.CutPrefix(s, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		return ok && literal != "" && !strings.ContainsFunc(literal, notInAddress) && !strings.ContainsAny(literal, `[]\()<>@,;"`)
	}
	return s != "" && !strings.ContainsFunc(s, notInAddress) && !strings.ContainsAny(s, `()<>[]:;@\,"`)
}

// notInAddress reports whether an address cannot have the character outside quotes:
// white space and invisible characters.
func notInAddress(r rune) bool {
	return r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r)
}

// checkHeaderText returns why text is not one line of at most that many characters; ""
// if it is.
func checkHeaderText(text string, most int) string {
	switch {
	case strings.ContainsFunc(text, breaksLine):
		return "it has a line break or another control character"
	case utf8.RuneCountInString(text) > most:
		return fmt.Sprintf("it has more than %d characters", most)
	}
	return ""
}

// breaksLine reports whether r is, or may be interpreted as, a line break or another
// control character. A tab is white space.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029'
}
