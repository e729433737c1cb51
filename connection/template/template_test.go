package template_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/template"
	"github.com/postern-dev/postern/hostapi"
)

const example = `# An example.
title = "Example CRM"
documentation = "https://example.com/docs/oauth"

[variables.shop]
label = "Shop name"
description = "the part before .example.com"

[variables.client_id]
label = "Consumer key"

[variables.client_secret]
hidden = true

[variables.scopes]
default = "read write"

[variables.audience]
required = false

[connection]
grant = "authorization_code"
token_endpoint = "https://{shop}.example.com/oauth/token"
authorization_endpoint = "https://{shop}.example.com/oauth/authorize"
scope_separator = ","
authorize_params = { prompt = "consent", "a b" = "{shop}" }
hosts = ["{shop}.example.com"]
expired_status = [401, 403]
sealed = true
`

func TestEntry(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Parse("crm.toml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tmpl.Entry(`my "CRM"`, map[string]string{
		"shop": `a"b\`, "client_id": "id\u0085", "client_secret": "file:crm.secret", "scopes": "read,write all",
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Example CRM, from the template "crm.toml": https://example.com/docs/oauth
[connections."my \"CRM\""]
grant = "authorization_code"
token_endpoint = "https://{shop}.example.com/oauth/token"
authorization_endpoint = "https://{shop}.example.com/oauth/authorize"
scope_separator = ","
authorize_params = { "a b" = "{shop}", prompt = "consent" }
hosts = ["{shop}.example.com"]
expired_status = [401, 403]
sealed = true
client_id = "id` + "\u0085" + `"
client_secret = "file:crm.secret"
scopes = ["read", "write", "all"]
variables = { shop = "a\"b\\" }
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEntryRefuses(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Parse("crm.toml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		values map[string]string
		want   string
	}{
		{map[string]string{"client_id": "i", "client_secret": "env:S"}, "template shop: has no value"},
		{map[string]string{"shop": "", "client_id": "i", "client_secret": "env:S"}, "template shop: has no value"},
		{map[string]string{"shop": "s", "client_id": "i", "client_secret": "SEKRET"}, "template client_secret: is a secret in plaintext"},
		{map[string]string{"shop": "s", "clientid": "i"}, "template clientid: is not a variable of the template"},
	} {
		_, err := tmpl.Entry("crm", test.values)
		if err == nil || err.Error() != test.want || hostapi.CodeOf(err) != hostapi.CodeConfig {
			t.Errorf("%v: error %v, want %s", test.values, err, test.want)
		}
	}
	var missing []string
	for _, v := range tmpl.Missing(map[string]string{"client_id": "i", "audience": ""}) {
		missing = append(missing, v.Name)
	}
	if want := []string{"shop", "client_secret"}; !slices.Equal(missing, want) {
		t.Errorf("missing %q, want %q", missing, want)
	}
}

// TestParseRefuses checks that every mistake is reported with its position.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const top = "title = \"T\"\n"                                                         // line 1
	const static = "[connection]\ngrant = \"static\"\n[variables.token]\nhidden = true\n" // lines 2 to 5
	const oauth = "[connection]\ngrant = \"client_credentials\"\nclient_id = \"x\"\ntoken_endpoint = \"https://{a}/t\"\ntoken_endpoint_auth_method = \"none\"\n"
	for _, test := range []struct{ name, text, want string }{
		{"not TOML", top + "x", "crm.toml:2: not valid TOML"},
		{"unknown key", top + "titel = \"x\"\n" + static, "crm.toml:2: titel: unknown key"},
		{"no title", static, "crm.toml: title: is missing"},
		{"title of two lines", "title = \"a\\nb\"\n" + static, "crm.toml:1: title: has a line break"},
		{"no connection", top, "crm.toml: connection: is missing"},
		{"connection is text", top + "connection = \"x\"\n", "crm.toml:2: connection: needs a table"},
		{"no grant", top + "[connection]\nhosts = []\n", "crm.toml:2: connection: grant is missing"},
		{"unknown grant", top + "[connection]\ngrant = \"statik\"\n", "crm.toml:3: connection.grant: has a value that is not allowed"},
		{"unknown key of a variable", top + static + "requird = false\n", "crm.toml:6: variables.token.requird: unknown key"},
		{"wrong type", top + static + "label = 1\n", "crm.toml:6: variables.token.label: needs text"},
		{"secret in the template", top + "[connection]\ngrant = \"static\"\ntoken = \"SEKRET\"\n", "crm.toml:4: connection.token: is a secret"},
		{"secret of the user", top + oauth + "token_params = { x = [\"a\", \"env:AWS_SECRET_ACCESS_KEY\"] }\n[variables.a]\n", "crm.toml:7: connection.token_params: refers to a secret of the template's user"},
		{"secret of the user as default", top + oauth + "[variables.a]\ndefault = \"file:.ssh/id_rsa\"\n", "crm.toml:8: variables.a.default: refers to a secret of the template's user"},
		{"plain text", top + "[connection]\ngrant = \"static\"\nallow_plaintext = true\n[variables.token]\nhidden = true\n", "crm.toml:4: connection.allow_plaintext: is not allowed"},
		{"secret that is seen", top + "[connection]\ngrant = \"static\"\n[variables.token]\n", "crm.toml:4: variables.token: is a secret"},
		{"secret with a default", top + static + "default = \"SEKRET\"\n", "crm.toml:6: variables.token.default: is not allowed"},
		{"twice", top + static + "[variables.grant]\n", "crm.toml:6: variables.grant: is in [connection] as well"},
		{"of no use", top + static + "[variables.shop]\n", "crm.toml:6: variables.shop: is unused"},
		{"hidden in a value", top + oauth + "[variables.a]\nhidden = true\n", "crm.toml:8: variables.a.hidden: has no effect here"},
		{"not required in a value", top + oauth + "[variables.a]\nrequired = false\n", "crm.toml:8: variables.a.required: must be true"},
		{"no such variable", top + oauth, "crm.toml:5: connection.token_endpoint: has a {variable}"},
		{"variables", top + oauth + "variables = { a = \"b\" }\n", "crm.toml:7: connection.variables: is set from"},
		{"table in a table", top + oauth + "token_params = { code = \"x\" }\n[variables.a]\n", "crm.toml:7: connection.token_params: cannot be a parameter"},
		{"unless what is not there", top + static + "unless = \"nosuch\"\n", "crm.toml:6: variables.token.unless: is not an earlier variable"},
		{"unless for a value", top + "variables.client_secret = { hidden = true }\nvariables.a = { unless = \"client_secret\" }\n" + oauth, "crm.toml:3: variables.a.unless: has no effect"},
		{"name", top + oauth + "[variables.a]\n[variables.\"b c\"]\n", "crm.toml:8: variables.b c: is not a name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse("crm.toml", []byte(test.text))
			if err == nil {
				t.Fatal("it was taken")
			}
			if got := positions(err); !strings.HasPrefix(got, test.want) {
				t.Errorf("error %s, want %s", got, test.want)
			}
			if strings.Contains(err.Error(), "SEKRET") {
				t.Errorf("%v repeats a value", err)
			}
		})
	}
}

// positions returns the errors in err with their positions, one a line.
func positions(err error) string {
	var lines []string
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, err := range all {
		e, ok := err.(*hostapi.Error) //nolint:errorlint // as above
		if !ok {
			return err.Error()
		}
		line := e.File
		if e.Line > 0 {
			line += ":" + string(rune('0'+e.Line))
		}
		lines = append(lines, line+": "+err.Error())
	}
	return strings.Join(lines, "\n")
}

// TestBuiltin checks that every template makes a connection with its grant.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	names := template.Names()
	for _, grant := range []string{
		"client_credentials", "authorization_code", "device_code", "jwt_bearer", "token_exchange", "password", "static", "basic",
	} {
		if !slices.Contains(names, grant) {
			t.Errorf("there is none for %s", grant)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := template.Builtin(name)
			if err != nil {
				t.Fatal(positions(err))
			}
			values := make(map[string]string)
			for _, v := range tmpl.Variables {
				switch {
				case v.Hidden:
					values[v.Name] = "env:SAMPLE"
				case strings.HasSuffix(v.Name, "_endpoint") || v.Name == "redirect_uri":
					values[v.Name] = "https://id.example.com/x"
				case v.Default == "" && v.Required:
					values[v.Name] = "sample.example.com"
				}
			}
			text, err := tmpl.Entry("sample", values)
			if err != nil {
				t.Fatal(err)
			}
			set, err := connection.Parse("oauth.toml", []byte(text), connection.ParseOptions{SkipSecrets: true})
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			d, err := set.Describe("sample")
			if err != nil || d.Grant != tmpl.Grant || len(d.Hosts) == 0 {
				t.Errorf("%+v, %v", d, err)
			}
			if slices.Contains([]string{"client_credentials", "authorization_code", "device_code", "jwt_bearer", "token_exchange", "password", "static", "basic"}, name) && d.Grant != name {
				t.Errorf("its grant is %s", d.Grant)
			}
			for _, warning := range set.Warnings() {
				if name != "password" {
					t.Errorf("warning: %s", warning)
				}
			}
		})
	}
	if files, err := filepath.Glob("builtin/*"); err != nil || len(files) != len(names) {
		t.Errorf("%d files for %d templates, %v", len(files), len(names), err)
	}
	for _, name := range []string{"nosuch", "", "../builtin/basic", "basic.toml"} {
		if _, err := template.Builtin(name); hostapi.CodeOf(err) != hostapi.CodeConfig {
			t.Errorf("%q: error %v", name, err)
		}
	}
}

// TestUnless checks that a variable is neither required nor used if the one in Unless
// has a value, and that its own value is kept.
func TestUnless(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Builtin("device_code")
	if err != nil {
		t.Fatal(err)
	}
	const endpoint = "https://id.example.com/token"
	for _, test := range []struct {
		values  map[string]string
		missing string
		want    []string // lines of the entry
		without []string
	}{
		{nil, "device_authorization_endpoint token_endpoint", []string{"token_endpoint = ", "token_endpoint_auth_method = \"none\""}, []string{"issuer = "}},
		{map[string]string{"issuer": "https://id.example.com"}, "", []string{"issuer = "}, []string{"_endpoint = "}},
		{map[string]string{"issuer": "https://id.example.com", "token_endpoint": endpoint}, "", []string{"token_endpoint = \"" + endpoint}, []string{"device_authorization_endpoint = "}},
		{map[string]string{"issuer": ""}, "device_authorization_endpoint token_endpoint", nil, []string{"issuer = "}},
		{map[string]string{"client_secret": "env:S"}, "device_authorization_endpoint token_endpoint", []string{"client_secret = \"env:S\""}, []string{"auth_method"}},
	} {
		values := map[string]string{"client_id": "me", "hosts": "a.example.com"}
		maps.Copy(values, test.values)
		var missing []string
		for _, v := range tmpl.Missing(values) {
			missing = append(missing, v.Name)
			values[v.Name] = endpoint
		}
		if got := strings.Join(missing, " "); got != test.missing {
			t.Errorf("%v: missing %q, want %q", test.values, got, test.missing)
		}
		entry, err := tmpl.Entry("tv", values)
		if err != nil {
			t.Fatal(err)
		}
		if err := tmpl.Check(t.Context(), "tv", values, connection.ParseOptions{SkipSecrets: true}); err != nil {
			t.Errorf("%v: %v", test.values, err)
		}
		for _, line := range test.want {
			if !strings.Contains(entry, line) {
				t.Errorf("%v: no %s in\n%s", test.values, line, entry)
			}
		}
		for _, line := range test.without {
			if strings.Contains(entry, line) {
				t.Errorf("%v: %s in\n%s", test.values, line, entry)
			}
		}
	}
}

// FuzzParse checks that an accepted template makes entries that are TOML and have no
// secret, whatever the values.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example), "crm", "value")
	files, err := filepath.Glob("builtin/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "a\"b\\c\nd", "x\"]\n[connections.evil]\ngrant = \"static\"")
	}
	f.Fuzz(func(t *testing.T, text []byte, name, value string) {
		tmpl, err := template.Parse("crm.toml", text)
		if err != nil {
			return
		}
		values := make(map[string]string)
		for _, v := range tmpl.Variables {
			if values[v.Name] = value; v.Hidden {
				values[v.Name] = "env:S"
			}
		}
		entry, err := tmpl.Entry(name, values)
		if err != nil {
			return
		}
		set, err := connection.Parse("oauth.toml", []byte(entry), connection.ParseOptions{SkipSecrets: true})
		if err != nil {
			if strings.Contains(err.Error(), "TOML") {
				t.Fatalf("%v in\n%s", err, entry)
			}
			return
		}
		if names := set.Names(); len(names) != 1 || names[0] != name {
			t.Fatalf("%q became %q:\n%s", name, names, entry)
		}
	})
}
