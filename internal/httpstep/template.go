package httpstep

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// template is a text with data items in it, "{q_name}"; "{{" and "}}" are braces.
type template []piece

// piece is text, or a data item.
type piece struct{ text, item string }

// pointer is a JSON Pointer, RFC 6901: its tokens. Empty, the whole document.
type pointer []string

// template parses a text.
func (p *parser) template(t *stricttoml.Table, key, text string) template {
	var out template
	literal := ""
	flush := func() {
		if literal != "" {
			out = append(out, piece{text: literal})
			literal = ""
		}
	}
	for text != "" {
		at := strings.IndexAny(text, "{}")
		if at < 0 {
			literal += text
			break
		}
		literal, text = literal+text[:at], text[at:]
		if strings.HasPrefix(text, "{{") || strings.HasPrefix(text, "}}") {
			literal, text = literal+text[:1], text[2:]
			continue
		}
		name, rest, ok := strings.Cut(text[1:], "}")
		if text[0] == '}' || !ok || !isName(name) {
			t.Fail(key, "has a brace that is no data item", "write {q_name} for a data item, and {{ or }} for a brace")
			return nil
		}
		p.item(t, key, name)
		if p.isFile(name) {
			t.Fail(key, "names "+name+", which is a file and has no text", "send it with body_file or multipart")
		}
		flush()
		out, text = append(out, piece{item: name}), rest
	}
	flush()
	return out
}

// item returns the data item of that name, nil if the task declares none, and whether the
// name may be used.
func (p *parser) item(t *stricttoml.Table, key, name string) (*hostapi.Item, bool) {
	if p.items == nil {
		return nil, true
	}
	names := make([]string, len(p.items))
	for i := range p.items {
		if names[i] = p.items[i].VarName; names[i] == name {
			return &p.items[i], true
		}
	}
	t.Fail(key, "names the data item "+strconv.Quote(name)+", which the task does not declare", nearest.Hint("", name, names, "declare it with [data."+name+"]"))
	return nil, false
}

// isFile reports whether the task declares a data item of that name that holds files.
func (p *parser) isFile(name string) bool {
	return slices.ContainsFunc(p.items, func(i hostapi.Item) bool { return i.VarName == name && i.Type == hostapi.TypeFile })
}

func isName(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// scalarText returns a text, number or flag of TOML as text.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64, float64, bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// jsonTemplate returns a value of TOML with templates in place of its texts.
func (p *parser) jsonTemplate(t *stricttoml.Table, key string, v any) any {
	switch v := v.(type) {
	case string:
		return p.template(t, key, v)
	case int64, float64, bool:
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = p.jsonTemplate(t, key, v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = p.jsonTemplate(t, key, member)
		}
		return out
	}
	t.Fail(key, "has a value that JSON does not have", "write a date or time as text")
	return nil
}

// pointer parses a JSON Pointer.
func (p *parser) pointer(t *stricttoml.Table, key, text string) pointer {
	if text == "" {
		return pointer{}
	}
	tokens := strings.Split(text, "/")
	for i, token := range tokens {
		if strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(token), "~") {
			t.Fail(key, "is not a JSON Pointer", "write ~0 for ~ and ~1 for /")
			return nil
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	if tokens[0] != "" {
		t.Fail(key, "is not a JSON Pointer", `write it as "/items/0/id"`)
		return nil
	}
	return tokens[1:]
}

// String returns the pointer as RFC 6901 writes it.
func (p pointer) String() string {
	var b strings.Builder
	for _, token := range p {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
