package oauthclient

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

const issuer = "issuer = \"https://id.example.com/acme\"\n"

// The metadata are requested at the URL of the standard, then at the older one, and
// cached for a day.
func TestPlacesOfMetadata(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		metadata := `{"issuer":"https://id.example.com/acme","token_endpoint":"https://id.example.com/t"}`
		w, s := client(t, machine+issuer+own, reply{status: http.StatusNotFound}, reply{body: metadata}, reply{body: issued}, reply{body: issued}, reply{status: http.StatusInternalServerError})
		for range 2 {
			if _, err := w.Token(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{
			"https://id.example.com/.well-known/oauth-authorization-server/acme", "https://id.example.com/acme/.well-known/openid-configuration",
			"https://id.example.com/t", "https://id.example.com/t",
		}
		for i, r := range s.asked {
			if r.url != want[i] || r.header.Get("Authorization") != "" && i < 2 {
				t.Errorf("request %d: %s, header %v; want %s", i, r.url, r.header, want[i])
			}
		}
		// Outdated metadata are used while the server fails.
		time.Sleep(25 * time.Hour) //nolint:forbidigo // fake time
		if m, err := w.Discovery.Get(t.Context()); err != nil || !m.Has("token_endpoint") || len(s.asked) != 6 {
			t.Errorf("%v after %d requests, want the old metadata after six", err, len(s.asked))
		}
	})
}

// Metadata of another server, or with endpoints that cannot be used.
func TestMetadataThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"issuer":"https://evil.example.com","token_endpoint":"https://evil.example.com/t"}`:   "names another issuer",
		`{"issuer":"https://id.example.com/acme/","token_endpoint":"https://id.example.com/t"}`: "names another issuer",
		`{"token_endpoint":"https://id.example.com/t"}`:                                         "names another issuer",
		`{"issuer":"https://id.example.com/acme","token_endpoint":"http://id.example.com/t"}`:   "has an endpoint that cannot be used: token_endpoint must begin with https://",
		`{"issuer":"https://id.example.com/acme","token_endpoint":7}`:                           "has an endpoint that cannot be used: token_endpoint is not text",
		`{"issuer":"https://id.example.com/acme"}`:                                              "has no token_endpoint",
		`<html>`: "is not JSON",
		`{"issuer":"https://id.example.com/acme","x":"` + strings.Repeat("x", 1<<20) + `"}`: "more than 1 MiB",
	} {
		w, s := client(t, machine+issuer+own, reply{body: body})
		_, err := w.Token(t.Context(), nil)
		if f := failure(t, err); !f.NeedsReauth || !strings.Contains(f.Err.Message, want) {
			t.Errorf("%.90s: %v, want %q", body, f, want)
		}
		for _, r := range s.asked {
			if r.method != http.MethodGet {
				t.Errorf("%.90s: %s %s", body, r.method, r.url)
			}
		}
	}
	// A bad endpoint that is not used does no harm, and what the file says counts.
	w, s := client(t, machine+issuer+own+"token_endpoint = \"https://id.example.com/mine\"\n",
		reply{body: `{"issuer":"https://id.example.com/acme","token_endpoint":"https://id.example.com/theirs","jwks_endpoint":"http://x"}`}, reply{body: issued})
	if _, err := w.Token(t.Context(), nil); err != nil || s.asked[1].url != "https://id.example.com/mine" {
		t.Errorf("%v, asked %v", err, s.asked)
	}
}

// A server error is transient, and missing metadata are not.
func TestMetadataThatIsNotThere(t *testing.T) {
	t.Parallel()
	for status, lasting := range map[int]bool{http.StatusNotFound: true, http.StatusForbidden: true, http.StatusInternalServerError: false, http.StatusTooManyRequests: false} {
		w, _ := client(t, machine+issuer+own, reply{status: status})
		if _, err := w.Token(t.Context(), nil); failure(t, err).NeedsReauth != lasting {
			t.Errorf("%d: %+v, want lasting %t", status, err, lasting)
		}
	}
	// One place that may answer later is enough.
	for _, statuses := range [][2]int{{http.StatusInternalServerError, http.StatusForbidden}, {http.StatusForbidden, http.StatusInternalServerError}} {
		w, _ := client(t, machine+issuer+own, reply{status: statuses[0]}, reply{status: statuses[1]})
		if _, err := w.Token(t.Context(), nil); failure(t, err).NeedsReauth {
			t.Errorf("%v: %+v, want one that may end", statuses, err)
		}
	}
}

// An authorization request goes through the browser, or is pushed if the server
// requires it.
func TestAuthorizationURL(t *testing.T) {
	t.Parallel()
	const person = "grant = \"authorization_code\"\nclient_id = \"me\"\n"
	const published = `{"issuer":"https://id.example.com/acme","token_endpoint":"https://id.example.com/t","authorization_endpoint":"https://id.example.com/a?tenant=1","pushed_authorization_request_endpoint":"https://id.example.com/par"`
	params := url.Values{"client_id": {"me"}, "state": {"s"}}
	w, s := client(t, person+issuer+own, reply{body: published + "}"})
	if got, err := w.AuthorizationURL(t.Context(), params); got != "https://id.example.com/a?tenant=1&client_id=me&state=s" || err != nil || len(s.asked) != 1 {
		t.Errorf("%s, %v", got, err)
	}
	w, s = client(t, person+issuer+own, reply{body: published + `,"require_pushed_authorization_requests":true}`}, reply{status: http.StatusCreated, body: `{"request_uri":"urn:x"}`})
	if got, err := w.AuthorizationURL(t.Context(), params); got != "https://id.example.com/a?tenant=1&client_id=me&request_uri=urn%3Ax" || err != nil || s.asked[1].form(t).Get("state") != "s" {
		t.Errorf("%s, %v", got, err)
	}
	w, _ = client(t, person+issuer+own, reply{body: published + `,"require_pushed_authorization_requests":true}`}, reply{body: `{}`})
	if got, err := w.AuthorizationURL(t.Context(), params); err == nil {
		t.Errorf("%s without a request_uri", got)
	}
}

// An ID token must be for this client and attempt, from this server, and not expired.
func TestIDTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		soon, over := digits(time.Now().Add(-59*time.Second).Unix()), digits(time.Now().Add(-61*time.Second).Unix())
		for claims, good := range map[string]bool{
			`{"nonce":"n","iss":"https://i","aud":"me","exp":` + soon + `}`:       true,
			`{"nonce":"n","iss":"https://i","aud":["x","me"],"exp":` + soon + `}`: true,
			`{"nonce":"n","iss":"https://i","aud":"me","exp":` + over + `}`:       false,
			`{"nonce":"n","iss":"https://i","aud":"me"}`:                          false,
			`{"nonce":"n","iss":"https://i","aud":["x"],"exp":` + soon + `}`:      false,
			`{"nonce":"n","iss":"https://i","exp":` + soon + `}`:                  false,
			`{"nonce":"n","iss":"https://j","aud":"me","exp":` + soon + `}`:       false,
			`{"nonce":"m","iss":"https://i","aud":"me","exp":` + soon + `}`:       false,
			`{"iss":"https://i","aud":"me","exp":` + soon + `}`:                   false,
			`[]`: false,
		} {
			token := new(oauth2.Token).WithExtra(map[string]any{"id_token": "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s"})
			if got := CheckIDToken(token, "n", "https://i", "me"); good != (got == "") {
				t.Errorf("%s: %q", claims, got)
			}
		}
		for text, good := range map[string]bool{"": true, "a.b": false, "a.!.c": false} {
			if got := CheckIDToken(new(oauth2.Token).WithExtra(map[string]any{"id_token": text}), "n", "", "me"); good != (got == "") {
				t.Errorf("%q: %q", text, got)
			}
		}
	})
}
