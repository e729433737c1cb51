package connection_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// writtenForms are some encodings in which an API may echo a token.
func writtenForms(secret string) []string {
	escaped := url.QueryEscape(secret)
	return []string{
		secret, escaped, url.QueryEscape(escaped), strings.ReplaceAll(secret, "-", `\u002D`),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte("x" + secret + "y")),
	}
}

// A token that one request leaves at an API may be read by another: with a credential
// or without, and after the token has been renewed. It is sealed in each response, and a
// task that was granted only the host gets none that has it.
func TestTokenInAnyResponseIsSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var stored string
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); len(body) > 0 {
			stored = string(body)
		}
		_, _ = io.WriteString(rw, stored)
	}
	s := w.sealed(t)
	if _, err := w.do(t, hostapi.Request{Method: "POST", URL: "https://api.example.com/", Body: []byte(s), ContentType: "text/plain"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stored, realToken) {
		t.Fatalf("the API got %q", stored)
	}
	rule, err := hostapi.ParseRule("https://api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	get := &hostapi.Request{Method: "GET", URL: "https://api.example.com/"}
	got, err := w.Do(t.Context(), &hostapi.Grant{Connections: []string{"pat"}, Limits: hostapi.DefaultLimits()}, get)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Body) != s {
		t.Errorf("the body = %q, want %q", got.Body, s)
	}
	got, err = w.Do(t.Context(), &hostapi.Grant{Allow: []hostapi.Rule{rule}, Limits: hostapi.DefaultLimits()}, get)
	if e := asError(t, err); e.Code != hostapi.CodeDenied || got != nil {
		t.Errorf("a task without the connection gets %v, %v", got, err)
	}
}

// A server that knows the token redirects the request to a host named after it.
func TestS05ErrorsDoNotNameTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "https://"+r.URL.Query().Get("t")+".evil.example.org/", http.StatusFound)
	}
	token, err := w.OAuth2Token(t.Context(), &w.grant, "key")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.do(t, hostapi.Request{URL: "https://api.example.com/x", QueryParam: []hostapi.Param{{Name: "t", Value: token}}})
	e := asError(t, err)
	if e.Code != hostapi.CodeDenied || e.Name != "api.example.com" {
		t.Errorf("error = %v, want denied, naming the API", err)
	}
	if all := strings.ToLower(e.Error() + e.Hint); strings.Contains(all, "key-token-of-its-own") {
		t.Errorf("the error tells the token: %s", all)
	}
}

// Stand-ins are short and tokens may be long.
func TestTokensDoNotMakeARequestGrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	grant := &hostapi.Grant{Connections: []string{"pat"}, Limits: hostapi.DefaultLimits()}
	grant.Limits.RequestBytes = 1000
	s := w.sealed(t)
	for _, req := range []hostapi.Request{
		{Method: "POST", URL: "https://api.example.com/", Body: []byte(strings.Repeat(s, 20)), ContentType: "text/plain"},
		{Method: "GET", URL: "https://api.example.com/", QueryParam: slices.Repeat([]hostapi.Param{{Name: "t", Value: s}}, 4000)},
	} {
		_, err := w.Do(t.Context(), grant, &req)
		if e := asError(t, err); e.Code != hostapi.CodeLimit {
			t.Errorf("error = %v, want limit", err)
		}
	}
}

func TestAnswerIsSealedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		for _, form := range writtenForms(realToken) {
			_, _ = fmt.Fprintf(rw, "<%s>\n", form)
		}
		for _, form := range writtenForms("pass:word-canary") {
			_, _ = fmt.Fprintf(rw, "<%s>\n", form)
		}
		_, _ = fmt.Fprintf(rw, "<%s>", r.Header.Get("Authorization"))
	})
	s := w.sealed(t)
	t.Run("bearer", func(t *testing.T) {
		got, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", Bearer: s})
		if err != nil {
			t.Fatal(err)
		}
		assertNoSecret(t, string(got.Body), realToken)
		if !strings.Contains(string(got.Body), "<Bearer "+s+">") {
			t.Errorf("body = %s, want the stand-in in place of the token", got.Body)
		}
		assertNoSecret(t, string(got.Body), "pass:word-canary") // of a connection that took no part
	})
	t.Run("basic with stand-in", func(t *testing.T) {
		got, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", Basic: &hostapi.Basic{Username: "user", Password: s}})
		if err != nil {
			t.Fatal(err)
		}
		assertNoSecret(t, string(got.Body), realToken, "user:"+realToken)
		if want := "<Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+s)) + ">"; !strings.Contains(string(got.Body), want) {
			t.Errorf("body = %s, want %s", got.Body, want)
		}
	})
	t.Run("basic connection", func(t *testing.T) {
		got, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", AuthSetting: "user"})
		if err != nil {
			t.Fatal(err)
		}
		assertNoSecret(t, string(got.Body), "pass:word-canary", "älice:pass:word-canary")
	})
	t.Run("header", func(t *testing.T) {
		w.answer = func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-Echo", "t="+url.QueryEscape(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
		}
		got, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", Bearer: s})
		if err != nil {
			t.Fatal(err)
		}
		if echo := got.Header.Get("X-Echo"); echo != "t="+s {
			t.Errorf("X-Echo = %q, want the stand-in", echo)
		}
	})
}
