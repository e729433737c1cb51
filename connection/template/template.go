// Package template describes how to configure a connection to one kind of server: the
// settings that are always the same, and the variables to ask the user for. A template
// has no secrets.
package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
)

// Template describes connections to one kind of server. It is immutable.
type Template struct {
	Name          string     // of a built-in template, or of the file
	Title         string     // such as "Example CRM"
	Documentation string     // URL of the provider's documentation; may be empty
	Grant         string     // such as "authorization_code"
	Variables     []Variable // in the order in which to ask for them
	Text          []byte     // the source of the template

	settings []setting // common to all connections, in the order of the file
}

// Variable is a setting that differs between connections. One that is named like a key
// of a connection is the value of that key. Others are used as {name} in values of the
// template.
type Variable struct {
	Name        string
	Label       string // prompt for the user; default: Name
	Description string // may be empty
	Default     string // may be empty
	Required    bool   // default true unless there is a Default
	Hidden      bool   // a secret: its value must be env:NAME or file:PATH

	// Unless is the name of an earlier variable that replaces this one: once that has
	// a value, this one is not required and its Default does not apply. May be empty.
	Unless string
}

type setting struct {
	key   string
	value any // decoded from TOML
}

// Missing returns the required variables without a value, in order.
func (t *Template) Missing(values map[string]string) []Variable {
	var missing []Variable
	for _, v := range t.Variables {
		if v.Required && t.valueIn(values, v) == "" && !t.Replaced(v, values) {
			missing = append(missing, v)
		}
	}
	return missing
}

// Replaced reports whether the variable has no value because the one in Unless has one.
func (t *Template) Replaced(v Variable, values map[string]string) bool {
	i := slices.IndexFunc(t.Variables, func(other Variable) bool { return other.Name == v.Unless })
	return values[v.Name] == "" && i >= 0 && t.valueIn(values, t.Variables[i]) != ""
}

// valueIn returns the value of the variable, or its default.
func (t *Template) valueIn(values map[string]string, v Variable) string {
	if value, ok := values[v.Name]; ok {
		return value
	}
	if v.Default == "" || t.Replaced(v, values) {
		return ""
	}
	return v.Default
}

// Entry returns the table of a connection of that name, in TOML for an oauth.toml.
// values has the values of variables by name. An error has [hostapi.CodeConfig]. It does not
// check the result: [connection.Parse] does.
func (t *Template) Entry(name string, values map[string]string) (string, error) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(t.Variables, func(v Variable) bool { return v.Name == key }) {
			return "", fail(key, "is not a variable of the template", "the variables are "+strings.Join(t.names(), ", "))
		}
	}
	if !utf8.ValidString(name) {
		return "", fail("", "the connection has a name that is not UTF-8", "")
	}
	if missing := t.Missing(values); len(missing) > 0 {
		return "", fail(missing[0].Name, "has no value", "")
	}
	var b strings.Builder
	from := fmt.Sprintf("# %s, from the template %q", t.Title, t.Name)
	if t.Documentation != "" {
		from += ": " + t.Documentation
	}
	fmt.Fprintf(&b, "%s\n[connections.%s]\n", from, keyText(name))
	for _, s := range t.settings {
		fmt.Fprintf(&b, "%s = %s\n", keyText(s.key), valueText(s.value))
	}
	inValues := make(map[string]any)
	for _, v := range t.Variables {
		value := t.valueIn(values, v)
		switch {
		case value == "":
		case !utf8.ValidString(value):
			return "", fail(v.Name, "is not UTF-8", "")
		case v.Hidden && !isReference(value):
			return "", fail(v.Name, "is a secret in plaintext", "write env:NAME or file:PATH")
		case v.isKey():
			fmt.Fprintf(&b, "%s = %s\n", v.Name, valueText(t.valueOf(v, value)))
		default:
			inValues[v.Name] = value
		}
	}
	if len(inValues) > 0 {
		fmt.Fprintf(&b, "variables = %s\n", valueText(inValues))
	}
	return b.String(), nil
}

func (t *Template) names() []string {
	names := make([]string, len(t.Variables))
	for i, v := range t.Variables {
		names[i] = v.Name
	}
	return names
}

// valueOf converts the value of a variable to the type of its key.
func (t *Template) valueOf(v Variable, value string) any {
	separators := ""
	switch v.Name {
	case "hosts":
		separators = ","
	case "scopes":
		for _, s := range t.settings {
			if text, ok := s.value.(string); ok && s.key == "scope_separator" {
				separators = text
			}
		}
	default:
		return value
	}
	list := []any{}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t"+separators, r) }) {
		list = append(list, word)
	}
	return list
}

func isReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}

func fail(name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: "template", Name: name, Message: message, Hint: hint}
}
