package stricttoml

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// FuzzOutline checks that the outline has a place for every key of what the library
// takes for TOML, and that it points at the key; and that pieces have the values of the
// whole.
func FuzzOutline(f *testing.F) {
	for _, seed := range []string{
		"a = 1\n[b]\nc.d = \"x\"\n[b.e]\n[[f]]\ng = 1\n[f.h]\n[[f]]\n",
		"a = [1, [2, {b = 3}], {c = [{}]}]\n", "\"a\\u0062\" = 1\n'c d'.\"\" = 2", "a = \"\"\"x\"\"\"\"\"\nb = '''\n'''''\n",
		"a = {b = 1, # c\n c.d = 2,\n}\r\n", "[ a . b ] # x\n[[ c ]]\n[c.d]\n[[c.e]]\n[[c.e]]\n", "a.b.c = 1\na.b.d = {e.f = 1}", "\ufeffa = 1979-05-27 07:32:00",
		`"\x0"`, `a."\u006" = 1`, `["\U0000006"]`, "a = 1\n[b]\nc = 1\n[d.e]\n[d]\nf = 1\n[b.g]\n", "[a]\nb = {c = 1}\n[a.b.d]\n", "[a]\nb.c = 1\n[a.b]\n", "a = 'x' [b]\nc = 1\n[d]\n", `"\x61\u0062\U00000063" = 1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, top := Parse("f.toml", []byte(text), false)
		if doc.Err() == nil {
			compare(t, doc.text, top.values, top.at)
		}
		whole, err := decodeText(doc.text)
		if o := outline(doc.text); o.flaw == nil {
			pieces, ok := decodePieces(o, 1)
			if ok && (err != nil || fmt.Sprintf("%#v", pieces) != fmt.Sprintf("%#v", whole)) {
				t.Fatalf("%q is %#v in pieces, and %#v, %v as a whole", doc.text, pieces, whole, err)
			}
		}
	})
}

func compare(t *testing.T, text string, v any, at *place) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, inside := range v {
			p := at.find(key)
			if p == nil {
				t.Fatalf("no place for %q in %q", key, text)
			}
			if found := text[p.at:]; !strings.HasPrefix(found, key) && found[0] != '"' && found[0] != '\'' {
				t.Fatalf("the place of %q is %q", key, found)
			}
			compare(t, text, inside, p)
		}
		if len(at.keys) > len(v) {
			t.Fatalf("places %v for %v in %q", at.keys, v, text)
		}
		if !slices.IsSortedFunc(at.keys, func(a, b *place) int { return a.at - b.at }) {
			t.Fatalf("places %v are not in the order of %q", at.keys, text)
		}
	case []map[string]any:
		for i, inside := range v {
			compare(t, text, inside, at.elements[i])
		}
	case []any:
		for i, inside := range v {
			switch inside.(type) {
			case map[string]any, []any:
				compare(t, text, inside, at.elements[i])
			}
		}
	}
}
