package connection_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

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
