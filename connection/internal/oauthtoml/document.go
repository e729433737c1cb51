package oauthtoml

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// document is an oauth.toml that is being parsed.
type document struct {
	file string
	*schema
	err  *hostapi.Error   // the first mistake in the current section
	errs []*hostapi.Error // those of the sections before
	more int              // number of further mistakes
}

// schema has the grants and keys of connections, built once for a document.
type schema struct {
	grants []*GrantType
	names  []string // of the grants
	keys   keys     // of connections
	texts  []string // optional keys of connections, in which "" is the same as leaving them out
}

func newSchema() *schema {
	v := &schema{grants: grantTypes(), keys: ConnectionKeys(), texts: optionalTexts()}
	for _, g := range v.grants {
		v.names = append(v.names, g.Name)
	}
	return v
}

// table is one table of a document. Its getters return the zero value for a key that is
// absent or wrong, and record the mistake in the document.
type table struct {
	doc    *document
	parent *table // nil for the top table
	key    string // of this table in parent
	title  string // what the keys belong to, for errors; "": parent's, and the key
	toml   stricttoml.Table
	vars   *variables // of the connection; nil outside of one
}

// op returns what the keys of the table belong to, for errors.
func (t *table) op() string {
	if t.title != "" || t.parent == nil {
		return t.title
	}
	return strings.TrimPrefix(t.parent.op()+" "+t.key, " ")
}

// parseDocument returns the document and its top-level table.
func parseDocument(file string, data []byte) (doc *document, top *table) {
	read, values := stricttoml.Parse(file, data, true)
	doc = &document{file: file, schema: newSchema()}
	if e, ok := errors.AsType[*hostapi.Error](read.Err()); ok {
		if doc.err = e; isKnownKey(read.Stopped()) {
			e.Name = read.Stopped()
		}
		e.Name = Shorten(e.Name)
	}
	return doc, &table{doc: doc, toml: *values}
}

// maxMistakes is how many mistakes are reported.
const maxMistakes = 20

// next ends a section whose mistakes are independent of the next one's. Within a
// section, the second mistake is often a consequence of the first.
func (d *document) next() {
	switch {
	case d.err == nil:
	case len(d.errs) < maxMistakes:
		d.errs = append(d.errs, d.err)
	default:
		d.more++
	}
	d.err = nil
}

// mistakes returns the mistakes of all sections, in the order of the file.
func (d *document) mistakes() error {
	if len(d.errs) == 1 {
		return d.errs[0]
	}
	return stricttoml.Join(d.errs, d.more)
}

// fail records a mistake at a key, or at the table if it has no such key.
func (t *table) fail(key string, p Problem) {
	if t.doc.err != nil {
		return
	}
	e := t.toml.At(key)
	e.Code, e.Op, e.Name, e.Message, e.Hint = hostapi.CodeConfig, t.op(), key, p.Message, p.Hint
	t.doc.err = &e
}

// dropEmpty treats the keys as absent if their value is "", as in a form that was only
// partly filled in. It is for optional keys of free text: elsewhere "" is a mistake
// like any other wrong value.
func (t *table) dropEmpty(keys ...string) {
	for _, key := range t.keys() {
		if t.any(key) == "" && slices.Contains(keys, key) {
			t.toml.Drop(key)
		}
	}
}

func (t *table) has(key string) bool { return t.toml.Has(key) }

// keys returns the keys of the table in the order of the file.
func (t *table) keys() []string { return t.toml.Keys() }

// need records a mistake if the key is absent.
func (t *table) need(key, hint string) {
	if !t.has(key) {
		t.fail(key, Problem{"is missing", hint})
	}
}

func (t *table) any(key string) any {
	v, _ := t.toml.Any(key)
	return v
}

// value returns the value at key if it is a T; want describes a T.
func value[T any](t *table, key, want string) (T, bool) {
	v := t.any(key)
	typed, ok := v.(T)
	if !ok && v != nil {
		t.fail(key, Problem{"must be " + want + ", not " + describe(v), ""})
	}
	return typed, ok
}

func describe(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case time.Time:
		return "a date"
	case []any:
		return "a list"
	}
	return "a table"
}

func (t *table) text(key string) string {
	s, _ := value[string](t, key, "text in quotes")
	return s
}

// flag returns the value at key, or otherwise if it is absent.
func (t *table) flag(key string, otherwise bool) bool {
	if b, ok := value[bool](t, key, "true or false"); ok {
		return b
	}
	return otherwise
}

// texts returns the strings at key, and whether they are a list: a single string is
// allowed.
func (t *table) texts(key string) (texts []string, many bool) {
	switch v := t.any(key).(type) {
	case nil:
	case string:
		return []string{v}, false
	case []any:
		return t.list(key), true
	default:
		t.fail(key, Problem{"must be text or a list of strings, not " + describe(v), ""})
	}
	return nil, false
}

func (t *table) list(key string) []string {
	items, _ := value[[]any](t, key, "a list of strings")
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			t.fail(key, Problem{"must be a list of strings, and has " + describe(item) + " in it", ""})
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// table returns the table at key, an empty one if it is absent.
func (t *table) table(key string) *table {
	value[map[string]any](t, key, "a table")
	return &table{doc: t.doc, parent: t, key: key, vars: t.vars, toml: t.toml.Inner(key)}
}

// one returns the string at key if it is one of allowed, or allowed[0] if the key is
// absent. Errors never repeat the string: it may be a misplaced secret.
func (t *table) one(key string, allowed ...string) string {
	if !t.has(key) {
		return allowed[0]
	}
	text := t.text(key)
	if t.doc.err == nil && !slices.Contains(allowed, text) {
		hint := "use " + nearest.List(allowed)
		if near := nearest.Names(text, allowed); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q? %s", near[0], hint)
		}
		t.fail(key, Problem{"has a value that is not allowed", hint})
		return allowed[0]
	}
	return text
}
