package oauthtoml_test

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
)

const plainConnection = `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "id"
client_secret = "env:SECRET"
scopes = ["a", "b"]
hosts = ["api.example.com"]
token_params = { kind = "x", list = ["1", "2"] }
`

func TestSame(t *testing.T) {
	t.Parallel()
	read := func(text, dir string) *oauthtoml.Connection {
		t.Helper()
		f, err := oauthtoml.Parse("oauth.toml", []byte(text), oauthtoml.Options{Dir: dir, LookupEnv: func(string) (string, bool) { return "s", true }})
		if err != nil {
			t.Fatal(err)
		}
		return f.Connections["crm"]
	}
	first := read(plainConnection, "/etc")
	if whole, err := first.WithSecrets(t.Context()); err != nil || whole.Same(first) {
		t.Errorf("what has its secrets has no definition to compare: %v", err)
	}
	if !first.Same(first) || first.Same(nil) {
		t.Error("a connection is not itself, or nil")
	}
	lines := strings.SplitAfter(plainConnection, "\n")
	moved := strings.Join(append([]string{lines[0], "# a comment\n", lines[4]}, append(lines[1:4:4], lines[5:]...)...), "")
	for _, tt := range []struct {
		name, text, dir string
		want            bool
	}{
		{"the same text", plainConnection, "/etc", true},
		{"other order, comments and connections", "[connections.a]\ngrant = \"static\"\ntoken = \"env:T\"\n" + moved, "/etc", true},
		{"another folder", plainConnection, "/srv", false},
		{"another reference", strings.Replace(plainConnection, "SECRET", "OTHER", 1), "/etc", false},
		{"another value", strings.Replace(plainConnection, `"id"`, `"ID"`, 1), "/etc", false},
		{"another list", strings.Replace(plainConnection, `["a", "b"]`, `["b", "a"]`, 1), "/etc", false},
		{"a longer list", strings.Replace(plainConnection, `["a", "b"]`, `["a", "b", "c"]`, 1), "/etc", false},
		{"another nested list", strings.Replace(plainConnection, `["1", "2"]`, `["1", "3"]`, 1), "/etc", false},
		{"another type", strings.Replace(plainConnection, `["a", "b"]`, `"a"`, 1), "/etc", false},
		{"a key more", plainConnection + "sealed = true\n", "/etc", false},
		{"a key less", strings.Replace(plainConnection, "scopes = [\"a\", \"b\"]\n", "", 1), "/etc", false},
		{"another key in its place", strings.Replace(plainConnection, "hosts = [\"api.example.com\"]", "timeout = \"20s\"", 1), "/etc", false},
	} {
		if got := first.Same(read(tt.text, tt.dir)); got != tt.want {
			t.Errorf("%s: same is %t", tt.name, got)
		}
	}
}
