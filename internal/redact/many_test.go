package redact

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// workOf returns how many steps it takes to look through text for the first time.
func workOf(t *testing.T, s *Set, text string) int {
	t.Helper()
	w := sweep[string]{ctx: t.Context(), text: text, x: s.index}
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	if w.a == nil {
		return 0
	}
	return w.a.work
}

// manySecrets returns n secrets that have their beginnings and ends in common with
// many others.
func manySecrets(n int) *Set {
	s := &Set{}
	for i := range n {
		s.Hide(fmt.Sprintf("eyJhbGciOiJSUzI1NiJ9.%07d.c2lnbmF0dXJl", i*7919))
	}
	return s
}

// The cost of a byte is nearly independent of the number of secrets.
func TestManySecrets(t *testing.T) {
	t.Parallel()
	few, many := manySecrets(10), manySecrets(10_000)
	if n, bytes := many.Size(); n != 10_000 || bytes < 400_000 {
		t.Errorf("%d secrets of %d bytes", n, bytes)
	}
	for _, text := range []string{
		"the quick brown fox jumps over the lazy dog\n", `{"name": "Ada \u00e9 & co", "url": "https://example.com/?q=a%20b"}`,
		"eyJhbGciOiJSUzI1NiJ9.0000001.c2lnbmF0dXJl ", base64.StdEncoding.EncodeToString([]byte("ordinary words, 0123456789")),
	} {
		text = strings.Repeat(text, 1<<16/len(text))
		if one, all := workOf(t, few, text), workOf(t, many, text); all > 2*one+100_000 { // of states that are made
			t.Errorf("%.20q: 10 secrets take %d steps, 10,000 take %d", text, one, all)
		}
	}
	text := "a eyJhbGciOiJSUzI1NiJ9.0079190.c2lnbmF0dXJl b eyJhbGciOiJSUzI1NiJ9.0079191.c2lnbmF0dXJl c"
	if got, want := textOf(t, many, text), "a "+Hidden+" b eyJhbGciOiJSUzI1NiJ9.0079191.c2lnbmF0dXJl c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A long secret that the text resembles everywhere costs no more than a short one.
func TestLongSecretsThatRepeatThemselves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ first, part, last, text string }{
		{"", "a", "", "a"},
		{"b", "a", "", "a"},
		{"", "a", "b", "a"},
		{"", "ab", "c", "ab"},
		{"c", "ab", "", "ab"},
		{"x", "%25", "", "%25"},
		{"", `\`, "x", `\`},
		{"x", `\`, "", `\`},
		{"x", "&amp;", "", "&amp;"},
		{"", "a", "", "%61"},
		{"b", "a", "", `\u0061`},
		{"b", "abc", "", "YWJj"},
		{"", "abc", "", "YWJj"},
	} {
		text := strings.Repeat(tt.text, 1<<16/len(tt.text))
		search := func(length int) int {
			s := &Set{}
			s.Hide(tt.first + strings.Repeat(tt.part, length/len(tt.part)) + tt.last)
			return workOf(t, s, text)
		}
		if short, long := search(30), search(9_000); long > 4*short { // 300 times as long
			t.Errorf("%+v: a secret of 30 bytes takes %d steps, one of 9,000 takes %d", tt, short, long)
		}
	}
}

// No part of overlapping secrets remains.
func TestOverlappingSecrets(t *testing.T) {
	t.Parallel()
	var s, other Set
	s.Replace("first-secret", "<1>")
	s.Replace("secret-of-another", "<2>")
	other.Replace("another-set", "<3>")
	for text, want := range map[string]string{
		"a first-secret-of-another z":                      "a <1> z",
		"a first-secret-of-another-set z":                  "a <1> z",
		"a secret-of-another-set z another-set":            "a <2> z <3>",
		"secret-of-another first-secret secret-of-another": "<2> <1> <2>",
		"%66irst%2Dsecret%2Dof%2Danother z":                "<1> z",
	} {
		got, err := Text(t.Context(), text, &s, nil, &other)
		if err != nil || got != want {
			t.Errorf("%q becomes %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestSearchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := manySecrets(10)
	if text, err := Text(ctx, "text", s); !errors.Is(err, context.Canceled) || text != "" {
		t.Errorf("text %q, error %v", text, err)
	}
	if text, err := Bytes(ctx, []byte("text"), s); !errors.Is(err, context.Canceled) || text != nil {
		t.Errorf("bytes %q, error %v", text, err)
	}
	looks := &looked{Context: t.Context()}
	if _, err := Text(looks, strings.Repeat("%25", 1<<16), s); err != nil || looks.n < 12 {
		t.Errorf("error %v; it looked %d times at its context", err, looks.n)
	}
}

// looked counts how often a context was looked at.
type looked struct {
	context.Context //nolint:containedctx // it is one
	n               int
}

func (l *looked) Err() error { l.n++; return l.Context.Err() }
