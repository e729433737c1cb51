package oauthtoml

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/placeholder"
)

// variables are what {name} stands for in the values of a connection.
type variables struct {
	values map[string]string
	used   map[string]bool
}

// readVariables reads what the values of the connection are filled with.
func (t *table) readVariables() {
	t.vars = &variables{values: make(map[string]string), used: make(map[string]bool)}
	vars := t.table("variables", t.op+" variables")
	for _, name := range vars.keys() {
		text := vars.text(name)
		vars.checkReplaced(name, text, "write its value")
		t.vars.values[name] = text
	}
}

// warnUnused warns of variables that stand nowhere: the place may have been
// misspelt where it has braces of its own.
func (c *Connection) warnUnused(t *table) {
	for _, name := range t.table("variables", "").keys() {
		if !t.vars.used[name] {
			c.warn(fmt.Sprintf("variables has %q, which no value uses", Shorten(name)))
		}
	}
}

// fill puts values in place of their {names} in text that may have braces of its
// own: what does not look like a name stays, and all does if there is no variable.
func (v *variables) fill(text string) (string, *Problem) {
	if len(v.values) == 0 {
		return text, nil
	}
	return v.replace(text, func(name string, closed bool) *Problem {
		if closed && isVariableName(name) {
			return v.unknown(name)
		}
		return nil
	})
}

// fillStrict puts values in place of their {names} in text that has no other
// braces, such as a host.
func (v *variables) fillStrict(text string) (string, *Problem) {
	return v.replace(text, func(name string, closed bool) *Problem {
		if !closed {
			return &Problem{"has { without }", ""}
		}
		return v.unknown(name)
	})
}

// fillURL is fillStrict for a URL. A value in front of the path stays in front of
// it: it cannot end the host and go on with a path of its own.
func (v *variables) fillURL(text string) (string, *Problem) {
	if i := strings.Index(text, "://"); i >= 0 {
		end := i + 3 + strings.IndexAny(text[i+3:]+"/", "/?#")
		place, p := v.fillStrict(text[:end])
		if p != nil {
			return "", p
		}
		if _, host, _ := strings.Cut(place, "://"); place != text[:end] && strings.ContainsAny(host, `/?#@\`) {
			return "", &Problem{"has a variable in its host whose value is not part of a host", "write the value without https:// and /"}
		}
	}
	return v.fillStrict(text)
}

// replace puts values in place of their {names}. For any other brace it asks odd,
// which gets what follows it, up to the next } if there is one: nil lets it stay.
func (v *variables) replace(text string, odd func(name string, closed bool) *Problem) (string, *Problem) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if value, known := v.values[name]; known && closed {
			v.used[name] = true
			b.WriteString(value)
			text = after
			continue
		}
		if p := odd(name, closed); p != nil {
			return "", p
		}
		b.WriteByte('{')
		text = rest
	}
}

func (v *variables) unknown(name string) *Problem {
	known := make([]string, 0, len(v.values))
	for name := range v.values {
		known = append(known, name)
	}
	hint := `add it: variables = { name = "…" }`
	if near := nearest.Names(name, known); len(near) > 0 {
		hint = fmt.Sprintf("did you mean {%s}?", near[0])
	}
	return &Problem{"has a {variable} that variables does not set", hint}
}

// isVariableName reports whether text in braces looks like a name.
func isVariableName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r)
	})
}

// filled returns the text at key with its variables replaced.
func (t *table) filled(key string) string { return t.fill(key, t.text(key)) }

// fill returns a text that stands at key with its variables replaced.
func (t *table) fill(key, text string) string {
	filled, p := t.vars.fill(text)
	if p != nil {
		t.fail(key, *p)
	}
	return filled
}

// filledURL returns the URL at key with its variables replaced.
func (t *table) filledURL(key, hint string) string {
	text, p := t.vars.fillURL(t.text(key))
	switch {
	case p != nil:
		t.fail(key, *p)
	case strings.ContainsAny(text, "<>"): // which no URL has
		t.fail(key, notReplaced(hint))
	}
	return text
}

// checkReplaced records a mistake if a text at key is a placeholder, <such as this>,
// that somebody was to replace.
func (t *table) checkReplaced(key, text, hint string) {
	if placeholder.Is(text) {
		t.fail(key, notReplaced(hint))
	}
}

func notReplaced(hint string) Problem {
	return Problem{"is a placeholder that was not replaced", hint}
}
