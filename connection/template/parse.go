package template

import (
	"slices"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Parse reads a template that errors call file. It is strict: what is unknown,
// misspelt or of no use is an error with file, line and key, and the error tells of
// all mistakes.
//
//	title = "Example CRM"
//	documentation = "https://example.com/docs/oauth" # may be left out
//
//	[variables.shop]          # in the order in which to ask for them
//	label = "Shop name"       # default the name; all of these may be left out
//	description = "the part before .example.com"
//	default = "www"
//	required = true           # default true unless there is a default
//	hidden = false            # true: a secret, typed without being seen
//	unless = "issuer"         # an earlier variable that replaces this one if it has a value
//
//	[variables.client_id]     # named like a key of a connection, it is its value
//
//	[connection]              # keys of a connection, in whose values {shop} may stand
//	grant = "authorization_code"
//	token_endpoint = "https://{shop}.example.com/oauth/token"
func Parse(file string, data []byte) (*Template, error) {
	doc, top := stricttoml.Parse(file, data, false)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	top.Only("title", "documentation", "variables", "connection")
	t := &Template{Name: file, Title: top.Text("title"), Documentation: top.Text("documentation"), Text: slices.Clone(data)}
	if t.Title == "" {
		top.Fail("title", "is missing", `write title = "Example CRM"`)
	}
	for key, text := range map[string]string{"title": t.Title, "documentation": t.Documentation} {
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			top.Fail(key, "has a line break or another control character", "")
		}
	}
	if !top.Has("connection") {
		top.Fail("connection", "is missing", "write [connection] with the keys of a connection")
		return nil, doc.Err()
	}
	settings := top.Table("connection")
	for _, key := range settings.Keys() {
		if value, ok := settings.Any(key); ok {
			t.settings = append(t.settings, setting{key, value})
		}
	}
	t.Grant = settings.Text("grant")
	t.readVariables(top.Table("variables"), settings)
	t.checkSettings(settings)
	if doc.Err() == nil {
		t.try(settings)
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// secretKeys are keys of a connection whose value is a secret.
func secretKeys() []string {
	return []string{"client_secret", "password", "signing_key", "subject_token", "token"}
}

func (t *Template) readVariables(variables, settings *stricttoml.Table) {
	for _, name := range variables.Keys() {
		table := variables.Table(name)
		table.Only("label", "description", "default", "required", "hidden", "unless")
		v := Variable{
			Name: name, Label: table.Text("label"), Description: table.Text("description"), Default: table.Text("default"),
			Hidden: table.Flag("hidden"), Unless: table.Text("unless"),
		}
		v.Required = v.Default == ""
		if table.Has("required") {
			v.Required = table.Flag("required")
		}
		if v.Label == "" {
			v.Label = name
		}
		switch places := t.placesOf(name); {
		case !isName(name):
			variables.Fail(name, "is not a name", "use letters, digits, _ and -")
		case v.Unless != "" && !slices.Contains(t.names(), v.Unless):
			table.Fail("unless", "is not an earlier variable of the template", "")
		case v.Unless != "" && !v.isKey():
			table.Fail("unless", "has no effect on a {variable}, which needs a value", "remove it")
		case v.Hidden && v.Default != "":
			table.Fail("default", "is not allowed for a secret", "remove it")
		case hasReference(v.Default):
			table.Fail("default", "refers to a secret of the template's user", "remove it")
		case v.isKey() && settings.Has(name):
			variables.Fail(name, "is in [connection] as well", "remove one of the two")
		case !v.Hidden && slices.Contains(secretKeys(), name):
			variables.Fail(name, "is a secret", "add hidden = true")
		case v.Hidden && !v.isKey():
			table.Fail("hidden", "has no effect here: a {variable} is not a secret", "remove it, or name the variable like the key that it is for")
		case !v.isKey() && len(places) == 0:
			variables.Fail(name, "is unused: it is not a key of a connection, and no value has {"+name+"}", "remove it")
		case !v.isKey() && !v.Required && v.Default == "":
			table.Fail("required", "must be true without a default: it is used in "+places[0], "remove it")
		}
		t.Variables = append(t.Variables, v)
	}
}

// isKey reports whether the variable is the value of a key of the connection.
func (v *Variable) isKey() bool { return connection.IsKey(v.Name) }

func isName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	})
}

// placesOf returns the keys in whose values {name} stands.
func (t *Template) placesOf(name string) []string {
	var keys []string
	for _, s := range t.settings {
		if strings.Contains(valueText(s.value), "{"+name+"}") {
			keys = append(keys, s.key)
		}
	}
	return keys
}

func (t *Template) checkSettings(settings *stricttoml.Table) {
	for _, s := range t.settings {
		switch {
		case s.key == "variables":
			settings.Fail(s.key, "is set from the variables of the template", "remove it")
		case s.key == "allow_plaintext":
			settings.Fail(s.key, "is not allowed in a template, which has no secrets", "remove it")
		case slices.Contains(secretKeys(), s.key) && s.value != any(""):
			settings.Fail(s.key, "is a secret, which a template must not have", "write [variables."+s.key+"] with hidden = true")
		case hasReference(s.value):
			settings.Fail(s.key, "refers to a secret of the template's user", "remove it; users can add it to their own file")
		}
	}
}

// hasReference reports whether a value would read an environment variable or a file: a
// template may come from an untrusted source.
func hasReference(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.HasPrefix(v, "env:") || strings.HasPrefix(v, "file:")
	case []any:
		return slices.ContainsFunc(v, hasReference)
	case map[string]any:
		for _, inner := range v {
			if hasReference(inner) {
				return true
			}
		}
	}
	return false
}
