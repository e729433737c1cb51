package stricttoml_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// read reads everything that a test's file may have.
func read(file, data string, private bool) error { //nolint:unparam // as its callers write it
	doc, top := stricttoml.Parse(file, []byte(data), private)
	top.Only("text", "texts", "count", "flag", "table", "list")
	top.Text("text")
	top.Texts("texts")
	top.Whole("count")
	top.Flag("flag")
	top.Table("table").Only("a", "b")
	for _, t := range top.Tables("list", "a list of tables") {
		t.Only("a")
		t.Whole("a")
	}
	return doc.Err()
}

func TestEachMistake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string
	}{
		{"none", "text = \"x\"\ntexts = [\"a\"]\ncount = 1\nflag = true\n[table]\na = 1\n[[list]]\na = 2", nil},
		{"unknown key", "\ntxt = \"x\"", []string{"f.toml:2:1: txt: unknown key"}},
		{"key in other letters", "Text = \"x\"", []string{"f.toml:1:1: Text: unknown key"}},
		{"key of a table", "[table]\nc = 1", []string{"f.toml:2:1: table.c: unknown key"}},
		{"table without a header", "x = 1\n[tabel.a]", []string{"f.toml:1:1: x: unknown key", "f.toml:2:2: tabel: unknown key"}},
		{"no text", "text = 1", []string{"f.toml:1:1: text: needs text in quotes"}},
		{"no texts", "texts = [\"a\", 1]", []string{"f.toml:1:1: texts: needs a list of strings"}},
		{"no number", "count = \"1\"", []string{"f.toml:1:1: count: needs a whole number"}},
		{"below zero", "count = -1", []string{"f.toml:1:1: count: must not be negative"}},
		{"no truth value", "flag = 0", []string{"f.toml:1:1: flag: needs true or false"}},
		{"no table", "table = 1", []string{"f.toml:1:1: table: needs a table"}},
		{"element", "list = [{ a = 1 }, { a = \"x\" }]", []string{"f.toml:1:22: list[2].a: needs a whole number"}},
		{"order of the file", "flag = 0\ntext = 1", []string{"f.toml:1:1: flag: needs true or false", "f.toml:2:1: text: needs text"}},
		{"element of a list of tables", "[[list]]\na = 1\n[[list]]\na = \"x\"", []string{"f.toml:4:1: list[2].a: needs a whole number"}},
		{"column in characters", "table = { a = \"äöü\", c = 1 }", []string{"f.toml:1:22: table.c: unknown key"}},
		{"byte order mark", "\ufeffcount = \"1\"", []string{"f.toml:1:1: count: needs a whole number"}},
		{"CRLF", "text = \"x\"\r\ncount = \"1\"\r\n", []string{"f.toml:2:1: count: needs a whole number"}},
		{"key in quotes", "\"\\u0063ount\" = \"1\"", []string{"f.toml:1:1: count: needs a whole number"}},
		{"dotted key", "table.a = 1\ntable . c = 1", []string{"f.toml:2:9: table.c: unknown key"}},
		{"list of tables for a table", "[[table]]\na = 1", []string{"f.toml:1:3: table: needs a table"}},
		{"table for a list", "[list]\na = 1", []string{"f.toml:1:2: list: needs a list of tables"}},
		{"key twice", "text = \"x\"\ncount = 1\ntext = \"y\"", []string{"f.toml:3:1: text: defined twice"}},
		{"key twice in a line", "table = { a = 1, a = 2 }", []string{"f.toml:1:18: a: defined twice"}},
		{"table twice", "[table]\na = 1\n[table]\nb = 1", []string{"f.toml:3:2: table: defined twice"}},
		{"table after its list", "[[list]]\na = 1\n[list]", []string{"f.toml:3:2: list: defined twice"}},
		{"NUL", "text = \"ä\x00\"", []string{"f.toml:1:10: has a NUL character"}},
		{"not UTF-8", "text = \"x\"\ncount = \"ä\xc3\xc3\xa4\"", []string{"f.toml:2:11: is not valid UTF-8"}},
		{"UTF-16", "\xff\xfet\x00", []string{"f.toml:1:1: is encoded in UTF-16"}},
		{"not closed", "text = \"ä", []string{"f.toml:1:10: not valid TOML: "}},
		{"syntax, in characters", "table = { a = \"ä\", b }", []string{"f.toml:1:22: not valid TOML: "}},
		{"no TOML", "text = \"x\"\ntext =", []string{"f.toml:2:6: not valid TOML: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := read("f.toml", tt.in, false)
			var got []string
			if all, ok := err.(interface{ Unwrap() []error }); ok {
				for _, err := range all.Unwrap() {
					e, _ := errors.AsType[*hostapi.Error](err)
					got = append(got, fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e))
				}
			}
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("mistakes = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestManyMistakes checks that further mistakes are counted, and that their cost is linear in
// the size of the file.
func TestManyMistakes(t *testing.T) { //nolint:paralleltest // it counts allocations
	cost := func(n int) float64 {
		text := strings.Repeat("[[list]]\na = \"x\"\nb = { c = [1] }\n", n)
		err := read("f.toml", text, false)
		if text := err.Error(); strings.Count(text, "\n") != 99 || !strings.Contains(text, fmt.Sprintf("there are %d more mistakes", 2*n-99)) {
			t.Errorf("%d mistakes are reported as %s", 2*n, text)
		}
		return testing.AllocsPerRun(1, func() { _ = read("f.toml", text, false) })
	}
	if few, many := cost(400), cost(4000); many > 12*few {
		t.Errorf("400 tables take %v allocations, and 4,000 %v", few, many)
	}
}

// TestNested checks that tables in tables are bounded, before the library reads them.
func TestNested(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"inline tables": "a = " + strings.Repeat("{ a = ", 100_000) + "1",
		"lists":         "a = " + strings.Repeat("[", 100_000),
		"dotted key":    strings.Repeat("a.", 100_000) + "a = 1",
		"header":        "[" + strings.Repeat("a.", 100_000) + "a]",
		"both":          "[" + strings.Repeat("a.", 40) + "a]\n" + strings.Repeat("a.", 40) + "a = 1",
	} {
		_, top := stricttoml.Parse("f.toml", []byte(text), true)
		doc, _ := stricttoml.Parse("f.toml", []byte(text), true)
		if err := doc.Err(); err == nil || !strings.Contains(err.Error(), "is nested deeper than 64 tables and lists") {
			t.Errorf("%s: error %v", name, err)
		}
		if len(top.Keys()) != 0 {
			t.Errorf("%s: it is read all the same", name)
		}
	}
	doc, top := stricttoml.Parse("f.toml", []byte("a = "+strings.Repeat("{ a = ", 30)+"1"+strings.Repeat(" }", 30)), true)
	if doc.Err() != nil || !top.Has("a") {
		t.Errorf("30 tables: %v", doc.Err())
	}
}

// TestSize checks that a file that is too large is refused before it is read.
func TestSize(t *testing.T) {
	t.Parallel()
	doc, _ := stricttoml.Parse("f.toml", make([]byte, stricttoml.MaxSize+1), true)
	e, ok := errors.AsType[*hostapi.Error](doc.Err())
	if !ok || e.File != "f.toml" || e.Message != "is larger than 16 MiB" {
		t.Errorf("error %v", doc.Err())
	}
}

func TestKeysInOrderOfFile(t *testing.T) {
	t.Parallel()
	_, top := stricttoml.Parse("f.toml", []byte("z = 1\nm = { y = 1, b = 2 }\n[q.r]\n[a]\n"), false)
	if got, want := top.Keys(), []string{"z", "m", "q", "a"}; !slices.Equal(got, want) {
		t.Errorf("keys = %q, want %q", got, want)
	}
	if got, want := top.Table("m").Keys(), []string{"y", "b"}; !slices.Equal(got, want) {
		t.Errorf("keys of a line = %q, want %q", got, want)
	}
	top.Drop("m")
	if top.Has("m") || slices.Contains(top.Keys(), "m") {
		t.Error("a dropped key is still there")
	}
}

// A private file's values are in no error.
func FuzzPrivate(f *testing.F) {
	for _, seed := range []string{"text = \"%\"", "text = %", "count = \"%\"", "texts = [1, \"%\"]", "text = \"%\ncount = 1", "[table]\nc = '%'"} {
		f.Add(seed)
	}
	const canary = "hunter2canary"
	f.Fuzz(func(t *testing.T, in string) {
		// Keys are quoted in errors, values are not: the canary is to the right of the first =.
		lines := strings.Split(in, "\n")
		for i, line := range lines {
			key, value, _ := strings.Cut(line, "=")
			lines[i] = strings.ReplaceAll(key, "%", "") + "=" + strings.ReplaceAll(value, "%", canary)
			if strings.ContainsAny(value, "={[") { // keys of inline tables
				lines[i] = ""
			}
		}
		if err := read("f.toml", strings.Join(lines, "\n"), true); err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("error = %v, which repeats a value", err)
		}
	})
}
