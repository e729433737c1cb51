package connection_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// Variables are replaced, and other braces are kept.
func TestVariables(t *testing.T) {
	t.Parallel()
	s := new(server)
	m := manage(t, s, map[string]string{"S": "hunter2", "K_{tenant}": "x", "K": "key"}, `[connections.crm]
grant = "authorization_code"
token_endpoint = "https://{region}.example.com/{tenant}/token"
authorization_endpoint = "{base}/authorize?a={tenant}"
client_id = "{tenant}"
client_secret = "env:S"
token_endpoint_auth_method = "client_secret_post"
pkce = "off"
variables = { region = "eu", tenant = "acme", base = "https://id.example.com", odd = "{tenant}&x", ref = "env:K" }
audience = "urn:{tenant}"
resource = ["https://{tenant}.example.com/", "https://b.example.com/{ {}{a b}"]
scopes = ["{tenant}.read", "write"]
redirect_uri = "http://127.0.0.1:8765/{tenant}"
token_params = { a = "{odd}", c = "{ref}", b = ["{tenant}", '{"x":{"y":1}}'] }
token_headers = { X-Tenant = "{tenant}", X-Key = "env:K" }
authorize_params = { hint = "{tenant}.example.com" }
hosts = ["{tenant}.{region}.example.com", "*.{tenant}.example.com"]
`, nil)
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a.URL, "https://id.example.com/authorize?a=acme&") {
		t.Errorf("the authorization URL is %s", a.URL)
	}
	q := query(t, a.URL)
	for name, want := range map[string]string{"hint": "acme.example.com", "scope": "acme.read write", "audience": "urn:acme", "client_id": "{tenant}"} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {q.Get("state")}}); err != nil {
		t.Fatal(err)
	}
	r := s.all()[0]
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {"c"}, "redirect_uri": {redirectURI}, "client_id": {"{tenant}"}, "client_secret": {"hunter2"},
		"audience": {"urn:acme"}, "resource": {"https://acme.example.com/", "https://b.example.com/{ {}{a b}"},
		"a": {"{tenant}&x"}, "c": {"env:K"}, "b": {"acme", `{"x":{"y":1}}`},
	}
	if r.path != "/acme/token" || !reflect.DeepEqual(r.params, want) {
		t.Errorf("sent to %s: %v\nwant %v", r.path, r.params, want)
	}
	if got := r.header.Get("X-Tenant") + " " + r.header.Get("X-Key"); got != "acme key" {
		t.Errorf("headers %q", got)
	}
	for host, ok := range map[string]bool{"acme.eu.example.com": true, "x.acme.example.com": true, "evil.example.com": false} {
		_, err := m.Do(t.Context(), &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()},
			&hostapi.Request{Method: "GET", URL: "https://" + host + "/", AuthSetting: "crm"})
		if (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestVariablesOfIssuerAndCallback(t *testing.T) {
	t.Parallel()
	var asked []string
	m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host+r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}), map[string]string{"S": "s"}, `[connections.crm]
grant = "client_credentials"
issuer = "https://id.{region}.example.com/{tenant}"
variables = { region = "eu", tenant = "acme" }
client_id = "id"
client_secret = "env:S"
`, nil)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.Contains(e.Message, "issuer id.eu.example.com") {
		t.Errorf("error %v", e)
	}
	want := []string{"id.eu.example.com/.well-known/oauth-authorization-server/acme", "id.eu.example.com/acme/.well-known/openid-configuration"}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	set := parse(t, strings.Replace(codeTOML, "env:S", "sss", 1)+
		"allow_plaintext = true\nvariables = { port = \"8765\", path = \"call/back\" }\nredirect_uri = \"http://127.0.0.1:{port}/{path}\"\n")
	if got := set.RedirectURI("crm"); got != "http://127.0.0.1:8765/call/back" {
		t.Errorf("redirect URI %q", got)
	}
}

// Without variables braces are characters, except where there cannot be any.
func TestBracesWithoutVariables(t *testing.T) {
	t.Parallel()
	s := new(server)
	token(t, manage(t, s, map[string]string{"S": "s"}, clientTOML+`client_secret = "env:S"
audience = "{tenant}"
scopes = ["{a}", "b{"]
token_params = { filter = "{x}" }
token_headers = { X-Template = "{y}" }
`, nil), "crm")
	r := s.all()[0]
	want := url.Values{"grant_type": {"client_credentials"}, "audience": {"{tenant}"}, "scope": {"{a} b{"}, "filter": {"{x}"}}
	if !reflect.DeepEqual(r.params, want) || r.header.Get("X-Template") != "{y}" {
		t.Errorf("sent %v, X-Template %q; want %v", r.params, r.header.Get("X-Template"), want)
	}
}
