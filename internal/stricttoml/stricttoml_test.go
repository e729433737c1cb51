package stricttoml_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/stricttoml"
)

const text = `name = "x"
count = 3

[b]
list = [{ n = 1 }, { n = 2 }]
[a]
yes = true
texts = ["p", "q"]
`

func TestTable(t *testing.T) {
	t.Parallel()
	doc, top := stricttoml.Parse("x.toml", []byte(text), false)
	if got, want := top.Keys(), []string{"name", "count", "b", "a"}; !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
	if got := top.Text("name"); got != "x" {
		t.Errorf("text %q", got)
	}
	if got := top.Whole("count"); got != 3 {
		t.Errorf("whole %d", got)
	}
	a := top.Table("a")
	if !a.Flag("yes") || a.Flag("no") || !slices.Equal(a.Texts("texts"), []string{"p", "q"}) {
		t.Errorf("flag %t, texts %q", a.Flag("yes"), a.Texts("texts"))
	}
	sum := int64(0)
	for _, e := range top.Table("b").Tables("list", "a list") {
		sum += e.Whole("n")
	}
	if sum != 3 || top.Table("absent").Has("x") || top.Text("absent") != "" {
		t.Errorf("sum %d", sum)
	}
	if err := doc.Err(); err != nil {
		t.Error(err)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	doc, top := stricttoml.Parse("x.toml", []byte(text), false)
	top.Table("a").Only("yse", "texts")
	top.Whole("name")
	top.Table("b").Table("list")
	top.Table("b").Tables("list", "a list")[1].Only()
	top.FailWith("count", &hostapi.Error{Code: hostapi.CodeScript, Op: "op", Message: "message", Hint: "hint"})
	top.FailWith("absent", errors.New("plain"))
	var got []string
	joined, ok := doc.Err().(interface{ Unwrap() []error })
	if !ok {
		t.Fatal("no mistakes")
	}
	for _, err := range joined.Unwrap() {
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || e.Code != hostapi.CodeConfig || e.File != "x.toml" {
			t.Fatalf("%#v", err)
		}
		got = append(got, fmt.Sprintf("%d:%d %s: %s", e.Line, e.Column, e.Name, e.Message))
	}
	want := []string{
		"0:0 absent: plain",
		"1:1 name: needs a whole number",
		"2:1 count: message",
		"5:1 b.list: needs a table",
		"5:22 b.list[2].n: unknown key",
		"7:1 a.yes: unknown key",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPrivate checks that no error shows what a private file has.
func TestPrivate(t *testing.T) {
	t.Parallel()
	const broken = "a = \"x\"\nb = SEKRET\n"
	for _, private := range []bool{false, true} {
		doc, top := stricttoml.Parse("x.toml", []byte(broken), private)
		e, ok := errors.AsType[*hostapi.Error](doc.Err())
		if !ok || e.Line != 2 || len(top.Keys()) != 0 {
			t.Fatalf("%#v", doc.Err())
		}
		if strings.Contains(e.Message, "SEKRET") == private {
			t.Errorf("private %t: %s", private, e.Message)
		}
	}
	if v := stricttoml.Values([]byte(broken)); v != nil {
		t.Errorf("values %v", v)
	}
	if v := stricttoml.Values([]byte("a = 1")); !reflect.DeepEqual(v, map[string]any{"a": int64(1)}) {
		t.Errorf("values %v", v)
	}
}
