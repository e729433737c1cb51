package connection_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

func TestTokenTypes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ toml, written, refused string }{
		{"", `"Bearer"`, ""},
		{"", `"bearer"`, ""},
		{"", `"BEARER"`, ""},
		{"", `null`, ""},
		{"", `""`, ""},
		{"", `["bearer"]`, ""},
		{"", `"user"`, ""}, // Slack
		{"", `"bot"`, ""},
		{"", `"BearerToken"`, ""}, // Apigee
		{"", `"mac"`, `its token_type is "mac"`},
		{"", `"N_A"`, `its token_type is "N_A"`}, // RFC 8693 §2.2.1
		{"", `"jwt"`, `its token_type is "jwt"`},
		{"", `"pop"`, `its token_type is "pop"`},
		{"", `"DPoP"`, "its token_type is DPoP"},
		{"", `7`, `its token_type is "7"`},
		{"", `"two words"`, "its token_type is not known"},
		{"", `"it-is-hunter2"`, "its token_type is not known"},
		{"", `"the-token-itself"`, "its token_type is not known"},
		{"", `"` + strings.Repeat("x", 65) + `"`, "its token_type is not known"},
		{"response = { token_types = [\"jwt\", \"Access\"] }\n", `"JWT"`, ""},
		{"response = { token_types = [\"jwt\", \"Access\"] }\n", `"access"`, ""},
		{"response = { token_types = [\"jwt\", \"Access\"] }\n", `"mac"`, `its token_type is "mac"`},
		{"header = { scheme = \"Zoho-oauthtoken\" }\n", `"zoho-oauthtoken"`, ""},
		{"header = { name = \"X-Api-Key\" }\n", `"zoho-oauthtoken"`, "its token_type"},
	} {
		requests := 0
		m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				_, _ = fmt.Fprintf(w, `{"access_token":"the-token-itself","token_type":%s}`, tt.written)
				return
			}
			requests++
		}), map[string]string{"S": "hunter2"}, clientTOML+"client_secret = \"env:S\"\nhosts = [\"api.example.com\"]\n"+tt.toml, nil)
		grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
		_, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "crm"})
		if tt.refused == "" {
			if err != nil || requests != 1 {
				t.Errorf("%s: %v after %d requests to the API", tt.written, err, requests)
				continue
			}
			if got := info(t, m, "crm").TokenType; got != "Bearer" {
				t.Errorf("%s is shown as %q", tt.written, got)
			}
			continue
		}
		e := asError(t, err)
		if e.Code != hostapi.CodeConnection || !strings.Contains(e.Message, "not a bearer token: "+tt.refused) || requests != 0 {
			t.Errorf("%s: %v after %d requests to the API, want %q", tt.written, err, requests, tt.refused)
		}
		assertNoSecret(t, err, "hunter2", "the-token-itself")
	}
}

// The type next to the token counts, not that of another token in the same response.
func TestTokenTypeBesideTheToken(t *testing.T) {
	t.Parallel()
	for answer, ok := range map[string]bool{
		`{"token_type":"mac","scope":"all","authed_user":{"access_token":"T","token_type":"user","scope":"search"}}`:   true,
		`{"token_type":"bearer","scope":"all","authed_user":{"access_token":"T","token_type":"mac","scope":"search"}}`: false,
		`{"token_type":"bearer","scope":"search","authed_user":{"access_token":"T"}}`:                                  true,
		`{"token_type":"mac","scope":"search","authed_user":{"access_token":"T"}}`:                                     false,
		`{"authed_user":{"access_token":"T","scope":["search"]}}`:                                                      true,
	} {
		for _, path := range []string{"authed_user.access_token", "/authed_user/access_token"} {
			toml := clientTOML + "client_secret = \"env:S\"\nresponse = { access_token = \"" + path + "\" }\n"
			m := manage(t, bend(http.StatusOK, answer), map[string]string{"S": "s"}, toml, nil)
			_, err := m.Token(t.Context(), "crm", 0)
			if (err == nil) != ok {
				t.Errorf("%s: %v", answer, err)
			}
			if err == nil && info(t, m, "crm").Scope != "search" {
				t.Errorf("%s: scope %q", answer, info(t, m, "crm").Scope)
			}
		}
	}
}

// Imported tokens are checked in the same way.
func TestImportOfTokensThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	m := manage(t, new(server), map[string]string{"S": "s"}, codeTOML+strings.Replace(codeTOML, "[connections.crm]", "[connections.bound]\ndpop = true", 1), nil)
	for _, tt := range []struct {
		name   string
		tokens connection.Imported
		want   string
	}{
		{"crm", connection.Imported{AccessToken: "A", TokenType: "mac"}, "is not a bearer token"},
		{"crm", connection.Imported{AccessToken: "A", TokenType: "DPoP"}, "cannot be imported with DPoP"},
		{"bound", connection.Imported{AccessToken: "A", TokenType: "DPoP"}, "cannot be imported with DPoP"},
		{"bound", connection.Imported{AccessToken: "A", RefreshToken: "R"}, "cannot be imported with DPoP"},
		{"crm", connection.Imported{AccessToken: "A\x00"}, "has a control character"},
		{"crm", connection.Imported{AccessToken: strings.Repeat("A", 65<<10)}, "more than 64 KiB"},
		{"crm", connection.Imported{AccessToken: " \n"}, "neither an access token nor a refresh token"},
		{"crm", connection.Imported{AccessToken: " A\r\n", TokenType: "bearer"}, ""},
		{"crm", connection.Imported{AccessToken: "A", TokenType: "user"}, ""},
		{"bound", connection.Imported{RefreshToken: "R\n", TokenType: "DPoP"}, ""},
	} {
		err := m.Import(t.Context(), tt.name, tt.tokens)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if got := token(t, m, "crm"); got.AccessToken() != "A" || got.TokenType != "Bearer" {
		t.Errorf("%s token %q", got.TokenType, got.AccessToken())
	}
}
