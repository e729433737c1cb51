package oauthclient

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// reply is a response of an authorization server.
type reply struct {
	status int
	header http.Header
	body   string
}

// request is a request that it received.
type request struct {
	method, url, body string
	header            http.Header
}

// form returns the parameters of the body.
func (r request) form(t *testing.T) url.Values {
	t.Helper()
	params, err := url.ParseQuery(r.body)
	if err != nil {
		t.Fatal(err)
	}
	return params
}

// server is an authorization server in memory. It sends its replies in order, and the
// last one to all further requests.
type server struct {
	replies []reply
	asked   []request
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := request{method: r.Method, url: r.URL.String(), header: r.Header}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		asked.body = string(body)
	}
	answer := s.replies[min(len(s.asked), len(s.replies)-1)]
	s.asked = append(s.asked, asked)
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	if answer.header == nil {
		answer.header = http.Header{}
	}
	return &http.Response{StatusCode: answer.status, Header: answer.header, Body: io.NopCloser(strings.NewReader(answer.body)), Request: r}, nil
}

const (
	endpoint = "token_endpoint = \"https://id.example.com/token\"\n"
	machine  = "grant = \"client_credentials\"\nclient_id = \"me\"\n"
	own      = "client_secret = \"the-client-secret\"\n"
)

// client returns the client of a connection whose server gives those replies. What the
// file refers to is a private key.
func client(t *testing.T, toml string, replies ...reply) (*Client, *server) {
	t.Helper()
	lookup := func(string) (string, bool) { _, text := newKey(t); return text, true }
	f, err := oauthtoml.Parse("oauth.toml", []byte("[connections.crm]\nallow_plaintext = true\n"+toml), oauthtoml.Options{LookupEnv: lookup})
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Connections["crm"].WithSecrets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &server{replies: replies}
	return New(c, egress.New(egress.Config{Transport: s})), s
}

// failure returns err, which must be an *Error that shows nothing of what was sent.
func failure(t *testing.T, err error) *Error {
	t.Helper()
	f, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error %v, want an *Error", err)
	}
	if text := f.Error() + f.Err.Hint; strings.Contains(text, "the-client-secret") || strings.Contains(text, "the-refresh-token") {
		t.Errorf("a secret is in %q", text)
	}
	return f
}

func refresh(t *testing.T, w *Client) (*oauth2.Token, error) {
	t.Helper()
	return w.Refresh(t.Context(), nil, secret.New("the-refresh-token"))
}

const issued = `{"access_token":"A","expires_in":60}`

// A client uses one method of authentication in a request.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	const method = "token_endpoint_auth_method = "
	for toml, want := range map[string]struct {
		header string
		params url.Values
	}{
		own:                           {basic("me:the-client-secret"), url.Values{}},
		"client_secret = \"a b+c\"\n": {basic("me:a+b%2Bc"), url.Values{}},
		"client_secret = \"a b+c\"\nbasic_encoding = \"raw\"\n": {basic("me:a b+c"), url.Values{}},
		own + method + "\"client_secret_post\"\n":               {"", url.Values{"client_id": {"me"}, "client_secret": {"the-client-secret"}}},
		method + "\"none\"\n":                                   {"", url.Values{"client_id": {"me"}}},
	} {
		w, s := client(t, machine+endpoint+toml, reply{body: issued})
		if _, err := w.Token(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", toml, err)
			continue
		}
		r := s.asked[0]
		want.params.Set("grant_type", "client_credentials")
		if got := r.form(t); !reflect.DeepEqual(got, want.params) || r.header.Get("Authorization") != want.header {
			t.Errorf("%s: sent %v with %q, want %v with %q", toml, got, r.header.Get("Authorization"), want.params, want.header)
		}
		if r.method != http.MethodPost || r.url != "https://id.example.com/token" || r.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s: %s %s, header %v", toml, r.method, r.url, r.header)
		}
	}
}

// An assertion names the client, is for this server, ends soon and is never the same.
func TestClientAssertion(t *testing.T) {
	t.Parallel()
	const key = "client_secret = \"a secret of thirty-two bytes, or more\"\ntoken_endpoint_auth_method = \"client_secret_jwt\"\n"
	w, s := client(t, machine+endpoint+key, reply{body: issued})
	seen := make(map[string]bool)
	for range 2 {
		if _, err := w.Token(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		params := s.asked[len(s.asked)-1].form(t)
		var claims struct {
			Iss, Sub, Jti string
			Aud           string
			Iat, Exp      int64
		}
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(params.Get("client_assertion"), ".")[1])
		if err != nil || json.Unmarshal(payload, &claims) != nil {
			t.Fatalf("assertion %q: %v", params.Get("client_assertion"), err)
		}
		if claims.Iss != "me" || claims.Sub != "me" || claims.Aud != "https://id.example.com/token" || claims.Exp != claims.Iat+60 || seen[claims.Jti] {
			t.Errorf("claims %+v", claims)
		}
		seen[claims.Jti] = true
		if params.Has("client_secret") || params.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			t.Errorf("sent %v", params)
		}
	}
	// RFC 7518 §3.2: a shorter secret is no key.
	w, s = client(t, machine+endpoint+strings.Replace(key, "a secret of thirty-two bytes, or more", "short", 1), reply{body: issued})
	_, err := w.Token(t.Context(), nil)
	if f := failure(t, err); !f.NeedsReauth || !strings.Contains(f.Err.Hint, "at least 32 bytes") || len(s.asked) != 0 {
		t.Errorf("%v, hint %q, after %d requests", f, f.Err.Hint, len(s.asked))
	}
}

// The next secret is tried only if the server does not accept the client, and the
// accepted one is tried first from then on.
func TestNextSecret(t *testing.T) {
	t.Parallel()
	const two = "client_secret = [\"old-secret\", \"new-secret\"]\ntoken_endpoint_auth_method = \"client_secret_post\"\n"
	unknown := reply{status: http.StatusUnauthorized, body: `{"error":"invalid_client"}`}
	w, s := client(t, machine+endpoint+two, unknown, reply{body: issued})
	for range 2 {
		if _, err := w.Token(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	var sent []string
	for _, r := range s.asked {
		sent = append(sent, r.form(t).Get("client_secret"))
	}
	if got := strings.Join(sent, " "); got != "old-secret new-secret new-secret" {
		t.Errorf("sent %s", got)
	}
	w, s = client(t, machine+endpoint+two, reply{status: http.StatusBadRequest, body: `{"error":"invalid_scope"}`})
	if _, err := w.Token(t.Context(), nil); failure(t, err).Code != "invalid_scope" || len(s.asked) != 1 {
		t.Errorf("%v after %d requests, want one", err, len(s.asked))
	}
	w, s = client(t, machine+endpoint+two, unknown)
	if _, err := w.Token(t.Context(), nil); failure(t, err).Code != "invalid_client" || len(s.asked) != 2 {
		t.Errorf("%v after %d requests, want two", err, len(s.asked))
	}
}

// What is sent goes where and as the file says.
func TestTokenRequestForms(t *testing.T) {
	t.Parallel()
	const post = "token_endpoint_auth_method = \"client_secret_post\"\n"
	for more, want := range map[string]request{
		"token_body = \"json\"\ntoken_params = { a = \"1\", b = [\"2\"] }\n": {
			method: "POST", url: "https://id.example.com/token",
			body: `{"a":"1","b":["2"],"client_id":"me","client_secret":"the-client-secret","grant_type":"client_credentials"}`,
		},
		"token_body = \"query\"\n": {method: "POST", url: "https://id.example.com/token?client_id=me&client_secret=the-client-secret&grant_type=client_credentials"},
		"token_method = \"GET\"\n": {method: "GET", url: "https://id.example.com/token?client_id=me&client_secret=the-client-secret&grant_type=client_credentials"},
		"scopes = [\"a\", \"b\"]\nscope_separator = \",\"\naudience = \"x\"\ntoken_headers = { X-A = \"1\" }\n": {
			method: "POST", url: "https://id.example.com/token",
			body: "audience=x&client_id=me&client_secret=the-client-secret&grant_type=client_credentials&scope=a%2Cb", header: http.Header{"X-A": {"1"}},
		},
	} {
		w, s := client(t, machine+endpoint+own+post+more, reply{body: issued})
		if _, err := w.Token(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", more, err)
			continue
		}
		r := s.asked[0]
		if r.method != want.method || r.url != want.url || r.body != want.body || r.header.Get("X-A") != want.header.Get("X-A") {
			t.Errorf("%s: sent %s %s %s, header %v", more, r.method, r.url, r.body, r.header)
		}
	}
}

// A request to a busy endpoint is repeated, unless it is single-use.
func TestBusyEndpoint(t *testing.T) {
	t.Parallel()
	busy := reply{status: http.StatusServiceUnavailable, header: http.Header{"Retry-After": {"30"}}}
	synctest.Test(t, func(t *testing.T) {
		w, s := client(t, machine+endpoint+own, busy, reply{body: issued})
		began := time.Now()
		if _, err := w.Token(t.Context(), nil); err != nil || time.Since(began) != 30*time.Second || len(s.asked) != 2 {
			t.Errorf("%v after %s and %d requests", err, time.Since(began), len(s.asked))
		}
		w, s = client(t, machine+endpoint+own, busy)
		_, err := refresh(t, w)
		if f := failure(t, err); !f.Err.Transient || f.NeedsReauth || f.Err.RetryAfter != 30*time.Second || len(s.asked) != 1 {
			t.Errorf("%+v after %d requests, want one", f, len(s.asked))
		}
		// There is no time to wait.
		w, s = client(t, machine+endpoint+own, busy)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began = time.Now()
		if _, err = w.Token(ctx, nil); !failure(t, err).Err.Transient || time.Since(began) != 0 || len(s.asked) != 1 {
			t.Errorf("%v after %s and %d requests", err, time.Since(began), len(s.asked))
		}
	})
}

// Retry-After is seconds or a date, and limited to ten minutes.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]time.Duration{
			"5": 5 * time.Second, "": 0, "soon": 0, "-5": 0, "86400": 10 * time.Minute,
			time.Now().Add(time.Minute).UTC().Format(http.TimeFormat): time.Minute, time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat): 0,
		} {
			r := response{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {text}}}
			if got := r.retryAfter(); got != want {
				t.Errorf("Retry-After %q is %s, want %s", text, got, want)
			}
		}
	})
}

// A redirect is not followed, since the secret would be sent along.
func TestRedirectOfTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	w, s := client(t, machine+endpoint+own, reply{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {"https://evil.example.com/"}}})
	_, err := w.Token(t.Context(), nil)
	if f := failure(t, err); !f.NeedsReauth || f.Err.Code != hostapi.CodeConnection || !strings.Contains(f.Err.Message, "a redirect (307), which is never followed") || len(s.asked) != 1 {
		t.Errorf("%+v after %d requests, want one", f, len(s.asked))
	}
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
