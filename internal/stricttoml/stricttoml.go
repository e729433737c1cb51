// Package stricttoml reads TOML that people write: a key that is not known is a
// mistake, and every mistake is told with its file, line and key.
package stricttoml

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
)

// Document is a file while it is read. Tables are maps of undecoded values:
// decoded into structs, keys would match without regard to case.
type Document struct {
	file  string
	lines []string
	meta  toml.MetaData
	order map[string]int   // of tables and keys in the file, by path
	errs  []*hostapi.Error // the mistakes found so far
}

// Table is one table of a document. Its getters return the zero value for a key
// that is absent or wrong, and record the mistake.
type Table struct {
	doc    *Document
	parent *Table // nil for the top one
	key    string // that it has there
	name   string // "" for the top one
	path   string // the keys that lead to it, see step
	values map[string]toml.Primitive
	inList bool // its keys have no places of their own
}

// step returns the path of a key of the table at path.
func step(path, key string) string { return path + "\x00" + key }

// Parse returns the document and its top table, which is empty when data is not
// TOML. With private, no error repeats what stands in the file.
func Parse(file string, data []byte, private bool) (*Document, *Table) {
	doc, top, err := Decode(file, data)
	if err != nil {
		e := &hostapi.Error{Code: hostapi.CodeConfig, Message: "not valid TOML", File: file}
		if at, ok := errors.AsType[toml.ParseError](err); ok {
			if !private {
				e.Message += ": " + at.Message // it may quote a value
			}
			e.Line, e.Column = at.Position.Line, at.Position.Col
		}
		doc.errs = append(doc.errs, e)
	}
	return doc, top
}

// Decode is Parse for who has words of their own for what is not TOML. The error is
// that of the library and may repeat what stands in the file.
func Decode(file string, data []byte) (*Document, *Table, error) {
	doc := &Document{file: file, lines: strings.Split(string(data), "\n")}
	top := &Table{doc: doc}
	return doc, top, doc.decode(data, &top.values)
}

// Values returns what a text says, nil if it is no TOML. Why not is never told: it
// may be a secret.
func Values(data []byte) map[string]any {
	values := make(map[string]any)
	if err := new(Document).decode(data, &values); err != nil {
		return nil
	}
	return values
}

// decode turns a panic of the library into an error: it has some for input it
// thinks it has excluded.
func (d *Document) decode(data []byte, into any) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not understood")
		}
	}()
	d.meta, err = toml.Decode(string(data), into)
	d.order = make(map[string]int)
	for _, keys := range d.meta.Keys() {
		path := ""
		for _, key := range keys { // tables may have no header of their own
			path = step(path, key)
			if _, seen := d.order[path]; !seen {
				d.order[path] = len(d.order)
			}
		}
	}
	return err
}

// Err returns the mistakes in the order of the file, or nil.
func (d *Document) Err() error { return Join(d.errs) }

// Join returns the mistakes of a file in its order, or nil.
func Join(mistakes []*hostapi.Error) error {
	slices.SortStableFunc(mistakes, func(a, b *hostapi.Error) int { return a.Line - b.Line })
	errs := make([]error, len(mistakes))
	for i, e := range mistakes {
		errs[i] = e
	}
	return errors.Join(errs...)
}

// position is a value that cannot be decoded: the error it provokes is how the
// library tells where a value stands.
type position struct{}

// UnmarshalTOML implements [toml.Unmarshaler].
func (*position) UnmarshalTOML(any) error { return errors.ErrUnsupported }

// At returns the place of a key; for one that is absent, that of the table.
func (t *Table) At(key string) hostapi.Error {
	value, ok := t.values[key]
	if !ok || t.inList {
		if t.parent == nil {
			return hostapi.Error{File: t.doc.file}
		}
		return t.parent.At(t.key)
	}
	at := t.doc.position(value)
	return hostapi.Error{File: t.doc.file, Line: at.Line, Column: t.doc.column(at, key)}
}

// position returns where a value stands; for a table without a header of its own,
// where its first key does.
func (d *Document) position(value toml.Primitive) toml.Position {
	e, _ := errors.AsType[toml.ParseError](d.meta.PrimitiveDecode(value, &position{}))
	first := e.Position
	var values map[string]toml.Primitive
	if first.Line == 0 && d.meta.PrimitiveDecode(value, &values) == nil {
		for _, v := range values {
			if at := d.position(v); first.Line == 0 || at.Line < first.Line {
				first = at
			}
		}
	}
	return first
}

// Fail records a mistake at a key.
func (t *Table) Fail(key, message, hint string) {
	e := t.At(key)
	e.Code, e.Name, e.Message, e.Hint = hostapi.CodeConfig, t.nameOf(key), message, hint
	t.doc.errs = append(t.doc.errs, &e)
}

// FailWith records err, of another package, as a mistake at a key.
func (t *Table) FailWith(key string, err error) {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		t.Fail(key, e.Message, e.Hint)
		return
	}
	t.Fail(key, err.Error(), "")
}

// column is that of the key where the line shows it, else of the value.
func (d *Document) column(at toml.Position, key string) int {
	if at.Line >= 1 && at.Line <= len(d.lines) {
		if i := strings.Index(d.lines[at.Line-1], key); i >= 0 {
			return i + 1
		}
	}
	return at.Col
}

func (t *Table) nameOf(key string) string {
	if t.name == "" || key == "" {
		return t.name + key
	}
	return t.name + "." + key
}

// Keys returns the keys of the table in the order of the file.
func (t *Table) Keys() []string {
	return slices.SortedFunc(maps.Keys(t.values), func(a, b string) int {
		return t.doc.order[step(t.path, a)] - t.doc.order[step(t.path, b)]
	})
}

// Only records every key that is not one of known. Keys are case-sensitive.
func (t *Table) Only(known ...string) {
	for key := range t.values {
		if slices.Contains(known, key) {
			continue
		}
		hint := "the keys are " + strings.Join(known, ", ")
		if near := nearest.Names(key, known); len(near) > 0 {
			hint = "did you mean " + nearest.List(near) + "? " + hint
		}
		t.Fail(key, "there is no such key", hint)
	}
}

// Has reports whether the table has the key.
func (t *Table) Has(key string) bool {
	_, ok := t.values[key]
	return ok
}

// Drop takes a key for absent.
func (t *Table) Drop(key string) { delete(t.values, key) }

// Value returns the value at key if it is a T; want says in words what T is.
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

// Any returns the value at key, whatever it is.
func (t *Table) Any(key string) (any, bool) {
	raw, ok := t.values[key]
	if !ok {
		return nil, false
	}
	var v any
	if err := t.doc.meta.PrimitiveDecode(raw, &v); err != nil {
		t.Fail(key, "cannot be read", "")
		return nil, false
	}
	return v, true
}

// Text returns the text at key.
func (t *Table) Text(key string) string {
	v, _ := Value[string](t, key, "text in quotes")
	return v
}

// Texts returns the list of texts at key.
func (t *Table) Texts(key string) []string {
	const want = `a list of texts, such as ["a", "b"]`
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

// Whole returns the whole number at key, which is not below zero; 0 if it is
// absent.
func (t *Table) Whole(key string) int64 {
	n, _ := Value[int64](t, key, "a whole number")
	if n < 0 {
		t.Fail(key, "is below zero", "")
	}
	return max(n, 0)
}

// Flag returns the truth value at key.
func (t *Table) Flag(key string) bool {
	v, _ := Value[bool](t, key, "true or false")
	return v
}

// List returns the elements of the list at key, each in a table of its own under
// the key "". want says in words what the list is of.
func (t *Table) List(key, want string) []*Table {
	raw, ok := t.values[key]
	if !ok {
		return nil
	}
	var elements []toml.Primitive
	if err := t.doc.meta.PrimitiveDecode(raw, &elements); err != nil {
		t.Fail(key, "needs "+want, "")
		return nil
	}
	list := make([]*Table, len(elements))
	for i, e := range elements {
		list[i] = &Table{
			doc: t.doc, parent: t, key: key, name: fmt.Sprintf("%s[%d]", t.nameOf(key), i+1), inList: true, values: map[string]toml.Primitive{"": e},
		}
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

// Table returns the table at key; one without keys if it is absent or wrong.
func (t *Table) Table(key string) *Table {
	sub := &Table{doc: t.doc, parent: t, key: key, name: t.nameOf(key), path: step(t.path, key), inList: t.inList}
	if _, ok := Value[map[string]any](t, key, "a table"); !ok {
		return sub
	}
	if err := t.doc.meta.PrimitiveDecode(t.values[key], &sub.values); err != nil {
		t.Fail(key, "cannot be read", "")
	}
	return sub
}
