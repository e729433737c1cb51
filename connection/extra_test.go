package connection_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
)

// A list in the file is a parameter that is repeated, and a list in JSON.
func TestParamsThatAreLists(t *testing.T) {
	t.Parallel()
	const toml = clientTOML + `client_secret = "env:S"
token_params = { one = "a", two = ["b", "c"], only = ["d"], empty = "" }
resource = ["https://a.example.com"]
`
	s := new(server)
	token(t, manage(t, s, map[string]string{"S": "s"}, toml, nil), "crm")
	want := url.Values{
		"grant_type": {"client_credentials"}, "one": {"a"}, "two": {"b", "c"}, "only": {"d"}, "empty": {""},
		"resource": {"https://a.example.com"},
	}
	if got := s.all()[0].params; !reflect.DeepEqual(got, want) {
		t.Errorf("as a form: %v, want %v", got, want)
	}
	s = new(server)
	token(t, manage(t, s, map[string]string{"S": "s"}, toml+"token_body = \"json\"\n", nil), "crm")
	var got map[string]any
	if err := json.Unmarshal([]byte(s.all()[0].body), &got); err != nil {
		t.Fatal(err)
	}
	inJSON := map[string]any{
		"grant_type": "client_credentials", "one": "a", "two": []any{"b", "c"}, "only": []any{"d"}, "empty": "",
		"resource": []any{"https://a.example.com"},
	}
	if !reflect.DeepEqual(got, inJSON) {
		t.Errorf("as JSON: %v, want %v", got, inJSON)
	}
}

func TestAuthorizeParamsThatAreLists(t *testing.T) {
	t.Parallel()
	m := manage(t, new(server), map[string]string{"S": "hunter2"}, strings.Replace(codeTOML, `"consent"`, `["login", "consent"]`, 1), nil)
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, a.URL)["prompt"]; !reflect.DeepEqual(got, []string{"login", "consent"}) {
		t.Errorf("prompt = %q", got)
	}
}

// The grant_type that is sent does not change how the grant is processed.
func TestGrantByAnotherName(t *testing.T) {
	t.Parallel()
	refuseRefresh := func(r tokenRequest) (int, string) {
		if r.path == "/refresh" {
			return http.StatusBadRequest, `{}`
		}
		return http.StatusOK, `{"access_token":"a","refresh_token":"r","expires_in":3600}`
	}
	for _, tt := range []struct {
		name, toml string
		want       []string // of each request: path, grant_type and the parameter of refresh_params
	}{
		{"first", `token_params = { grant_type = "account_credentials" }`, []string{"/token account_credentials ", "/refresh refresh_token ", "/token account_credentials "}},
		{
			"first, named as a refresh", "token_params = { grant_type = \"refresh_token\" }\nrefresh_params = { again = \"yes\" }",
			[]string{"/token refresh_token ", "/refresh refresh_token yes", "/token refresh_token "},
		},
		{"refresh", `refresh_params = { grant_type = "renew", again = "yes" }`, []string{"/token client_credentials ", "/refresh renew yes", "/token client_credentials "}},
		{
			"both", "token_params = { grant_type = \"account\" }\nrefresh_params = { grant_type = \"client_credentials\" }",
			[]string{"/token account ", "/refresh client_credentials ", "/token account "},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &server{answer: refuseRefresh}
			m := manage(t, s, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\nrefresh_endpoint = \"https://id.example.com/refresh\"\n"+tt.toml+"\n", nil)
			token(t, m, "crm")
			if _, err := m.Token(t.Context(), "crm", 24*time.Hour); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range s.all() {
				got = append(got, fmt.Sprintf("%s %s %s", r.path, r.params.Get("grant_type"), r.params.Get("again")))
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("requests %q, want %q", got, tt.want)
			}
		})
	}
	for name, toml := range map[string]string{
		"client_credentials named as a refresh": `token_params = { grant_type = "refresh_token" }`,
		"client_credentials named as a code":    `token_params = { grant_type = "authorization_code" }`,
	} {
		t.Run("busy with "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				handler, asked := busy(1, http.StatusServiceUnavailable, func() string { return "" })
				token(t, manage(t, handler, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n"+toml+"\n", nil), "crm")
				if len(*asked) != 2 {
					t.Errorf("asked %d times, want 2: nothing in the request is used up", len(*asked))
				}
			})
		})
	}
}

// A secret in parameters or headers is treated like any other.
func TestSecretsAmongParams(t *testing.T) {
	t.Parallel()
	env := map[string]string{"S": "s-of-client", "A": "secretaaa", "B": "secretbbb", "C": "secretccc"}
	const toml = clientTOML + `client_secret = "env:S"
token_params = { plain = "envelope", key = "env:A", keys = ["x", "env:B"] }
token_headers = { X-Key = "env:C" }
refresh_params = { key = "env:B" }
`
	for name, want := range map[string]string{
		"secretaaa": "answered 400", "secretbbb": "answered 400", "secretccc": "answered 400", "envelope": "answered 400 envelope",
	} {
		s := &server{answer: func(tokenRequest) (int, string) { return http.StatusBadRequest, `{"error":"` + name + `"}` }}
		m := manage(t, s, env, toml, nil)
		_, err := m.Token(t.Context(), "crm", 0)
		if e := asError(t, err); e.Message != "token endpoint id.example.com "+want {
			t.Errorf("%s: %v, want %q", name, e, want)
		}
		r := s.all()[0]
		if got := r.params; got.Get("key") != "secretaaa" || !reflect.DeepEqual(got["keys"], []string{"x", "secretbbb"}) || r.header.Get("X-Key") != "secretccc" {
			t.Errorf("sent %v, X-Key %q", got, r.header.Get("X-Key"))
		}
	}
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{LookupEnv: lookup(env)})
	if err != nil {
		t.Fatal(err)
	}
	assertNoSecret(t, set, "secretaaa", "secretbbb", "secretccc")
	if _, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{SkipSecrets: true}); err != nil {
		t.Errorf("without its secrets: %v", err)
	}
	if warnings := strings.Join(set.Warnings(), "\n"); warnings != "" {
		t.Errorf("warnings: %s", warnings)
	}
}
