package oauthtoml

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/placeholder"
)

// variables are the values for {name} in the values of a connection.
type variables struct {
	values map[string]string
	used   map[string]bool
}

// readVariables reads the variables of the connection.
func (t *table) readVariables() {
	t.vars = new(variables)
	if !t.has("variables") {
		return
	}
	t.vars.values, t.vars.used = make(map[string]string), make(map[string]bool)
	vars := t.table("variables")
	for _, name := range vars.keys() {
		text := vars.text(name)
		vars.checkReplaced(name, text, "write its value")
		t.vars.values[name] = text
	}
}

// warnUnused warns of unused variables: a {name} may be misspelt where other braces are
// allowed.
func (c *Connection) warnUnused(t *table) {
	if len(t.vars.values) == 0 {
		return
	}
	for _, name := range t.table("variables").keys() {
		if !t.vars.used[name] {
			c.warn(fmt.Sprintf("variables has %q, which no value uses", Shorten(name)))
		}
	}
}

// fill replaces {name} in text that may have other braces: those that do not look like
// a name stay, and all stay if there are no variables.
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

// fillStrict replaces {name} in text that has no other braces, such as a host.
func (v *variables) fillStrict(text string) (string, *Problem) {
	return v.replace(text, func(name string, closed bool) *Problem {
		if !closed {
			return &Problem{"has { without }", ""}
		}
		return v.unknown(name)
	})
}

// fillURL is fillStrict for a URL. A value before the path stays before it: it cannot
// end the host and continue with a path.
func (v *variables) fillURL(text string) (string, *Problem) {
	if i := strings.Index(text, "://"); i >= 0 {
		end := i + 3 + strings.IndexAny(text[i+3:]+"/", "/?#")
		prefix, p := v.fillStrict(text[:end])
		if p != nil {
			return "", p
		}
		if _, host, _ := strings.Cut(prefix, "://"); prefix != text[:end] && strings.ContainsAny(host, `/?#@\`) {
			return "", &Problem{"has a variable in its host whose value is not part of a host", "write the value without https:// and /"}
		}
	}
	return v.fillStrict(text)
}

// replace replaces {name} by values. For any other brace it calls odd with what
// follows, up to the next } if there is one; if that returns nil, the brace stays.
func (v *variables) replace(text string, odd func(name string, closed bool) *Problem) (string, *Problem) {
	if !strings.Contains(text, "{") {
		return text, nil
	}
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

// isVariableName reports whether text in braces looks like a variable.
func isVariableName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r)
	})
}

// filled returns the text at key with its variables replaced.
func (t *table) filled(key string) string { return t.fill(key, t.text(key)) }

// fill returns text, the value of key, with its variables replaced.
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
	case strings.ContainsAny(text, "<>"): // which are invalid in a URL
		t.fail(key, notReplaced(hint))
	}
	return text
}

// checkReplaced records a mistake if text is a placeholder, <such as this>, that the
// user has not replaced.
func (t *table) checkReplaced(key, text, hint string) {
	if placeholder.Is(text) {
		t.fail(key, notReplaced(hint))
	}
}

func notReplaced(hint string) Problem {
	return Problem{"is a placeholder that was not replaced", hint}
}
