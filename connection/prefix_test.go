package connection_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// A credential that has another one as its prefix is removed entirely, whichever was
// used first.
func TestCredentialThatBeginsWithAnother(t *testing.T) {
	t.Parallel()
	const toml = `
[connections.short]
grant = "static"
token = "keyprefix00"
allow_plaintext = true
hosts = ["api.example.com"]
[connections.long]
grant = "static"
token = "keyprefix00TAILSECRET"
allow_plaintext = true
hosts = ["api.example.com"]
`
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Authorization")) })
	for _, order := range [][]string{{"short", "long"}, {"long", "short"}} {
		m := newManager(t, echo, toml)
		for _, name := range append(order, order...) {
			response, err := m.Do(t.Context(), &hostapi.Grant{Connections: order, Limits: hostapi.DefaultLimits()},
				&hostapi.Request{Method: http.MethodGet, URL: "https://api.example.com/", AuthSetting: name})
			if err != nil {
				t.Fatal(err)
			}
			if body := string(response.Body); strings.Contains(body, "TAIL") || strings.Contains(body, "keyprefix") {
				t.Errorf("%v: after %s the script sees %q", order, name, body)
			}
		}
	}
}

// One request cannot use two routes: one would bypass the certificate pin of the other.
func TestTwoWaysInOneRequest(t *testing.T) {
	t.Parallel()
	const toml = `
[connections.pinned]
grant = "static"
token = "pinned-token"
allow_plaintext = true
hosts = ["api.example.com"]
tls = { pin_sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
[connections.open]
grant = "static"
token = "open-token-00"
allow_plaintext = true
hosts = ["api.example.com"]
tls = { insecure = true }
`
	asked := false
	m := newManager(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }), toml)
	grant := &hostapi.Grant{Connections: []string{"pinned", "open"}, Limits: hostapi.DefaultLimits()}
	standIn, err := m.OAuth2Token(t.Context(), grant, "open")
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Do(t.Context(), grant, &hostapi.Request{
		Method: http.MethodGet, URL: "https://api.example.com/", AuthSetting: "pinned", Header: []hostapi.Param{{Name: "X-B", Value: standIn}},
	})
	if hostapi.CodeOf(err) != hostapi.CodeDenied || asked {
		t.Errorf("error %v, and the API was asked: %t; want denied and not", err, asked)
	}
}
