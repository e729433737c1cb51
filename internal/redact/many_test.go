package redact

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// workOf returns how many bytes are read again when text is searched, because a window
// matches: the only work that depends on what a secret and a text have in common.
func workOf(t *testing.T, s *Set, text string) int {
	t.Helper()
	search := search{ctx: t.Context(), text: text, table: s.ready(), budget: budgetOf(text)}
	if err := search.run(); err != nil {
		t.Fatal(err)
	}
	return budgetOf(text) - search.budget
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

func TestManySecrets(t *testing.T) {
	t.Parallel()
	many := manySecrets(10_000)
	if n, bytes := many.Size(); n != 10_000 || bytes < 400_000 {
		t.Errorf("%d secrets of %d bytes", n, bytes)
	}
	text := "a eyJhbGciOiJSUzI1NiJ9.0079190.c2lnbmF0dXJl b eyJhbGciOiJSUzI1NiJ9.0079191.c2lnbmF0dXJl c"
	if got, want := textOf(t, many, text), "a "+Hidden+" b eyJhbGciOiJSUzI1NiJ9.0079191.c2lnbmF0dXJl c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, text := range []string{
		"the quick brown fox jumps over the lazy dog\n", `{"name": "Ada \u00e9 & co", "url": "https://example.com/?q=a%20b"}`,
		"eyJhbGciOiJSUzI1NiJ9.0000001.", base64.StdEncoding.EncodeToString([]byte("ordinary words, 0123456789")),
	} {
		if work := workOf(t, many, strings.Repeat(text, 1<<16/len(text))); work != 0 {
			t.Errorf("%.20q: %d bytes are read again", text, work)
		}
	}
}

// What a search does beyond reading the text once does not tell how much of a secret the text
// has: neither which of its characters are right, nor in what form.
func TestAGuessTellsNothing(t *testing.T) {
	t.Parallel()
	const secret = "Xq7-token_2f8Zk3Wm9Rb4"
	s := &Set{}
	s.Hide(secret)
	for right := range len(secret) {
		guesses := []string{secret[:right] + strings.Repeat("!", len(secret)-right)}
		if right < window {
			guesses = append(guesses, "!"+secret[1:right+1], strings.Repeat("!", len(secret)-right)+secret[len(secret)-right:])
		}
		for _, guess := range guesses {
			for _, written := range []func(string) string{
				func(s string) string { return s },
				func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") },
				func(s string) string { return strings.Join(strings.Split(s, ""), `\u0000`) },
				func(s string) string { return strings.ReplaceAll(s, "k", "%6b") },
				func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s))[:len(s)] },
			} {
				text := strings.Repeat(written(guess)+" ", 1<<10)
				if work := workOf(t, s, text); work != 0 {
					t.Fatalf("%d bytes are read again for the guess %q", work, guess)
				}
			}
		}
	}
}

// The work is bounded for secrets and texts that are made to take long, and nothing of the
// secret stays.
func TestSecretsMadeToTakeLong(t *testing.T) {
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
		s := &Set{}
		secret := tt.first + strings.Repeat(tt.part, 9_000/len(tt.part)) + tt.last
		s.Hide(secret)
		text := strings.Repeat(tt.text, 1<<16/len(tt.text))
		if work, most := workOf(t, s, text), budgetOf(text)+4*20*len(secret)+1<<13; work > most {
			t.Errorf("%+v: %d bytes are read again, want at most %d", tt, work, most)
		}
		if got := textOf(t, s, text+secret+text); strings.Contains(got, secret) {
			t.Errorf("%+v: the secret stays", tt)
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
	for _, text := range []string{"%25", "%", `\u0041`, "a", "a%20"} {
		looks := &looked{Context: t.Context()}
		if _, err := Text(looks, strings.Repeat(text, 1<<20/len(text)), s); err != nil || looks.n < 12 {
			t.Errorf("%q: error %v; it looked %d times at its context", text, err, looks.n)
		}
	}
}

// looked counts how often a context was looked at.
type looked struct {
	context.Context //nolint:containedctx // it is one
	n               int
}

func (l *looked) Err() error { l.n++; return l.Context.Err() }

// BenchmarkGuess tells how long a megabyte takes of guesses that are right but for the last
// characters, as a multiple of what wrong ones take.
func BenchmarkGuess(b *testing.B) {
	const secret = "Xq7-token_2f8Zk3Wm9Rb4"
	s := &Set{}
	s.Hide(secret)
	for _, gap := range []string{"", "\x00", `\u0000`} {
		text := func(guess string) string {
			return strings.Repeat(strings.Join(strings.Split(guess, ""), gap)+" ", 1<<20/len(guess)/(1+len(gap)))
		}
		right, wrong := text(secret[:len(secret)-1]+"!"), text("Yr8+upljo-3g9[l4Xn:Sc!")
		b.Run(fmt.Sprintf("gap %q", gap), func(b *testing.B) {
			var took [2]time.Duration
			for b.Loop() {
				for i, text := range []string{wrong, right} {
					start := time.Now()
					_ = s.Found(text)
					took[i] += time.Since(start)
				}
			}
			b.ReportMetric(float64(took[0])/float64(took[1]), "right/wrong")
		})
	}
}
