package rewrite

import (
	"reflect"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// embedded provides the unexported methods of goja's string type. goja's + calls Concat of
// a left operand that is a goja.String, so the two types below replace text as the left
// operand of a rewritten +. They are never visible to scripts.
type embedded = goja.String

// appender is the value of the constant that rewritten code compares with and adds to.
type appender struct {
	embedded
	long    int // the length from which text is appended to in a buffer
	buffers []*buffer
}

const (
	// longText is the length in bytes from which copying a string costs more than a buffer.
	longText = 1024

	// maxBuffers is the number of strings that a run can append to alternately. The most
	// recently used buffers are kept until the run ends.
	maxBuffers = 8
)

func newAppender(long int) *appender {
	return &appender{embedded: goja.StringFromUTF16(nil), long: long}
}

// Equals reports whether v is long text.
func (a *appender) Equals(v goja.Value) bool {
	s, ok := v.(goja.String)
	return ok && s.Length() >= a.long
}

// Concat makes s the left operand of an append.
func (a *appender) Concat(s goja.String) goja.String { return &pendingAppend{s, a} }

// pendingAppend is long text that will be appended to.
type pendingAppend struct {
	embedded
	appender *appender
}

// Concat returns the text with s appended. Code that ran after the text was read may have
// appended to it too, so the buffer is looked up only now.
func (p *pendingAppend) Concat(s goja.String) goja.String {
	left := reflect.ValueOf(p.embedded)
	if left.Kind() != reflect.String && left.Kind() != reflect.Slice {
		return p.embedded.Concat(s) // a string from Go that has neither of the two forms yet
	}
	right := reflect.ValueOf(s)
	if right.Kind() != reflect.String && right.Kind() != reflect.Slice {
		right = reflect.ValueOf(s.Substring(0, s.Length()))
	}
	b := p.appender.buffer(left)
	b.append(right)
	if joined, ok := b.last.Interface().(goja.String); ok {
		return joined
	}
	return p.embedded.Concat(s)
}

// buffer returns the buffer that contains exactly text, or a new one.
func (a *appender) buffer(text reflect.Value) *buffer {
	for i, b := range a.buffers {
		if b.last.Len() == text.Len() && b.last.Pointer() == text.Pointer() {
			copy(a.buffers[1:], a.buffers[:i])
			a.buffers[0] = b
			return b
		}
	}
	if len(a.buffers) == maxBuffers {
		a.buffers = a.buffers[:maxBuffers-1]
	}
	b := &buffer{last: text}
	a.buffers = slices.Insert(a.buffers, 0, b)
	return b
}

// buffer is text that is appended to. A goja string made from it shares its memory, which is
// written only beyond the string's end, so the string never changes. The buffer grows like
// Go's append, by a quarter when it is large.
type buffer struct {
	// last is the text so far as a goja value: goja's string type for ASCII, or its slice
	// type for other text, which is UTF-16 after a byte order mark.
	last reflect.Value

	ascii strings.Builder
	wide  []uint16
}

func (b *buffer) append(s reflect.Value) {
	if b.last.Kind() == reflect.String && s.Kind() == reflect.String {
		if b.ascii.Len() == 0 {
			b.ascii.Grow(b.last.Len() + s.Len())
			b.ascii.WriteString(b.last.String())
		}
		b.ascii.WriteString(s.String())
		b.last = reflect.ValueOf(b.ascii.String()).Convert(b.last.Type())
		return
	}
	wide := b.last.Type()
	if b.wide == nil {
		b.wide = make([]uint16, 0, b.last.Len()+s.Len())
		if b.last.Kind() == reflect.String {
			wide = s.Type()
			b.wide = append(b.wide, units(s)[0]) // the mark
		}
		b.write(b.last)
		b.ascii.Reset()
	}
	if s.Kind() == reflect.Slice {
		b.wide = append(b.wide, units(s)[1:]...)
	} else {
		b.write(s)
	}
	b.last = reflect.ValueOf(slices.Clip(b.wide)).Convert(wide)
}

// write appends s as it is to the wide text.
func (b *buffer) write(s reflect.Value) {
	if s.Kind() == reflect.Slice {
		b.wide = append(b.wide, units(s)...)
		return
	}
	ascii := s.String()
	b.wide = slices.Grow(b.wide, len(ascii))
	for i := range len(ascii) {
		b.wide = append(b.wide, uint16(ascii[i]))
	}
}

func units(s reflect.Value) []uint16 {
	u, _ := s.Convert(reflect.TypeFor[[]uint16]()).Interface().([]uint16)
	return u
}
