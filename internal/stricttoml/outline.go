package stricttoml

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of tables and lists, and the number of parts of a key: the
// decoder recurses for each.
const maxDepth = 64

// maxKey bounds the bytes of one part of a key.
const maxKey = 1024

// flaw is a mistake in the outline of a file.
type flaw struct {
	at                  int
	name, message, hint string
}

// outliner finds the places of all keys in one pass over the text. It parses values only
// as far as needed to find their ends, and stops where the text is not TOML.
type outliner struct {
	text string
	i    int // offset of the next byte
	top  place
	flaw *flaw // the first one
	over bool  // stopped early

	headers []int    // offsets of those that begin a line
	header  bool     // one is being read
	linked  bool     // some part of the text may only be understood together with another
	parts   []part   // of the keys that are being read, one inside the other
	places  []place  // allocated, and not used yet
	mixed   []*place // the tables that are
}

// outline returns the places of the keys in text. It ends at the first flaw.
func outline(text string) *outliner {
	o := &outliner{text: text}
	table, depth := &o.top, 0
	for o.blank(true); o.i < len(text) && !o.over; o.blank(true) {
		if text[o.i] != '[' {
			o.pair(table, depth)
			continue
		}
		table, depth = o.readHeader()
	}
	for _, table := range o.mixed {
		slices.SortFunc(table.keys, func(a, b *place) int { return a.at - b.at })
	}
	return o
}

func (o *outliner) fail(at int, name, message, hint string) {
	o.over = true
	if o.flaw == nil {
		o.flaw = &flaw{at, name, message, hint}
	}
}

// blank skips spaces and, with lines, line ends and comments too.
func (o *outliner) blank(lines bool) {
	for ; o.i < len(o.text); o.i++ {
		switch c := o.text[o.i]; {
		case c == ' ' || c == '\t':
		case lines && (c == '\n' || c == '\r'):
		case lines && c == '#':
			o.i += ends(o.text[o.i:], "\n") - 1
		default:
			return
		}
	}
}

// ends returns the index of the first of some bytes in text, or the length of text.
func ends(text, of string) int {
	if i := strings.IndexAny(text, of); i >= 0 {
		return i
	}
	return len(text)
}

// take skips c, or stops if the next byte is another one.
func (o *outliner) take(c byte) bool {
	if o.over = o.over || o.i >= len(o.text) || o.text[o.i] != c; o.over {
		return false
	}
	o.i++
	return true
}

// part is one part of a dotted key.
type part struct {
	name string
	at   int
}

// dotted reads a key of a table at that depth. The caller removes its parts from o.parts.
func (o *outliner) dotted(depth int) []part {
	before := len(o.parts)
	for !o.over {
		o.blank(false)
		at := o.i
		name := o.name()
		switch {
		case o.over:
			return nil
		case len(name) > maxKey:
			o.fail(at, "", "has a key that is longer than "+strconv.Itoa(maxKey)+" bytes", "")
			return nil
		case depth+len(o.parts)-before >= maxDepth:
			o.tooDeep(at)
			return nil
		}
		o.parts = append(o.parts, part{name, at})
		o.blank(false)
		if o.i >= len(o.text) || o.text[o.i] != '.' {
			break
		}
		o.i++
	}
	return o.parts[before:]
}

func (o *outliner) tooDeep(at int) {
	o.fail(at, "", "is nested deeper than "+strconv.Itoa(maxDepth)+" tables and lists", "")
}

// name reads one part of a key.
func (o *outliner) name() string {
	rest := o.text[o.i:]
	if rest == "" || rest[0] == '"' || rest[0] == '\'' {
		from := o.i
		o.quoted()
		if o.over {
			return ""
		}
		if inside := o.text[from+1 : o.i-1]; rest[0] == '"' {
			return unescape(inside)
		} else {
			return inside
		}
	}
	n := ends(rest, " \t\r\n.=[]{},#\"'")
	if o.over = n == 0; o.over {
		return ""
	}
	o.i += n
	return rest[:n]
}

// quoted skips a string of any of the four kinds.
func (o *outliner) quoted() {
	if o.over = o.i >= len(o.text); o.over {
		return
	}
	quote := o.text[o.i : o.i+1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(o.text[o.i:], long) {
		o.i += 3
		o.past(long, quote[0] == '"', "")
		for n := 0; n < 2 && strings.HasPrefix(o.text[o.i:], quote); n++ {
			o.i++ // up to two quotes may precede the closing ones
		}
		return
	}
	o.i++
	o.past(quote, quote[0] == '"', "\n")
}

// past skips up to and including the next end, unless one of the bytes in not comes first.
func (o *outliner) past(end string, escapes bool, not string) {
	for !o.over {
		n := ends(o.text[o.i:], `\`+end[:1]+not)
		o.i += n
		switch {
		case o.i >= len(o.text) || strings.IndexByte(not, o.text[o.i]) >= 0:
			o.over = true
		case o.text[o.i] == '\\' && escapes:
			o.i = min(o.i+2, len(o.text))
		case strings.HasPrefix(o.text[o.i:], end):
			o.i += len(end)
			return
		default:
			o.i++
		}
	}
}

// readHeader reads [a.b] or [[a.b]] and returns the table that it defines.
func (o *outliner) readHeader() (table *place, depth int) {
	if o.i > 0 && o.text[o.i-1] == '\n' {
		o.headers = append(o.headers, o.i)
	}
	o.header = true
	defer func() { o.header = false }()
	o.take('[')
	isList := o.i < len(o.text) && o.text[o.i] == '['
	if isList {
		o.linked = true
		o.i++
	}
	parts := o.dotted(0)
	o.parts = o.parts[:0]
	if !o.take(']') || isList && !o.take(']') {
		return &o.top, 0
	}
	table = o.descend(&o.top, parts[:len(parts)-1])
	last := parts[len(parts)-1]
	child, isNew := o.key(table, last.name, last.at)
	switch {
	case isList:
		if !isNew && child.count == 0 {
			o.twice(parts, child)
		}
		return o.element(child, last.at), len(parts) + 1
	case child.set || child.count > 0:
		o.twice(parts, child)
	case !isNew: // so far it is only part of the names of other tables
		child.at = last.at
		if !table.mixed {
			table.mixed, o.mixed = true, append(o.mixed, table)
		}
	}
	child.set = true
	return child, len(parts)
}

// twice records that the key with these parts is defined already.
func (o *outliner) twice(parts []part, before *place) {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	line := 1 + strings.Count(o.text[:before.at], "\n")
	o.fail(parts[len(parts)-1].at, strings.Join(names, "."), "defined twice", "remove one; the other is on line "+strconv.Itoa(line))
}

// descend returns the table at the path parts below another table.
func (o *outliner) descend(table *place, parts []part) *place {
	for _, p := range parts {
		child, _ := o.key(table, p.name, p.at)
		table = child.last()
	}
	return table
}

// pair reads key = value in a table.
func (o *outliner) pair(table *place, depth int) {
	before := len(o.parts)
	parts := o.dotted(depth)
	if !o.take('=') {
		return
	}
	last := parts[len(parts)-1]
	child, isNew := o.key(o.descend(table, parts[:len(parts)-1]), last.name, last.at)
	if o.value(child, depth+len(parts)); !isNew && !o.over {
		o.twice(parts, child)
	}
	child.set = true
	o.parts = o.parts[:before]
}

// value skips a value and adds the keys and elements inside it to p.
func (o *outliner) value(p *place, depth int) {
	o.blank(false)
	if o.over = o.over || o.i >= len(o.text); o.over {
		return
	}
	switch c := o.text[o.i]; {
	case c == '"' || c == '\'':
		o.quoted()
	case (c == '[' || c == '{') && depth >= maxDepth:
		o.tooDeep(o.i)
	case c == '[':
		o.list(p, depth+1)
	case c == '{':
		o.inline(p, depth+1)
	default:
		n := ends(o.text[o.i:], ",]}#\n")
		o.over = n == 0
		o.i += n
	}
}

func (o *outliner) list(p *place, depth int) {
	o.take('[')
	for !o.over {
		if o.blank(true); o.i < len(o.text) && o.text[o.i] == ']' {
			break
		}
		if o.i < len(o.text) && (o.text[o.i] == '[' || o.text[o.i] == '{') {
			o.value(o.element(p, o.i), depth)
		} else {
			p.count++
			o.value(p, depth)
		}
		o.comma(']')
	}
	o.take(']')
}

func (o *outliner) inline(p *place, depth int) {
	o.take('{')
	for !o.over {
		if o.blank(true); o.i < len(o.text) && o.text[o.i] == '}' {
			break
		}
		o.pair(p, depth)
		o.comma('}')
	}
	o.take('}')
}

// comma skips a comma, unless the end comes first.
func (o *outliner) comma(end byte) {
	if o.blank(true); o.i < len(o.text) && o.text[o.i] != end {
		o.take(',')
	}
}

// unescape returns the value of a key in double quotes (TOML 1.0, String).
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, `\`)
		b.WriteString(before)
		if !found || rest == "" {
			return b.String()
		}
		c, digits := rest[0], 0
		text = rest[1:]
		switch c {
		case 'b':
			c = '\b'
		case 't':
			c = '\t'
		case 'n':
			c = '\n'
		case 'f':
			c = '\f'
		case 'r':
			c = '\r'
		case 'e':
			c = '\x1b'
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		}
		if digits == 0 {
			b.WriteByte(c)
			continue
		}
		n, err := strconv.ParseUint(text[:min(digits, len(text))], 16, 32)
		if err != nil || n > utf8.MaxRune || len(text) < digits {
			return b.String() // not TOML
		}
		b.WriteRune(rune(n))
		text = text[digits:]
	}
}
