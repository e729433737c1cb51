package jsvm

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// jsonText is a JSON text (RFC 8259) that is being parsed. The parser of goja reads tokens
// of encoding/json, which takes twice as long.
type jsonText struct {
	vm    *goja.Runtime
	text  string
	at    int
	depth int
}

// parse returns the value of the text; ok is false for one that is too deep, is not JSON,
// or has a number that is out of range.
func (t *jsonText) parse() (v goja.Value, ok bool) {
	if v, ok = t.value(); !ok {
		return nil, false
	}
	t.skipSpace()
	return v, t.at == len(t.text)
}

func (t *jsonText) skipSpace() {
	for t.at < len(t.text) {
		switch t.text[t.at] {
		case ' ', '\t', '\n', '\r':
			t.at++
		default:
			return
		}
	}
}

// next skips space and, if c follows, c.
func (t *jsonText) next(c byte) bool {
	t.skipSpace()
	if t.at < len(t.text) && t.text[t.at] == c {
		t.at++
		return true
	}
	return false
}

func (t *jsonText) value() (goja.Value, bool) {
	t.skipSpace()
	if t.at == len(t.text) {
		return nil, false
	}
	switch t.text[t.at] {
	case '{', '[':
		return t.nested(t.text[t.at])
	case '"':
		s, ok := t.string()
		return t.vm.ToValue(s), ok
	case 't':
		return t.vm.ToValue(true), t.word("true")
	case 'f':
		return t.vm.ToValue(false), t.word("false")
	case 'n':
		return goja.Null(), t.word("null")
	}
	return t.number()
}

func (t *jsonText) word(word string) bool {
	if !strings.HasPrefix(t.text[t.at:], word) {
		return false
	}
	t.at += len(word)
	return true
}

// nested reads an object or an array, of which the bracket is next.
func (t *jsonText) nested(bracket byte) (o *goja.Object, ok bool) {
	t.at++
	if t.depth++; t.depth > maxJSONDepth {
		return nil, false
	}
	if bracket == '{' {
		o, ok = t.object()
	} else {
		o, ok = t.array()
	}
	t.depth--
	return o, ok
}

func (t *jsonText) object() (*goja.Object, bool) {
	o := t.vm.NewObject()
	if t.next('}') {
		return o, true
	}
	for {
		if t.skipSpace(); t.at == len(t.text) || t.text[t.at] != '"' {
			return nil, false
		}
		name, ok := t.string()
		if !ok || !t.next(':') {
			return nil, false
		}
		value, ok := t.value()
		if !ok {
			return nil, false
		}
		// Not Set, for which __proto__ is not a property.
		if o.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE) != nil {
			return nil, false
		}
		if t.next('}') {
			return o, true
		}
		if !t.next(',') {
			return nil, false
		}
	}
}

func (t *jsonText) array() (*goja.Object, bool) {
	var items []any
	if t.next(']') {
		return t.vm.NewArray(), true
	}
	for {
		value, ok := t.value()
		if !ok {
			return nil, false
		}
		items = append(items, value)
		if t.next(']') {
			return t.vm.NewArray(items...), true
		}
		if !t.next(',') {
			return nil, false
		}
	}
}

// string reads a string, of which the quote is next.
func (t *jsonText) string() (string, bool) {
	start := t.at
	t.at++
	escaped, ascii := false, true
	for ; t.at < len(t.text); t.at++ {
		switch c := t.text[t.at]; {
		case c == '"':
			t.at++
			return t.decoded(t.text[start:t.at], escaped, ascii)
		case c == '\\':
			escaped = true
			t.at++
		case c < ' ':
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", false
}

// decoded returns what a string in quotes says.
func (t *jsonText) decoded(quoted string, escaped, ascii bool) (text string, ok bool) {
	if escaped {
		return text, json.Unmarshal([]byte(quoted), &text) == nil
	}
	text = quoted[1 : len(quoted)-1]
	if !ascii && !utf8.ValidString(text) {
		return "", false
	}
	const small = 4 << 10
	if len(t.text) > small {
		text = strings.Clone(text) // else it would keep all of the JSON text in memory
	}
	return text, true
}

func (t *jsonText) number() (goja.Value, bool) {
	start := t.at
	if t.text[t.at] == '-' {
		t.at++
	}
	first := t.at
	switch n := t.digits(); {
	case n == 0, n > 1 && t.text[first] == '0':
		return nil, false
	}
	whole := true
	if t.at < len(t.text) && t.text[t.at] == '.' {
		t.at++
		if whole = false; t.digits() == 0 {
			return nil, false
		}
	}
	if t.at < len(t.text) && t.text[t.at]|0x20 == 'e' {
		t.at++
		if t.at < len(t.text) && (t.text[t.at] == '+' || t.text[t.at] == '-') {
			t.at++
		}
		if whole = false; t.digits() == 0 {
			return nil, false
		}
	}
	const exact = 15 // digits that a float64 has in any case
	if digits := t.text[start:t.at]; whole && len(digits) <= exact && digits != "-0" {
		n, err := strconv.ParseInt(digits, 10, 64)
		return t.vm.ToValue(n), err == nil
	}
	f, err := strconv.ParseFloat(t.text[start:t.at], 64)
	return t.vm.ToValue(f), err == nil
}

// digits skips digits and returns how many there were.
func (t *jsonText) digits() int {
	start := t.at
	for t.at < len(t.text) && '0' <= t.text[t.at] && t.text[t.at] <= '9' {
		t.at++
	}
	return t.at - start
}
