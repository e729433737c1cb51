package connection_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// refreshed imports an expired token with the refresh token R0, and returns the token
// that a refresh obtained, and the requests of the server.
func refreshed(t *testing.T, toml string, answers ...string) (connection.Token, error, []string) { //nolint:staticcheck // the tokens come first here
	t.Helper()
	var presented []string
	s := &server{answer: func(r tokenRequest) (int, string) {
		presented = append(presented, r.params.Get("refresh_token"))
		return http.StatusOK, answers[min(len(presented), len(answers))-1]
	}}
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML+toml, nil)
	err := m.Import(t.Context(), "crm", connection.Imported{AccessToken: "A0", RefreshToken: "R0", Expiry: time.Now().Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var got connection.Token
	for range answers {
		if got, err = m.Token(t.Context(), "crm", 0); err != nil {
			advance(t, 20*time.Second) // a failure is remembered for a while
		}
	}
	return got, err, presented
}

const nestedTOML = `response = { access_token = "authed_user.access_token", refresh_token = "authed_user.refresh_token", expires_in = "authed_user.expires_in" }
`

// Tokens that are nested in the response to the code may be at the top level of the
// response to a refresh, as with Slack, or at yet another path.
func TestNestedGrantFlatRefresh(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ toml, answer string }{
		"flat":           {nestedTOML, `{"ok":true,"access_token":"A1","refresh_token":"R1","token_type":"user","expires_in":43200}`},
		"nested as well": {nestedTOML, `{"access_token":"bot","refresh_token":"R-bot","authed_user":{"access_token":"A1","refresh_token":"R1","token_type":"user","expires_in":43200}}`},
		"half nested":    {nestedTOML, `{"refresh_token":"R1","authed_user":{"access_token":"A1","expires_in":43200}}`},
		"elsewhere": {
			nestedTOML + `refresh_response = { access_token = "data.token", refresh_token = "/data/next", expires_in = "data.ttl", expires_unit = "ms" }` + "\n",
			`{"data":{"token":"A1","next":"R1","ttl":43200000}}`,
		},
		"flat at first": {`refresh_response = { access_token = "data.token", refresh_token = "data.next", expires_in = "data.ttl" }` + "\n", `{"data":{"token":"A1","next":"R1","ttl":43200}}`},
		"a date at first": {
			`response = { access_token = "data.token", refresh_token = "data.next", expires_in = "data.until", expires_unit = "date" }` + "\n",
			`{"access_token":"A1","refresh_token":"R1","expires_in":43200}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, err, presented := refreshed(t, tt.toml, tt.answer, tt.answer)
				if err != nil || got.AccessToken() != "A1" || time.Until(got.Expiry) != 12*time.Hour || !slices.Equal(presented, []string{"R0"}) {
					t.Errorf("token %q for %v, %v, after %v", got.AccessToken(), time.Until(got.Expiry), err, presented)
				}
				// After it has expired, the next refresh token is sent.
				answered := strings.ReplaceAll(tt.answer, "43200", "-1")
				_, err, presented = refreshed(t, tt.toml, answered, tt.answer)
				if err != nil || len(presented) > 1 && presented[1] != "R1" {
					t.Errorf("presented %v: %v", presented, err)
				}
			})
		})
	}
}

// The tokens of a new grant are read from their path only: those at the standard place
// may belong to another grant.
func TestNestedGrantIsNotTheOther(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(tokenRequest) (int, string) {
		return http.StatusOK, `{"access_token":"bot","token_type":"bot","authed_user":{"id":"U1"}}`
	}}
	m := manage(t, s, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n"+nestedTOML, nil)
	if got, err := m.Token(t.Context(), "crm", 0); err == nil || !strings.Contains(err.Error(), "without an access token") {
		t.Errorf("token %q, %v", got.AccessToken(), err)
	}
}

// The refresh token in an invalid response to a refresh is kept, since the previous one
// may be void. The next refresh sends it.
func TestRotatedRefreshTokenIsKept(t *testing.T) {
	t.Parallel()
	const good = `{"access_token":"A2","refresh_token":"R2","expires_in":60}`
	for name, answer := range map[string]string{
		"no access token":            `{"refresh_token":"R1"}`,
		"a token elsewhere":          `{"token":"A1","refresh_token":"R1"}`,
		"null":                       `{"access_token":null,"refresh_token":"R1"}`,
		"an object":                  `{"access_token":{"value":"A1"},"refresh_token":"R1"}`,
		"two tokens":                 `{"access_token":["A1","B1"],"refresh_token":"R1"}`,
		"a control character":        `{"access_token":"A\u0000","refresh_token":"R1"}`,
		"too long":                   `{"access_token":"` + strings.Repeat("A", 70000) + `","refresh_token":"R1"}`,
		"an unknown type":            `{"access_token":"A1","token_type":"mac","refresh_token":"R1"}`,
		"DPoP":                       `{"access_token":"A1","token_type":"DPoP","refresh_token":"R1"}`,
		"cut off":                    `{"refresh_token":"R1","access_token":"A1`,
		"cut off later":              `{"access_token":"A1","scope":["read"],"refresh_token":"R1","expires_in":`,
		"not JSON any more":          `{"access_token":"A1","refresh_token":"R1",}`,
		"after a warning":            `<b>Warning</b>: x.php {"access_token":"A1","refresh_token":"R1"}`,
		"under the path of a grant":  `{"authed_user":{"refresh_token":"R1"}}`,
		"under the path and cut off": `{"authed_user":{"refresh_token":"R1","access_token":"A`,
		"in a form":                  `refresh_token=R1`,
		"more than 1 MiB":            `{"refresh_token":"R1","x":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, err, presented := refreshed(t, nestedTOML, answer, good)
				if err != nil || got.AccessToken() != "A2" || !slices.Equal(presented, []string{"R0", "R1"}) {
					t.Errorf("token %q, %v; presented %v, want R0 and R1", got.AccessToken(), err, presented)
				}
			})
		})
	}
	for name, answer := range map[string]string{
		"refused": `{"error":"temporarily_unavailable","refresh_token":"R1"}`,
		"none":    `{"result":"0000","message":"OK"}`,
		"empty":   ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if _, err, presented := refreshed(t, "", answer, good); err != nil || !slices.Equal(presented, []string{"R0", "R0"}) {
					t.Errorf("presented %v, want R0 twice: %v", presented, err)
				}
			})
		})
	}
}

// The state of a connection whose refresh token was replaced but whose access token is
// unusable.
func TestStateOfAnUnusableRefresh(t *testing.T) {
	t.Parallel()
	kept := openStore(t)
	s := &server{answer: func(tokenRequest) (int, string) { return http.StatusOK, `{"refresh_token":"R1"}` }}
	m := manage(t, s, map[string]string{"S": "s"}, codeTOML, kept)
	expired(t, m)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); e.Code != hostapi.CodeConnection || !strings.Contains(e.Hint, "refresh_response") {
		t.Errorf("error %v, hint %q", err, e.Hint)
	}
	status, err := manage(t, s, map[string]string{"S": "s"}, codeTOML, kept).Status(t.Context(), "crm")
	if err != nil || status.State != connection.StateFailing || !strings.Contains(status.Reason, "without an access token") || !status.Refreshable {
		t.Errorf("status %+v, %v", status, err)
	}
}

// White space around a token is not part of it, RFC 9110 §5.5.
func TestTokenTrailingSpace(t *testing.T) {
	t.Parallel()
	for _, written := range []string{`"T "`, `" T"`, `"T\n"`, `"\tT\r\n "`, `["T "]`} {
		m := newManager(t, bend(http.StatusOK, `{"access_token":`+written+`}`), crm)
		if got := token(t, m, "crm"); got.AccessToken() != "T" {
			t.Errorf("%s: token %q", written, got.AccessToken())
		}
	}
}

// A value of another type than in RFC 6749 §5.1 is converted or refused.
func TestOddTypes(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"access_token":12345678901234567890}`:          "12345678901234567890",
		`{"access_token":1.50}`:                          "1.50",
		`{"access_token":["T"]}`:                         "T",
		`[{"access_token":"T"}]`:                         "T",
		`{"access_token":"T","scope":null}`:              "T",
		`{"access_token":"T","id_token":null}`:           "T",
		`{"access_token":"T","error":0,"ok":true}`:       "T",
		`{"access_token":"T","error":"","success":true}`: "T",
		`{"access_token":"T","error":{},"errors":[]}`:    "T",
		`{"access_token":"T","expires_in":[3600]}`:       "T",
		`{"access_token":true}`:                          "",
		`{"access_token":["T","U"]}`:                     "",
		`{"access_token":[]}`:                            "",
		`{"access_token":{"a":"T"}}`:                     "",
		`[{"access_token":"T"},{"access_token":"U"}]`:    "",
		`["T"]`: "",
		`"T"`:   "",
	} {
		m := newManager(t, bend(http.StatusOK, answer), crm)
		got, err := m.Token(t.Context(), "crm", 0)
		if got.AccessToken() != want || (err == nil) != (want != "") {
			t.Errorf("%s: token %q, %v", answer, got.AccessToken(), err)
		}
	}
}

// The reported scopes are the granted ones, in whatever form the server sends them.
func TestScopeArray(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`["chat:read"]`: "chat:read", `["chat:read","chat:edit"]`: "chat:read chat:edit", `["chat:read chat:edit"]`: "chat:read chat:edit",
		`[["chat:read"],["chat:edit"]]`: "chat:read chat:edit", `"chat:read"`: "chat:read", `[7]`: "7", `7`: "7",
		`null`: "chat:read user:email", `""`: "chat:read user:email", `[]`: "chat:read user:email", `[""]`: "chat:read user:email", `[null]`: "chat:read user:email",
		`{"chat:read":true}`: "", `true`: "", `["chat:read",{}]`: "",
	} {
		m := newManager(t, bend(http.StatusOK, `{"access_token":"T","scope":`+written+`}`), crm+"scopes = [\"chat:read\", \"user:email\"]\n")
		if got := info(t, m, "crm").Scope; got != want {
			t.Errorf("%s: scope %q, want %q", written, got, want)
		}
	}
}

// The lifetime of a token counts from the request: the duration of the response is not
// added.
func TestExpiryCountsFromTheRequest(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"access_token":"T","refresh_token":"R","expires_in":60}`,
		`{"access_token":"T","refresh_token":"R","expires_in":60000,"unit":"ms"}`,
		`{"access_token":"T","refresh_token":"R","expires_in":%q}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			toml := clientTOML + "client_secret = \"env:S\"\n"
			switch {
			case strings.Contains(body, "ms"):
				toml += "response = { expires_unit = \"ms\" }\n"
			case strings.Contains(body, "%q"):
				toml += "response = { expires_unit = \"date\" }\n"
			}
			var asked []time.Time
			kept := openStore(t)
			m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, time.Now())
				if !wait(r, 7*time.Second) {
					return
				}
				if len(asked) == 1 { // the token of the request after this one counts
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				until := asked[len(asked)-1].Add(time.Minute).UTC().Format(time.RFC3339)
				_, _ = strings.NewReplacer("%q", `"`+until+`"`).WriteString(w, body)
			}), map[string]string{"S": "s"}, toml, kept)
			got := token(t, m, "crm")
			want := asked[1].Add(time.Minute)
			if !got.Expiry.Equal(want) || !held(t, kept).Expiry.Equal(want) {
				t.Errorf("%s: until %v, stored %v, want %v", body, got.Expiry, held(t, kept).Expiry, want)
			}
			// It is used until then, and not a second longer.
			advance(t, time.Until(want)-500*time.Millisecond)
			before := len(asked)
			token(t, m, "crm")
			advance(t, time.Second)
			if token(t, m, "crm"); len(asked) == before {
				t.Error("a token was used after its end")
			}
		})
	}
}

// An endpoint that accepts GET has the parameters in its query.
func TestTokenEndpointGET(t *testing.T) {
	t.Parallel()
	for _, grant := range []string{"client_credentials", "authorization_code"} {
		var seen []string
		m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.Method+" "+r.URL.Path)
			if r.URL.Path == "/token" && r.Method != http.MethodGet {
				w.Header().Set("Allow", "HEAD, GET")
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			if r.URL.Path == "/token" && (r.ContentLength != 0 || r.Header.Get("Content-Type") != "" || r.URL.Query().Get("grant_type") == "" || r.URL.Query().Get("v") != "2") {
				t.Errorf("%d bytes of type %q with %v", r.ContentLength, r.Header.Get("Content-Type"), r.URL.Query())
			}
			_, _ = fmt.Fprint(w, `{"access_token":"T","refresh_token":"R","expires_in":60,"active":true}`)
		}), map[string]string{"S": "s"}, strings.NewReplacer(`"authorization_code"`, `"`+grant+`"`, "/token\"", "/token?v=2\"", "authorize_params", "token_params").Replace(codeTOML)+"token_method = \"GET\"\n", nil)
		if grant == "authorization_code" {
			give(t, m)
		}
		token(t, m, "crm")
		if _, err := m.Token(t.Context(), "crm", time.Hour); err != nil {
			t.Error(err)
		}
		if _, err := m.Introspect(t.Context(), "crm"); err != nil {
			t.Error(err)
		}
		if want := []string{"GET /token", "GET /token", "POST /introspect"}; !slices.Equal(seen, want) {
			t.Errorf("%s: %v, want %v", grant, seen, want)
		}
	}
}

// If an endpoint does not support the method, the hint names the one it supports.
func TestTokenEndpointRefusesTheMethod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ key, allow, hint string }{
		{"", "GET", `write token_method = "GET"`},
		{"", "HEAD, GET", `write token_method = "GET"`},
		{"", "POST", "is token_endpoint right?"},
		{"", "", "is token_endpoint right?"},
		{"token_method = \"GET\"\n", "OPTIONS, POST", `write token_method = "POST"`},
	} {
		m := newManager(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", tt.allow)
			w.WriteHeader(http.StatusMethodNotAllowed)
		}), crm+tt.key)
		_, err := m.Token(t.Context(), "crm", 0)
		if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 405") || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%q: %v, hint %q, want %q", tt.allow, err, e.Hint, tt.hint)
		}
	}
	for _, body := range []string{"form", "json"} {
		_, err := connection.Parse("oauth.toml", []byte(crm+"token_method = \"GET\"\ntoken_body = \""+body+"\"\n"), connection.ParseOptions{})
		wantConfigError(t, err, 10, "token_body: has no effect with token_method")
	}
}
