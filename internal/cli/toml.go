package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/hostapi"
)

// document is a task file while it is read. Tables are maps of undecoded
// values: decoded into structs, keys would match without regard to case.
type document struct {
	file  string
	lines []string
	meta  toml.MetaData
	errs  []*hostapi.Error // the mistakes found so far
}

// table is one table of a document. Its getters return the zero value for a key
// that is absent or wrong, and record the mistake.
type table struct {
	doc    *document
	name   string // "" for the top one
	values map[string]toml.Primitive
	place  hostapi.Error // where it stands; for the top one the file alone
	inList bool          // its keys have no places of their own
}

// parseDocument returns the document and its top table, which is empty when
// data is not TOML.
func parseDocument(file string, data []byte) (*document, *table) {
	doc := &document{file: file, lines: strings.Split(string(data), "\n")}
	top := &table{doc: doc, place: hostapi.Error{File: file}}
	if err := doc.decode(data, &top.values); err != nil {
		e := &hostapi.Error{Code: hostapi.CodeConfig, Message: "not valid TOML", File: file}
		if at, ok := errors.AsType[toml.ParseError](err); ok {
			if !mayHoldSecrets(data) {
				e.Message += ": " + at.Message // it may quote a value
			}
			e.Line, e.Column = at.Position.Line, at.Position.Col
		}
		doc.errs = append(doc.errs, e)
	}
	return doc, top
}

// decode turns a panic of the library into an error: it has some for input it
// thinks it has excluded.
func (d *document) decode(data []byte, into any) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not understood")
		}
	}()
	d.meta, err = toml.Decode(string(data), into)
	return err
}

// err returns the mistakes in the order of the file, or nil.
func (d *document) err() error {
	slices.SortStableFunc(d.errs, func(a, b *hostapi.Error) int { return a.Line - b.Line })
	errs := make([]error, len(d.errs))
	for i, e := range d.errs {
		errs[i] = e
	}
	return errors.Join(errs...)
}

// position is a value that cannot be decoded: the error it provokes is how the
// library tells where a value stands.
type position struct{}

func (*position) UnmarshalTOML(any) error { return errors.ErrUnsupported }

// at returns the place of a key; for one that is absent, that of the table.
func (t *table) at(key string) hostapi.Error {
	value, ok := t.values[key]
	if !ok || t.inList {
		return t.place
	}
	at, _ := errors.AsType[toml.ParseError](t.doc.meta.PrimitiveDecode(value, &position{}))
	return hostapi.Error{File: t.doc.file, Line: at.Position.Line, Column: t.doc.column(at.Position, key)}
}

// fail records a mistake at a key.
func (t *table) fail(key, message, hint string) {
	e := t.at(key)
	e.Code, e.Name, e.Message, e.Hint = hostapi.CodeConfig, t.path(key), message, hint
	t.doc.errs = append(t.doc.errs, &e)
}

// failWith records err, of another package, as a mistake at a key.
func (t *table) failWith(key string, err error) {
	message, hint := explanation(err)
	t.fail(key, message, hint)
}

// column is that of the key where the line shows it, else of the value.
func (d *document) column(at toml.Position, key string) int {
	if at.Line >= 1 && at.Line <= len(d.lines) {
		if i := strings.Index(d.lines[at.Line-1], key); i >= 0 {
			return i + 1
		}
	}
	return at.Col
}

func (t *table) path(key string) string {
	if t.name == "" || key == "" {
		return t.name + key
	}
	return t.name + "." + key
}

// only records every key that is not one of known. Keys are case-sensitive.
func (t *table) only(known ...string) {
	for key := range t.values {
		if slices.Contains(known, key) {
			continue
		}
		hint := "the keys are " + strings.Join(known, ", ")
		t.fail(key, "there is no such key", suggest("", key, known, hint))
	}
}

func (t *table) has(key string) bool {
	_, ok := t.values[key]
	return ok
}

// value returns the value at key if it is a T; want says in words what T is.
func value[T any](t *table, key, want string) (v T, ok bool) {
	raw, ok := t.any(key)
	if !ok {
		return v, false
	}
	if v, ok = raw.(T); !ok {
		t.fail(key, "needs "+want, "")
	}
	return v, ok
}

func (t *table) any(key string) (any, bool) {
	raw, ok := t.values[key]
	if !ok {
		return nil, false
	}
	var v any
	if err := t.doc.meta.PrimitiveDecode(raw, &v); err != nil {
		t.fail(key, "cannot be read", "")
		return nil, false
	}
	return v, true
}

func (t *table) text(key string) string {
	v, _ := value[string](t, key, "text in quotes")
	return v
}

func (t *table) texts(key string) []string {
	const want = `a list of texts, such as ["a", "b"]`
	list, _ := value[[]any](t, key, want)
	texts := make([]string, 0, len(list))
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			t.fail(key, "needs "+want, "")
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// whole returns the whole number at key, which is not below zero; 0 if it is
// absent.
func (t *table) whole(key string) int64 {
	n, _ := value[int64](t, key, "a whole number")
	if n < 0 {
		t.fail(key, "is below zero", "")
	}
	return max(n, 0)
}

func (t *table) flag(key string) bool {
	v, _ := value[bool](t, key, "true or false")
	return v
}

// list returns the elements of the list at key, each in a table of its own under
// the key "". want says in words what the list is of.
func (t *table) list(key, want string) []*table {
	raw, ok := t.values[key]
	if !ok {
		return nil
	}
	var elements []toml.Primitive
	if err := t.doc.meta.PrimitiveDecode(raw, &elements); err != nil {
		t.fail(key, "needs "+want, "")
		return nil
	}
	place := t.at(key)
	list := make([]*table, len(elements))
	for i, e := range elements {
		list[i] = &table{
			doc: t.doc, name: fmt.Sprintf("%s[%d]", t.path(key), i+1), place: place, inList: true, values: map[string]toml.Primitive{"": e},
		}
	}
	return list
}

// tables is list for a list of tables.
func (t *table) tables(key, want string) []*table {
	list := t.list(key, want)
	for i, e := range list {
		list[i] = e.table("")
	}
	return list
}

// table returns the table at key; one without keys if it is absent or wrong.
func (t *table) table(key string) *table {
	sub := &table{doc: t.doc, name: t.path(key), place: t.at(key), inList: t.inList}
	if _, ok := value[map[string]any](t, key, "a table"); !ok {
		return sub
	}
	if err := t.doc.meta.PrimitiveDecode(t.values[key], &sub.values); err != nil {
		t.fail(key, "cannot be read", "")
	}
	return sub
}
