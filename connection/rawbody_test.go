package connection_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

const rawHead = `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "my \"id\" & <co>"
client_secret = "env:S"
token_endpoint_auth_method = "client_secret_post"
scopes = ["read", "write"]
token_params = { api_key = "env:K" }
variables = { tenant = "a & \"b\"" }
`

// The values in a body that the file has are written as its content type wants them.
func TestTokenRequestBody(t *testing.T) {
	t.Parallel()
	const secret, key = `se"cr\et & <x>` + "\n", "käy+%"
	for name, tt := range map[string]struct {
		request, contentType string
		read                 func(body string) (map[string]string, error)
	}{
		"JSON": {
			`token_request = { content_type = "application/vnd.api+json; charset=utf-8", body = '''{"data": {"client": ["{client_id}"], "auth": {"secret":"{client_secret}","key":"k-{api_key}"}, "tenant": "{tenant}", "scope": "{scope}", "n": 1, "o": {}}}''' }`,
			"application/vnd.api+json; charset=utf-8",
			func(body string) (map[string]string, error) {
				var v struct {
					Data struct {
						Client []string
						Auth   struct{ Secret, Key string }
						Tenant string
						Scope  string
						O      map[string]any
					}
				}
				err := json.Unmarshal([]byte(body), &v)
				return map[string]string{"client": v.Data.Client[0], "secret": v.Data.Auth.Secret, "key": v.Data.Auth.Key, "tenant": v.Data.Tenant, "scope": v.Data.Scope}, err
			},
		},
		"XML": {
			`token_request = { content_type = "text/xml", body = '''<login tenant="{tenant}"><client>{client_id}</client><secret>{client_secret}</secret><key>k-{api_key}</key><scope>{scope}</scope></login>''' }`,
			"text/xml",
			func(body string) (map[string]string, error) {
				var v struct {
					Tenant string `xml:"tenant,attr"`
					Client string `xml:"client"`
					Secret string `xml:"secret"`
					Key    string `xml:"key"`
					Scope  string `xml:"scope"`
				}
				err := xml.Unmarshal([]byte(body), &v)
				return map[string]string{"client": v.Client, "secret": v.Secret, "key": v.Key, "tenant": v.Tenant, "scope": v.Scope}, err
			},
		},
		"form": {
			`token_request = { content_type = "application/x-www-form-urlencoded", body = "client={client_id}&secret={client_secret}&key=k-{api_key}&tenant={tenant}&scope={scope}" }`,
			"application/x-www-form-urlencoded",
			func(body string) (map[string]string, error) {
				v, err := url.ParseQuery(body)
				got := make(map[string]string)
				for name := range v {
					got[name] = v.Get(name)
				}
				return got, err
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := new(server)
			m := manage(t, s, map[string]string{"S": secret, "K": key}, rawHead+tt.request+"\n", nil)
			token(t, m, "crm")
			sent := s.all()[0]
			got, err := tt.read(sent.body)
			if err != nil {
				t.Fatalf("%s: %v", sent.body, err)
			}
			for name, want := range map[string]string{"client": `my "id" & <co>`, "secret": secret, "key": "k-" + key, "tenant": `a & "b"`, "scope": "read write"} {
				if got[name] != want {
					t.Errorf("%s is %q, want %q in %s", name, got[name], want, sent.body)
				}
			}
			if got := sent.header.Get("Content-Type"); got != tt.contentType || sent.header.Get("Authorization") != "" {
				t.Errorf("header %v", sent.header)
			}
		})
	}
}

// A refresh has the body of refresh_request, or else the standard one.
func TestRefreshRequestBody(t *testing.T) {
	t.Parallel()
	const refresh = `refresh_request = { content_type = "application/json", body = '{"renew":"{refresh_token}","by":"{client_id}"}' }` + "\n"
	const first = `token_request = { content_type = "application/json", body = '{"code":"{code}","proof":"{code_verifier}"}' }` + "\n"
	for name, toml := range map[string]string{"both": first + refresh, "refresh": refresh, "first": first} {
		s := &server{answer: func(tokenRequest) (int, string) {
			return http.StatusOK, `{"access_token":"T","refresh_token":"R\"1","expires_in":60}`
		}}
		m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML+toml, nil)
		give(t, m)
		if _, err := m.Token(t.Context(), "crm", time.Hour); err != nil {
			t.Fatal(err)
		}
		sent := s.all()
		if got := strings.HasPrefix(sent[0].body, `{"code":"`); got != strings.Contains(toml, first) {
			t.Errorf("%s: first %s", name, sent[0].body)
		}
		wantRefresh := `{"renew":"R\"1","by":"id"}`
		if name == "first" {
			if sent[1].params.Get("refresh_token") != `R"1` || sent[1].params.Get("client_secret") != "hunter2" {
				t.Errorf("%s: refresh %s", name, sent[1].body)
			}
		} else if sent[1].body != wantRefresh {
			t.Errorf("%s: refresh %s, want %s", name, sent[1].body, wantRefresh)
		}
	}
}

// What cannot be written in the type of the body is an error before anything is sent.
func TestTokenRequestBodyThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for request, secret := range map[string]string{
		`token_request = { content_type = "text/xml", body = "<s>{client_secret}</s>" }`:          "canary\x01",
		`token_request = { content_type = "application/json", body = '{"s":"{client_secret}"}' }`: "canary\xff",
	} {
		s := new(server)
		_, err := manage(t, s, map[string]string{"S": secret, "K": "k"}, rawHead+request+"\n", nil).Token(t.Context(), "crm", 0)
		if e := asError(t, err); e.Code != hostapi.CodeConfig || !strings.Contains(e.Message, "the value of {client_secret} cannot be written") || len(s.all()) != 0 {
			t.Errorf("%v after %d requests", err, len(s.all()))
		}
		assertNoSecret(t, err, "canary")
	}
}

// A dry run shows the body as it is sent, without its secrets.
func TestPreviewOfATokenRequestBody(t *testing.T) {
	t.Parallel()
	for _, request := range []string{
		`token_request = { content_type = "application/json", body = '{"data":{"s":"{client_secret}","k":["{api_key}"],"t":"{tenant}"}}' }`,
		`token_request = { content_type = "text/xml", body = "<d><s>{client_secret}</s><k>{api_key}</k><t>{tenant}</t></d>" }`,
		`token_request = { content_type = "application/x-www-form-urlencoded", body = "s={client_secret}&k={api_key}&t={tenant}" }`,
	} {
		m := manage(t, new(server), map[string]string{"S": "canary-secret", "K": "canary-key"}, rawHead+request+"\n", nil)
		requests, err := m.Preview(t.Context(), "crm", "")
		if err != nil || len(requests) != 1 {
			t.Fatal(requests, err)
		}
		p := requests[0]
		if p.Params != nil || len(p.Placeholders) != 2 || strings.Contains(p.Body, "canary") {
			t.Errorf("%+v", p)
		}
		for _, placeholder := range p.Placeholders {
			if !strings.Contains(p.Body, placeholder.Text) || placeholder.Name != "CLIENT_SECRET" && placeholder.Name != "TOKEN_PARAMS_API_KEY" {
				t.Errorf("%+v in %s", placeholder, p.Body)
			}
		}
	}
	jwt := strings.NewReplacer("client_secret_post", "private_key_jwt", `client_secret = "env:S"`, `signing_key = "env:KEY"`).Replace(rawHead)
	m := manage(t, new(server), map[string]string{"K": "k", "KEY": keyPEM(t, "EC")}, jwt+`token_request = { content_type = "text/xml", body = "<a>{client_assertion}</a>" }`, nil)
	requests, err := m.Preview(t.Context(), "crm", "")
	if err != nil || strings.Contains(requests[0].Body, "eyJ") || len(requests[0].Placeholders) != 1 || !strings.Contains(requests[0].Placeholders[0].Signed, `"aud"`) {
		t.Errorf("%+v, %v", requests, err)
	}
}
