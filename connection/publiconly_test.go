package connection_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// With PublicOnly, no key of a definition leads to an address that is not public: neither
// one that is written there, which is refused at once, nor one that is dialled.
func TestPublicOnly(t *testing.T) {
	t.Parallel()
	public := connection.Definition{
		Grant: "client_credentials", TokenEndpoint: "https://as.example.com:8443/token", ClientID: "id",
		ClientSecret: []connection.Secret{connection.SecretValue("s")}, Hosts: []string{"api.example.com:8443", "*.example.com", "1.1.1.1:443"},
	}
	set := func(change func(d *connection.Definition), only bool) (*connection.Set, error) {
		d := public
		change(&d)
		return connection.NewSet(map[string]connection.Definition{"crm": d}, connection.ParseOptions{PublicOnly: only})
	}
	if _, err := set(func(*connection.Definition) {}, true); err != nil {
		t.Fatal(err)
	}
	for want, changes := range map[string][]func(d *connection.Definition){
		"has an address that is not public": {
			func(d *connection.Definition) { d.Hosts = []string{"localhost:8080"} },
			func(d *connection.Definition) { d.Hosts = []string{"api.example.com", "10.0.0.1:443"} },
			func(d *connection.Definition) { d.Hosts = []string{"[fd00:ec2::254]:80"} },
			func(d *connection.Definition) { d.Hosts = []string{"169.254.169.254:80"} },
			func(d *connection.Definition) { d.TokenEndpoint = "http://127.0.0.1:8080/token" },
			func(d *connection.Definition) { d.RevocationEndpoint = "https://192.168.1.1/revoke" },
			func(d *connection.Definition) { d.Issuer, d.TokenEndpoint = "https://10.1.2.3", "" },
		},
		"cannot be used here": {func(d *connection.Definition) { d.Proxy = "http://proxy.example.com:3128" }},
	} {
		for i, change := range changes {
			if _, err := set(change, true); !errors.Is(err, hostapi.CodeConfig) || !strings.Contains(err.Error(), want) {
				t.Errorf("change %d: %v, want %q", i, err, want)
			}
			if _, err := set(change, false); err != nil {
				t.Errorf("change %d without PublicOnly: %v", i, err)
			}
		}
	}

	// These are not public either, and certain only when they are dialled.
	dialled, err := set(func(d *connection.Definition) {
		d.TokenEndpoint, d.Hosts = "https://192.0.2.1:8443/token", []string{"198.51.100.1:8443"}
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	network := egress.New(egress.Config{})
	defer network.Close()
	m, err := connection.NewManager(connection.Config{Set: dialled, Egress: network})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Token(t.Context(), "crm", 0); err == nil || !strings.Contains(err.Error(), "192.0.2.1 is an address for documentation") {
		t.Errorf("token request: %v", err)
	}
	grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
	_, err = m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://198.51.100.1:8443/"})
	if !errors.Is(err, hostapi.CodeDenied) || !strings.Contains(err.Error(), "198.51.100.1 is an address for documentation") {
		t.Errorf("request: %v", err)
	}
}
