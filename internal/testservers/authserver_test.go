package testservers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/testservers"
)

func TestAuthServers(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) (*testservers.AuthServer, bool){
		"oidc-provider": testservers.OIDCProvider, "glewlwyd": testservers.Glewlwyd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok := start(t)
			if !ok {
				return
			}
			metadata := get(t, s.Issuer+"/.well-known/openid-configuration")
			if metadata["issuer"] != s.Issuer {
				t.Fatalf("metadata names the issuer %v, want %s", metadata["issuer"], s.Issuer)
			}
			const callback = "http://127.0.0.1:9/callback"
			id, secret := s.Register(t, map[string]any{
				"redirect_uris": []string{callback}, "grant_types": []string{"authorization_code"}, "token_endpoint_auth_method": "client_secret_basic",
			})
			if secret == url.QueryEscape(secret) || id == url.QueryEscape(id) {
				t.Errorf("client %q with secret %q: no encoding would change them", id, secret)
			}
			endpoint, _ := metadata["authorization_endpoint"].(string)
			request := url.Values{
				"response_type": {"code"}, "client_id": {id}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
				"code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"},
			}
			if answer := s.Agree(t, endpoint+"?"+request.Encode()); answer.Get("code") == "" || answer.Get("state") != "s" {
				t.Errorf("callback with %v, want a code", answer)
			}
		})
	}
}

func get(t *testing.T, target string) (object map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := new(http.Client).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	err = json.NewDecoder(response.Body).Decode(&object)
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return object
}
