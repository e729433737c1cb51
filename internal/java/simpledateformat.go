package java

import (
	"fmt"
	"strings"
	"time"
)

// SimpleDateFormat is a java.text.SimpleDateFormat. It never changes; formatting
// and parsing may go on at once.
type SimpleDateFormat struct {
	elements []dateElement
	names    *dateNames
	imperial bool // the Japanese imperial calendar
	loc      *time.Location
	// Two-digit years are those of the 100 years from here: Java's 80-20 rule.
	centuryStart time.Time
}

// dateElement is a run of one letter, or literal text.
type dateElement struct {
	letter byte // 0 for text
	count  int
	text   string
	// abuts is set when digits of a field may follow at once; then a number has
	// count digits at most.
	abuts bool
}

const dateLetters = "GyYMLwWDdFEuaHkKhmsSzZX"

// NewSimpleDateFormat compiles a pattern. loc is the time zone of what Format
// writes and of a text that names none. A letter without meaning, or a quote
// without its end, is an IllegalArgumentException.
func NewSimpleDateFormat(pattern string, locale Locale, loc *time.Location) (*SimpleDateFormat, error) {
	elements, err := compileDatePattern(pattern)
	if err != nil {
		return nil, err
	}
	return &SimpleDateFormat{
		elements:     elements,
		names:        locale.names(),
		imperial:     locale.imperial(),
		loc:          loc,
		centuryStart: time.Now().In(loc).AddDate(-80, 0, 0),
	}, nil
}

func compileDatePattern(pattern string) ([]dateElement, error) {
	var elements []dateElement
	for rest := pattern; rest != ""; {
		element, length, err := nextDateElement(rest)
		if err != nil {
			return nil, err
		}
		rest = rest[length:]
		elements = append(elements, element)
	}
	for i := 1; i < len(elements); i++ {
		elements[i-1].abuts = elements[i].isNumber()
	}
	return elements, nil
}

// nextDateElement returns what pattern starts with, and its length there.
func nextDateElement(pattern string) (element dateElement, length int, err error) {
	letter := pattern[0]
	switch {
	case letter == '\'':
		text, length, err := quotedText(pattern)
		return dateElement{text: text}, length, err
	case !isASCIILetter(rune(letter)):
		end := strings.IndexFunc(pattern, func(r rune) bool { return r == '\'' || isASCIILetter(r) })
		if end < 0 {
			end = len(pattern)
		}
		return dateElement{text: pattern[:end]}, end, nil
	case strings.IndexByte(dateLetters, letter) < 0:
		return element, 0, illegalArgumentException(fmt.Sprintf("Illegal pattern character '%c'", letter))
	}
	count := len(pattern) - len(strings.TrimLeft(pattern, pattern[:1]))
	if letter == 'X' && count > 3 {
		return element, 0, illegalArgumentException(fmt.Sprintf("invalid ISO 8601 format: length=%d", count))
	}
	return dateElement{letter: letter, count: count}, count, nil
}

func isASCIILetter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// quotedText reads text in quotes, where two quotes are one. Two quotes alone are
// a quote.
func quotedText(pattern string) (text string, length int, err error) {
	if strings.HasPrefix(pattern, "''") {
		return "'", 2, nil
	}
	var b strings.Builder
	for rest := pattern[1:]; ; {
		part, after, found := strings.Cut(rest, "'")
		if !found {
			return "", 0, illegalArgumentException("Unterminated quote")
		}
		b.WriteString(part)
		if !strings.HasPrefix(after, "'") {
			return b.String(), len(pattern) - len(after), nil
		}
		b.WriteByte('\'')
		rest = after[1:]
	}
}

// isNumber reports whether the element is written in digits.
func (e *dateElement) isNumber() bool {
	switch e.letter {
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X':
		return false
	case 'M', 'L':
		return e.count <= 2
	default:
		return true
	}
}
