package connection_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// info returns the token info for a task that was granted the connection.
func info(t *testing.T, m *connection.Manager, name string) *hostapi.TokenInfo {
	t.Helper()
	got, err := m.OAuth2TokenInfo(t.Context(), &hostapi.Grant{Connections: []string{name}}, name)
	if err != nil {
		t.Fatalf("OAuth2TokenInfo(%q): %v", name, err)
	}
	return got
}

func TestTokenInfo(t *testing.T) {
	t.Parallel()
	const path = `response = { fields = ["instance_url", "team.id", "team.name", "list.0", "trial", "a.b", "/links/x.y"] }`
	tests := []struct {
		name, toml, answer string
		want               hostapi.TokenInfo
	}{
		{
			"nothing said", "", `{"access_token":"tok-123"}`,
			hostapi.TokenInfo{TokenType: "Bearer"},
		},
		{
			"all said", `scopes = ["read", "write"]`, `{"access_token":"tok-123","token_type":"bearer","scope":"read  admin","expires_in":90,"instance_url":"https://eu.example.com"}`,
			hostapi.TokenInfo{TokenType: "Bearer", Scope: "read admin"},
		},
		{
			"scopes with commas between", "scopes = [\"read\", \"write\"]\nscope_separator = \",\"", `{"access_token":"tok-123","scope":"read,admin"}`,
			hostapi.TokenInfo{TokenType: "Bearer", Scope: "read admin"},
		},
		{
			"scopes that hold the token", `scopes = ["read", "write"]`, `{"access_token":"tok-12345","scope":"read x:tok-12345"}`,
			hostapi.TokenInfo{TokenType: "Bearer", Scope: "read write"},
		},
		{
			"scopes as asked for", `scopes = ["read", "write"]`, `{"access_token":"tok-123"}`,
			hostapi.TokenInfo{TokenType: "Bearer", Scope: "read write"},
		},
		{
			"fields", path, `{"access_token":"tok-123","instance_url":"https://eu.example.com","team":{"id":12345678901234567890,"name":"Ops"},"list":["x"],"trial":false,"a.b":"dotted","links":{"x.y":"pointed"}}`,
			hostapi.TokenInfo{TokenType: "Bearer", Fields: map[string]any{
				"instance_url": "https://eu.example.com", "team.id": hostapi.Decimal("12345678901234567890"), "team.name": "Ops",
				"list.0": "x", "trial": false, "a.b": "dotted", "/links/x.y": "pointed",
			}},
		},
		{
			"fields of a form", path, `access_token=tok-123&instance_url=https%3A%2F%2Feu.example.com&trial=true`,
			hostapi.TokenInfo{TokenType: "Bearer", Fields: map[string]any{"instance_url": "https://eu.example.com", "trial": "true"}},
		},
		{
			"neither text nor number", path, `{"access_token":"tok-123","instance_url":null,"team":[],"list":[{}],"trial":{"a":1},"a":{"b":[1]}}`,
			hostapi.TokenInfo{TokenType: "Bearer"},
		},
		{
			"fields that hold a token", path,
			`{"access_token":"tok-12345","refresh_token":"77777777","id_token":"a.b.c-123","instance_url":"https://h/?t=tok-12345","team":{"id":1777777770,"name":"dG9rLTEyMzQ1"},"list":["a.b.c-123"],"trial":true,"a.b":"x demo-secret x"}`,
			hostapi.TokenInfo{TokenType: "Bearer", Fields: map[string]any{"trial": true}},
		},
		{
			"under the name that Postern uses itself", path, `{"access_token":"tok-123","fields":"{\"trial\":true}"}`,
			hostapi.TokenInfo{TokenType: "Bearer"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if strings.Contains(tt.answer, "expires_in") {
					tt.want.Expiry = time.Now().Add(90 * time.Second).UTC()
				}
				m := newManager(t, bend(http.StatusOK, tt.answer), crm+tt.toml)
				got := info(t, m, "crm")
				if len(got.Fields) == 0 {
					got.Fields = nil
				}
				if !reflect.DeepEqual(*got, tt.want) {
					t.Errorf("got  %v\nwant %v", *got, tt.want)
				}
				if whole := token(t, m, "crm"); len(whole.Fields) != len(got.Fields) {
					t.Errorf("Token has the fields %v", whole.Fields)
				}
			})
		})
	}
}

// A stored token keeps its fields, and a refreshed one those that the server does not
// repeat.
func TestTokenInfoIsKept(t *testing.T) {
	t.Parallel()
	kept := openStore(t)
	refreshed := 0
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("grant_type") == "password" {
			_, _ = fmt.Fprint(w, `{"access_token":"first-token","refresh_token":"refresh-1","expires_in":1,"instance_url":"https://eu.example.com","team":{"id":7}}`)
			return
		}
		refreshed++
		_, _ = fmt.Fprintf(w, `{"access_token":"later-%d","expires_in":3600,"team":{"id":%d}}`, refreshed, 7+refreshed)
	})
	toml := strings.Replace(crm, "client_credentials", "password", 1) + "legacy = true\nusername = \"ada\"\npassword = \"wonderland\"\n"
	open := func(fields string) *connection.Manager {
		set := parse(t, toml+"response = { fields = ["+fields+"] }\n")
		config := set.Egress()
		config.Transport = memory{server}
		m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(config), Store: kept})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := func(m *connection.Manager, want map[string]any) {
		t.Helper()
		if got := info(t, m, "crm").Fields; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	const both = `"instance_url", "team.id"`
	first := open(both)
	want(first, map[string]any{"instance_url": "https://eu.example.com", "team.id": hostapi.Decimal("7")})

	// The token is about to expire, so it is refreshed.
	if _, err := first.Token(t.Context(), "crm", time.Minute); err != nil || refreshed != 1 {
		t.Fatalf("refreshed %d times: %v", refreshed, err)
	}
	want(first, map[string]any{"instance_url": "https://eu.example.com", "team.id": hostapi.Decimal("8")})
	want(open(both), map[string]any{"instance_url": "https://eu.example.com", "team.id": hostapi.Decimal("8")})
	want(open(`"team.id"`), map[string]any{"team.id": hostapi.Decimal("8")}) // taken back since
	if refreshed != 1 {
		t.Errorf("refreshed %d times", refreshed)
	}
}

func TestTokenInfoErrors(t *testing.T) {
	t.Parallel()
	const toml = crm + `
[connections.fixed]
grant = "static"
token = "fixed-token"
allow_plaintext = true

[connections.pair]
grant = "basic"
username = "ada"
password = "wonderland"
allow_plaintext = true

[connections.unconnected]
grant = "authorization_code"
authorization_endpoint = "https://id.example.com/authorize"
token_endpoint = "https://id.example.com/token"
client_id = "demo"
token_endpoint_auth_method = "none"
`
	m := newManager(t, &connectiontest.Provider{}, toml)
	grant := &hostapi.Grant{Connections: []string{"fixed", "pair", "unconnected", "unconnected#ada"}}
	for name, want := range map[string]hostapi.Code{
		"crm": hostapi.CodeDenied, "nobody": hostapi.CodeUnknownConnection, "pair": hostapi.CodeInvalidArgument,
		"unconnected": hostapi.CodeNeedsReauth, "unconnected#ada": hostapi.CodeNeedsReauth, "unconnected#bob": hostapi.CodeDenied,
	} {
		got, err := m.OAuth2TokenInfo(t.Context(), grant, name)
		if hostapi.CodeOf(err) != want || got != nil {
			t.Errorf("%s: got %v and %v, want code %s", name, got, err, want)
			continue
		}
		if e := asError(t, err); e.Op != "getOAuth2TokenInfo" {
			t.Errorf("%s: op %q", name, e.Op)
		}
	}
	if got, want := info(t, m, "fixed"), (&hostapi.TokenInfo{TokenType: "Bearer"}); !reflect.DeepEqual(got, want) {
		t.Errorf("of a static token: %v", got)
	}
}

func TestTokenInfoOfAccounts(t *testing.T) {
	t.Parallel()
	m := newManager(t, http.NotFoundHandler(), strings.Replace(crm, "client_credentials", "device_code", 1)+
		"device_authorization_endpoint = \"https://id.example.com/device\"\n")
	for _, name := range []string{"crm", "crm#ada"} {
		err := m.Import(t.Context(), name, connection.Imported{AccessToken: "token-of-" + name, TokenType: "Bearer", Scopes: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"crm", "crm#ada"} {
		if got := info(t, m, name); got.Scope != name {
			t.Errorf("%s has the scope %q", name, got.Scope)
		}
	}
}

// A task that modifies its token info does not affect others.
func TestTokenInfoIsACopy(t *testing.T) {
	t.Parallel()
	m := newManager(t, bend(http.StatusOK, `{"access_token":"tok-123","team":"ops"}`), crm+`response = { fields = ["team"] }`)
	info(t, m, "crm").Fields["team"] = "changed"
	token(t, m, "crm").Fields["team"] = "changed"
	if got := info(t, m, "crm").Fields["team"]; got != "ops" {
		t.Errorf("team = %v", got)
	}
	text, err := json.Marshal(token(t, m, "crm"))
	if want := `{"token_type":"Bearer","fields":{"team":"ops"}}`; err != nil || string(text) != want {
		t.Errorf("as JSON the token is %s, want %s: %v", text, want, err)
	}
}
