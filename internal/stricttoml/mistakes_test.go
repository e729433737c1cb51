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
func read(file, data string, private bool) error {
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
		{"unknown key", "\ntxt = \"x\"", []string{"f.toml:2:1: txt: there is no such key"}},
		{"key in other letters", "Text = \"x\"", []string{"f.toml:1:1: Text: there is no such key"}},
		{"key of a table", "[table]\nc = 1", []string{"f.toml:2:1: table.c: there is no such key"}},
		{"table without a header", "x = 1\n[tabel.a]", []string{"f.toml:1:1: x: there is no such key", "f.toml:2:2: tabel: there is no such key"}},
		{"no text", "text = 1", []string{"f.toml:1:1: text: needs text in quotes"}},
		{"no texts", "texts = [\"a\", 1]", []string{"f.toml:1:1: texts: needs a list of texts"}},
		{"no number", "count = \"1\"", []string{"f.toml:1:1: count: needs a whole number"}},
		{"below zero", "count = -1", []string{"f.toml:1:1: count: is below zero"}},
		{"no truth value", "flag = 0", []string{"f.toml:1:1: flag: needs true or false"}},
		{"no table", "table = 1", []string{"f.toml:1:1: table: needs a table"}},
		{"element", "list = [{ a = 1 }, { a = \"x\" }]", []string{"f.toml:1:1: list[2].a: needs a whole number"}},
		{"order of the file", "flag = 0\ntext = 1", []string{"f.toml:1:1: flag: needs true or false", "f.toml:2:1: text: needs text"}},
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
		// A name is told, a value is not: the canary stands to the right of the first =.
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
