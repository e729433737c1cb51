package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// parseAll parses data and looks up the secrets of all connections.
func parseAll(file string, data []byte, opts connection.ParseOptions) (*connection.Set, error) { //nolint:unparam // as its callers write it
	set, err := connection.Parse(file, data, opts)
	if err == nil {
		err = set.CheckSecrets(context.Background())
	}
	return set, err
}

// wantConfigError fails unless err is a configuration error at that line whose
// text, place aside, has want in it.
func wantConfigError(t *testing.T, err error, line int, want string) {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Code != hostapi.CodeConfig {
		t.Fatalf("error = %v, want one of code config", err)
	}
	if e.File != "oauth.toml" || e.Line != line {
		t.Errorf("place = %s:%d, want oauth.toml:%d (%v)", e.File, e.Line, line, e)
	}
	if text := e.Error() + " | " + e.Hint; !strings.Contains(text, want) {
		t.Errorf("error = %q, want %q in it", text, want)
	}
}

// A relative file: reference is resolved in the folder of the file that has it.
func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "oauth.toml")
	if err := os.WriteFile(path, []byte("[connections.crm]\ngrant = \"static\"\ntoken = \"file:secret\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func() error {
		t.Helper()
		set, err := connection.Load(path, connection.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return set.CheckSecrets(t.Context())
	}
	e := asError(t, check())
	if e.File != path || e.Line != 3 || e.Name != "token" {
		t.Errorf("a secret that is not there: %v, want an error about token in line 3 of %s", e, path)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := check(); err != nil {
		t.Error(err)
	}
	_, err := connection.Load(filepath.Join(dir, "none.toml"), connection.ParseOptions{})
	if hostapi.CodeOf(err) != hostapi.CodeConfig || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of no file = %v, want code config and ErrNotExist", err)
	}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

func TestParseKnowsAllKeys(t *testing.T) {
	t.Parallel()
	set, err := parseAll("oauth.toml", []byte(`
[egress]
allow = ["api.example.com", "127.0.0.1:8080", "10.1.0.0/16"]
deny = ["GET https://bad.example.com/*", "10.1.2.0/24"]
dns = "127.0.0.1:5353"
proxy = "env:PROXY"
max_redirects = 0
max_response_bytes = 1024

[connections."顧客 CRM: https://example.com/"]
grant = "password"
legacy = true
token_endpoint = "https://{tenant}.example.com/token?api-version=2&key=QUERYSECRET"
authorization_endpoint = "https://{tenant}.example.com/authorize"
refresh_endpoint = "https://{tenant}.example.com/refresh"
revocation_endpoint = "https://{tenant}.example.com/revoke"
introspection_endpoint = "https://{tenant}.example.com/introspect"
device_authorization_endpoint = "https://{tenant}.example.com/device"
pushed_authorization_request_endpoint = "https://{tenant}.example.com/par"
variables = { tenant = "acme" }
client_id = " Id with spaces "
client_secret = "env:SECRET"
token_endpoint_auth_method = "client_secret_basic"
basic_encoding = "raw"
username = "alice"
password = "env:SECRET"
allow_plaintext = false
scopes = ["b", "a"]
scope_separator = ","
audience = "https://api.example.com"
resource = ["https://a.example.com", "https://b.example.com"]
token_params = { tenant = "acme" }
header = { name = "x-api-key", scheme = "Token" }
hosts = ["API.example.com", "api.example.com:8443", "*.example.com", "127.0.0.1:8080"]
sealed = false
timeout = "5s"

[connections.basic]
grant = "basic"
username = "env:SECRET"
password = ""
hosts = []

[connections.fixed]
grant = "static"
token = "env:SECRET"
`), connection.ParseOptions{LookupEnv: lookup(map[string]string{"SECRET": "hunter2", "PROXY": "http://u:hunter2@127.0.0.1:3128"})})
	if err != nil {
		t.Fatal(err)
	}
	const name = "顧客 CRM: https://example.com/"
	if got, want := set.Names(), []string{"basic", "fixed", name}; !slices.Equal(got, want) {
		t.Errorf("Names = %q, want %q", got, want)
	}
	got, err := set.Describe(name)
	if err != nil {
		t.Fatal(err)
	}
	want := connection.Description{
		Name: name, Grant: "password",
		Endpoints: map[string]string{
			"token_endpoint":                        "https://acme.example.com/token",
			"authorization_endpoint":                "https://acme.example.com/authorize",
			"refresh_endpoint":                      "https://acme.example.com/refresh",
			"revocation_endpoint":                   "https://acme.example.com/revoke",
			"introspection_endpoint":                "https://acme.example.com/introspect",
			"device_authorization_endpoint":         "https://acme.example.com/device",
			"pushed_authorization_request_endpoint": "https://acme.example.com/par",
		},
		ClientID: " Id with spaces ", TokenEndpointAuthMethod: "client_secret_basic", Scopes: []string{"b", "a"},
		Header: "x-api-key", Scheme: "Token", Timeout: "5s",
		Hosts:    []string{"api.example.com", "api.example.com:8443", "*.example.com", "127.0.0.1:8080"},
		Warnings: got.Warnings,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Describe = %+v\nwant       %+v", got, want)
	}
	warnings := strings.Join(set.Warnings(), "\n")
	for _, w := range []string{"the password grant is legacy", "sealed = false"} {
		if !strings.Contains(warnings, w) {
			t.Errorf("Warnings = %q, want %q in them", warnings, w)
		}
	}
	e := set.Egress()
	if len(e.Allow) != 2 || len(e.AllowAddrs) != 1 || len(e.Deny) != 1 || len(e.DenyAddrs) != 1 ||
		e.DNS != "127.0.0.1:5353" || e.Proxy == nil || e.Proxy.Host != "127.0.0.1:3128" {
		t.Errorf("Egress = %+v", e)
	}
	if got, want := set.Limits(), (hostapi.Limits{Redirects: -1, ResponseBytes: 1024}); got != want {
		t.Errorf("Limits = %+v, want %+v", got, want)
	}
}

func TestDescribeUnknown(t *testing.T) {
	t.Parallel()
	set := parse(t, "[connections.playground]\ngrant = \"basic\"\nusername = \"u\"\npassword = \"\"\n")
	_, err := set.Describe("playgruond")
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Code != hostapi.CodeUnknownConnection || !strings.Contains(e.Hint, `did you mean "playground"?`) {
		t.Errorf("Describe = %v, want unknown_connection with a suggestion", err)
	}
}

// Without its secrets, a file is checked as strictly as with them.
func TestSkipSecrets(t *testing.T) {
	t.Parallel()
	opts := connection.ParseOptions{SkipSecrets: true}
	set, err := parseAll("oauth.toml", []byte(crm+`
[connections.static]
grant = "static"
token = "env:NOT_SET"

[connections.basic]
grant = "basic"
username = "env:NOT_SET"
password = "file:not-there"

[egress]
proxy = "env:NOT_SET"
`), opts)
	if err != nil || strings.Join(set.Names(), " ") != "basic crm static" {
		t.Fatalf("Parse = %v, %v", set, err)
	}
	if _, err := set.Describe("static"); err != nil {
		t.Error(err)
	}
	if _, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(egress.Config{})}); hostapi.CodeOf(err) != hostapi.CodeConfig {
		t.Errorf("NewManager = %v, want config", err)
	}
	opts.LookupSecret = func(_ context.Context, ref string) (string, error) { t.Errorf("asked for %q", ref); return "", nil }
	if _, err := parseAll("oauth.toml", []byte("[connections.crm]\ngrant = \"static\"\ntoken = \"vault:crm\""), opts); err != nil {
		t.Error(err)
	}
	for ref, want := range map[string]string{"hunter2": "is a secret in plaintext", "env:A B": "what follows env:", "file:": "names no file", "": "is empty"} {
		in := "[connections.crm]\ngrant = \"static\"\ntoken = \"" + ref + "\""
		_, err := parseAll("oauth.toml", []byte(in), connection.ParseOptions{SkipSecrets: true})
		wantConfigError(t, err, 3, want)
	}
}

func TestDescriptionJSON(t *testing.T) {
	t.Parallel()
	set := parse(t, "[connections.p]\ngrant = \"basic\"\nusername = \"u\"\npassword = \"\"\n"+crm+"timeout = \"90s\"\n")
	low := parse(t, "[connections.low]\ngrant = \"basic\"\nusername = \"u\"\npassword = \"\"\nheader = { name = \"authorization\" }")
	if d, err := low.Describe("low"); err != nil || d.Header != "authorization" || d.Scheme != "Basic" {
		t.Errorf("Describe = %+v, %v; want the scheme of Authorization in whatever letters", d, err)
	}
	for name, want := range map[string]string{
		"p":   `{"name":"p","grant":"basic","header":"Authorization","scheme":"Basic","hosts":[],"sealed":false}`,
		"crm": `"sealed":true,"timeout":"1m30s"`,
	} {
		d, err := set.Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(d); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("JSON = %s, %v, want %s", got, err, want)
		}
	}
}
