// Package stricttoml reads configuration files in TOML strictly: an unknown key is a
// mistake, and every mistake is reported with its file, line and key.
package stricttoml

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/nearest"
)

// MaxSize bounds the bytes of a file.
const MaxSize = 16 << 20

// maxMistakes is how many mistakes of a file are reported.
const maxMistakes = 100

// Document is a file that is being read. Tables are decoded into maps: the keys of
// structs would match without regard to case.
type Document struct {
	file  string
	text  string
	lines func() []int     // offset of each; made on demand
	errs  []*hostapi.Error // the mistakes found so far
	more  int              // number of mistakes beyond maxMistakes

	stopped string // the last key of a text that is not TOML

	origins map[string]string // of values that were set, by name of the key
}

// Table is one table of a document. Its getters return the zero value for a key
// that is absent or wrong, and record the mistake.
type Table struct {
	doc    *Document
	at     *place // nil: not in the file
	parent *Table // nil for the top table
	key    string // of this table in parent
	name   string // of an element of a list; "": made of the key
	values map[string]any
	order  []string // of the keys in the file; made on demand
}

// Parse returns the document and its top table, which is empty if data is not TOML. With
// private, no error quotes anything from the file but the names of keys.
func Parse(file string, data []byte, private bool) (*Document, *Table) {
	doc := &Document{file: file}
	doc.lines = sync.OnceValue(doc.lineOffsets)
	top := &Table{doc: doc}
	if e := doc.parse(data, top, private); e != nil {
		e.Code, e.File = hostapi.CodeConfig, file
		doc.errs = append(doc.errs, e)
	}
	return doc, top
}

func (d *Document) parse(data []byte, top *Table, private bool) *hostapi.Error {
	if len(data) > MaxSize {
		return &hostapi.Error{Message: "is larger than " + bytesize.Format(MaxSize), Hint: "is it the right file?"}
	}
	d.text = strings.TrimPrefix(string(data), "\ufeff")
	if f := foreign(d.text); f != nil {
		return d.flawed(f)
	}
	o := outline(d.text)
	if o.flaw != nil {
		return d.flawed(o.flaw)
	}
	values, err := decode(o)
	if err != nil {
		e := &hostapi.Error{Message: "not valid TOML"}
		if at, ok := errors.AsType[toml.ParseError](err); ok {
			e.Line, e.Column = d.lineOf(at.Position.Start)
			if line := at.Position.Line; line >= 1 && line < e.Line { // the mistake is at the end of an earlier line
				e.Line, e.Column = d.lineOf(d.lines()[line] - 1)
			}
			if private { // the message may quote a value
				e.Message, e.Hint = "not valid TOML here", "write text in quotes and close them on the same line"
				d.stopped = at.LastKey[strings.LastIndexByte(at.LastKey, '.')+1:]
			} else {
				e.Message += ": " + at.Message
			}
		}
		return e
	}
	top.values, top.at = values, new(o.top) // without the rest of o
	return nil
}

func (d *Document) flawed(f *flaw) *hostapi.Error {
	e := &hostapi.Error{Name: f.name, Message: f.message, Hint: f.hint}
	e.Line, e.Column = d.lineOf(f.at)
	return e
}

// foreign returns why a file is not UTF-8 text, or nil.
func foreign(text string) *flaw {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return &flaw{0, "", "is encoded in UTF-16", "save it as UTF-8"}
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return &flaw{i, "", "has a NUL character", "is it a text file?"}
	}
	if utf8.ValidString(text) {
		return nil
	}
	i := 0
	for r, n := rune(0), 0; r != utf8.RuneError || n != 1; {
		i += n
		r, n = utf8.DecodeRuneInString(text[i:])
	}
	return &flaw{i, "", "is not valid UTF-8", "save it as UTF-8"}
}

// Stopped returns the last key before the position where a private text is not TOML. The
// caller must decide whether it may be shown or may be part of a secret.
func (d *Document) Stopped() string { return d.stopped }

// Values returns the values in text, nil if it is not TOML. It returns no error, because
// that could quote a secret.
func Values(data []byte) map[string]any {
	_, top := Parse("", data, true)
	return top.values
}

// New returns a table with values that do not come from a file, in the types that
// [Table.Any] returns. Its mistakes have no position.
func New(values map[string]any) *Table {
	return &Table{doc: new(Document), at: new(place), values: values}
}

func (d *Document) lineOffsets() []int {
	lines := []int{0}
	for i := range len(d.text) {
		if d.text[i] == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// lineOf returns the line of a byte and its column in characters, both counted from 1.
func (d *Document) lineOf(at int) (line, column int) {
	at = max(0, min(at, len(d.text)))
	lines := d.lines()
	line, found := slices.BinarySearch(lines, at)
	if found {
		line++
	}
	return line, 1 + utf8.RuneCountInString(d.text[lines[line-1]:at])
}

// Err returns the mistakes in the order of the file, or nil.
func (d *Document) Err() error { return Join(d.errs, d.more) }

// Join returns the mistakes of a file in the order of the file, or nil. If there were
// more, the last one is replaced by their number.
func Join(mistakes []*hostapi.Error, more int) error {
	slices.SortStableFunc(mistakes, func(a, b *hostapi.Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	errs := make([]error, len(mistakes))
	for i, e := range mistakes {
		errs[i] = e
	}
	if more > 0 {
		errs[len(errs)-1] = &hostapi.Error{
			Code: hostapi.CodeConfig, Message: fmt.Sprintf("there are %d more mistakes", more+1), File: mistakes[0].File,
		}
	}
	return errors.Join(errs...)
}

// At returns the position of a key; of an absent key, that of the table.
func (t *Table) At(key string) hostapi.Error {
	e := hostapi.Error{File: t.doc.file}
	if p := t.place(key); p != nil {
		e.Line, e.Column = t.doc.lineOf(p.at)
	}
	return e
}

// place returns the place of a key, or of the nearest table above that has one.
func (t *Table) place(key string) *place {
	if t.at != nil {
		if p := t.at.find(key); p != nil {
			return p
		}
	}
	if t.parent == nil {
		return nil
	}
	return t.parent.place(t.key)
}

// Fail records a mistake at a key.
func (t *Table) Fail(key, message, hint string) {
	t.FailWith(key, &hostapi.Error{Message: message, Hint: hint})
}

// FailWith records err, an error of another package, as a mistake at a key. Message, hint
// and reason of an Error are kept.
//
// At a value that was set by [Table.Set], the mistake has its origin as name, and no position.
func (t *Table) FailWith(key string, err error) {
	if len(t.doc.errs) == maxMistakes {
		t.doc.more++
		return
	}
	e := t.At(key)
	e.Code, e.Name, e.Message = hostapi.CodeConfig, t.nameOf(key), err.Error()
	if origin, isSet := t.doc.origins[e.Name]; isSet {
		e.Name, e.File, e.Line, e.Column = origin, "", 0, 0
	}
	if own, ok := errors.AsType[*hostapi.Error](err); ok {
		e.Message, e.Hint, e.Reason = own.Message, own.Hint, own.Reason
	}
	t.doc.errs = append(t.doc.errs, &e)
}

// Set sets the value at a key, or at a key of the table of that name, which need not be in the file: one that overrides
// the file. Origin is what mistakes call it.
func (t *Table) Set(table, key string, v any, origin string) {
	if t.values == nil {
		t.values = make(map[string]any)
	}
	values, name := t.values, key
	if table != "" {
		name = table + "." + key
		inner, ok := t.values[table].(map[string]any)
		if !ok {
			if t.Has(table) {
				return // not a table, which is told
			}
			inner = make(map[string]any)
			t.values[table] = inner
		}
		values = inner
	}
	values[key] = v
	if t.doc.origins == nil {
		t.doc.origins = make(map[string]string)
	}
	t.doc.origins[name] = origin
}

func (t *Table) nameOf(key string) string {
	name := t.name
	if name == "" && t.parent != nil {
		name = t.parent.nameOf(t.key)
	}
	if name == "" || key == "" {
		return name + key
	}
	return name + "." + key
}

// Keys returns the keys of the table in the order of the file, by name if there is no
// file. The caller must not change it.
func (t *Table) Keys() []string {
	if t.order == nil && len(t.values) > 0 {
		if t.at == nil || len(t.at.keys) == 0 {
			t.order = slices.Sorted(maps.Keys(t.values))
			return t.order
		}
		t.order = make([]string, 0, len(t.values))
		for _, p := range t.at.keys {
			if t.Has(p.name) {
				t.order = append(t.order, p.name)
			}
		}
	}
	return t.order
}

// Only records every key that is not one of known as a mistake. Keys are case-sensitive.
func (t *Table) Only(known ...string) {
	for _, key := range t.Keys() {
		if slices.Contains(known, key) {
			continue
		}
		t.Fail(key, "unknown key", nearest.Hint("", key, known, "the keys are "+strings.Join(known, ", ")))
	}
}

// Equal reports whether both tables have the same keys and values.
func (t *Table) Equal(other *Table) bool { return equal(t.values, other.values) }

// equal compares values of TOML, many times faster than [reflect.DeepEqual].
func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, v := range a {
			if other, ok := b[key]; !ok || !equal(v, other) {
				return false
			}
		}
		return true
	case []map[string]any, time.Time: // few have them
		return reflect.DeepEqual(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	}
	return a == b
}

// Has reports whether the table has the key.
func (t *Table) Has(key string) bool {
	_, ok := t.values[key]
	return ok
}

// Drop makes a key absent.
func (t *Table) Drop(key string) {
	if t.Has(key) { // a table that is read again is not written to
		delete(t.values, key)
		t.order = nil
	}
}

// Value returns the value at key. If it is not a T, the mistake is "needs " + want.
func Value[T any](t *Table, key, want string) (v T, ok bool) {
	raw, ok := t.Any(key)
	if !ok {
		return v, false
	}
	if v, ok = raw.(T); !ok {
		t.Fail(key, "needs "+want, "")
	}
	return v, ok
}

// Any returns the value at key: a string, int64, float64, bool, [time.Time], []any or
// map[string]any.
func (t *Table) Any(key string) (any, bool) {
	v, ok := t.values[key]
	if tables, isList := v.([]map[string]any); isList {
		list := make([]any, len(tables))
		for i, table := range tables {
			list[i] = table
		}
		return list, true
	}
	return v, ok
}

// Text returns the string at key.
func (t *Table) Text(key string) string {
	v, _ := Value[string](t, key, "text in quotes")
	return v
}

// Texts returns the list of strings at key.
func (t *Table) Texts(key string) []string {
	const want = `a list of strings, such as ["a", "b"]`
	list, _ := Value[[]any](t, key, want)
	texts := make([]string, 0, len(list))
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			t.Fail(key, "needs "+want, "")
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// Whole returns the integer at key, which must not be negative; 0 if it is absent.
func (t *Table) Whole(key string) int64 {
	n, _ := Value[int64](t, key, "a whole number")
	if n < 0 {
		t.Fail(key, "must not be negative", "")
	}
	return max(n, 0)
}

// Flag returns the bool at key.
func (t *Table) Flag(key string) bool {
	v, _ := Value[bool](t, key, "true or false")
	return v
}

// List returns the elements of the list at key, each in a separate table under the key
// "". If it is not a list, the mistake is "needs " + want.
func (t *Table) List(key, want string) []*Table {
	elements, _ := Value[[]any](t, key, want)
	list := make([]*Table, len(elements))
	for i, v := range elements {
		e := &Table{doc: t.doc, parent: t, key: key, name: fmt.Sprintf("%s[%d]", t.nameOf(key), i+1), values: map[string]any{"": v}}
		if at := t.at.find(key).elements[i]; at != nil {
			e.at = &place{keys: []*place{at}} // whose name is ""
		}
		list[i] = e
	}
	return list
}

// Tables is List for a list of tables.
func (t *Table) Tables(key, want string) []*Table {
	list := t.List(key, want)
	for i, e := range list {
		list[i] = e.Table("")
	}
	return list
}

// Table returns the table at key; an empty one if it is absent or not a table.
func (t *Table) Table(key string) *Table { return new(t.Inner(key)) }

// Inner is Table for a caller that keeps the table in another value.
func (t *Table) Inner(key string) Table {
	sub := Table{doc: t.doc, parent: t, key: key}
	if values, ok := Value[map[string]any](t, key, "a table"); ok {
		if sub.values = values; t.at != nil {
			sub.at = t.at.find(key)
		}
	}
	return sub
}
