package connection_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// An ID token that is not for this attempt ends it, and nothing is stored.
func TestIDToken(t *testing.T) {
	t.Parallel()
	const issuer = "https://id.example.com"
	tests := []struct {
		name   string
		change map[string]any // of the claims; nil takes one away, a duration is from when it is sent
		want   string         // in the error; "" is none
	}{
		{"right", nil, ""},
		{"for several clients", map[string]any{"aud": []string{"other", "id"}}, ""},
		{"a little late", map[string]any{"exp": -30 * time.Second}, ""},
		{"of another attempt", map[string]any{"nonce": "another"}, "nonce mismatch"},
		{"for another client", map[string]any{"aud": "other"}, "is for another client"},
		{"by another issuer", map[string]any{"iss": "https://evil.example.com"}, "the issuer of the ID token is not " + issuer},
		{"without an issuer", map[string]any{"iss": nil}, "the issuer of the ID token is not " + issuer},
		{"expired", map[string]any{"exp": -time.Hour}, "has expired"},
		{"without an end", map[string]any{"exp": nil}, "has expired"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var nonce string
			s := &server{answer: func(r tokenRequest) (int, string) {
				if strings.HasPrefix(r.path, "/.well-known") {
					return http.StatusOK, `{"issuer":"` + issuer + `","token_endpoint":"` + issuer + `/token","authorization_endpoint":"` + issuer + `/authorize"}`
				}
				claims := map[string]any{"iss": issuer, "aud": "id", "nonce": nonce, "exp": time.Now().Add(time.Hour).Unix()}
				for name, value := range tt.change {
					if d, ok := value.(time.Duration); ok {
						value = time.Now().Add(d).Unix()
					}
					claims[name] = value
				}
				payload, err := json.Marshal(claims)
				if err != nil {
					t.Error(err)
				}
				return http.StatusOK, `{"access_token":"A","id_token":"e30.` + base64.RawURLEncoding.EncodeToString(payload) + `.sig"}`
			}}
			m := manage(t, s, map[string]string{"S": "hunter2"}, `[connections.crm]
grant = "authorization_code"
issuer = "`+issuer+`"
client_id = "id"
client_secret = "env:S"
scopes = ["openid"]
`, nil)
			a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
			if err != nil {
				t.Fatal(err)
			}
			nonce = query(t, a.URL).Get("nonce")
			err = m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}})
			status, statusErr := m.Status(t.Context(), "crm")
			if statusErr != nil {
				t.Fatal(statusErr)
			}
			switch {
			case tt.want == "":
				if err != nil || status.State != connection.StateReady {
					t.Errorf("error %v, state %s; want none, ready", err, status.State)
				}
			case err == nil || !strings.Contains(err.Error(), tt.want) || hostapi.CodeOf(err) != hostapi.CodeConnection:
				t.Errorf("error %v, want %q", err, tt.want)
			case status.State != connection.StateUnused:
				t.Errorf("state %s after that, want unused", status.State)
			}
		})
	}
}
