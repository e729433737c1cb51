package connection_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
)

// notebook is an API that keeps what it is sent, with the credentials of each request.
type notebook struct {
	provider connectiontest.Provider
	notes    string // all tokens that it got, and what was posted
	answer   func(w http.ResponseWriter, notes string)
}

func newNotebook() *notebook {
	n := new(notebook)
	n.provider.Bend = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Host != "api.example.com" {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		n.notes += " " + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + string(body)
		if n.answer != nil {
			n.answer(w, n.notes)
			return true
		}
		status := http.StatusOK
		if r.URL.Path == "/401" {
			status = http.StatusUnauthorized
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, n.notes)
		return true
	}
	return n
}

// Nothing of a token reaches a script in another part of a response than its body.
func TestEveryPartOfAResponse(t *testing.T) {
	t.Parallel()
	const token = "note/taking+token-4711"
	n := newNotebook()
	m := newManager(t, &n.provider, notes)
	grant := &hostapi.Grant{Connections: []string{"notes"}, Limits: hostapi.DefaultLimits()}
	get := func(answer func(http.ResponseWriter, string)) (*hostapi.Response, error) {
		n.answer = answer
		return m.Do(t.Context(), grant, &hostapi.Request{
			Method: "GET", URL: "https://api.example.com/", AuthSetting: "notes", Header: []hostapi.Param{{Name: "Range", Value: "bytes=0-9"}},
		})
	}
	response, err := get(func(w http.ResponseWriter, _ string) {
		w.Header().Set("X-Echo", token)
		_, _ = io.WriteString(w, token)
	})
	if err != nil {
		t.Fatal(err)
	}
	assertNoSecret(t, response, token)
	for _, coding := range []string{"br", "gzip, zstd", "deflate"} {
		_, err := get(func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Encoding", coding)
			_, _ = io.WriteString(w, "compressed")
		})
		if e := asError(t, err); e.Code != hostapi.CodeNetwork || !strings.Contains(e.Message, "content coding") {
			t.Errorf("%s: %v", coding, err)
		}
	}
	for _, r := range n.provider.Requests() {
		if r.Header.Get("Range") != "" {
			t.Errorf("the range %q was requested", r.Header.Get("Range"))
		}
	}
}

// The name of a header is compared without regard to case, which net/http changes.
func TestTokenAsTheNameOfAHeader(t *testing.T) {
	t.Parallel()
	const toml = `
[connections.key]
grant = "static"
token = "Key-oF-many-letters-4711"
allow_plaintext = true
hosts = ["api.example.com"]
`
	n := newNotebook()
	m := newManager(t, &n.provider, toml)
	n.answer = func(w http.ResponseWriter, _ string) { w.Header().Set("x-Key-oF-many-letters-4711", "a") }
	grant := &hostapi.Grant{Connections: []string{"key"}, Limits: hostapi.DefaultLimits()}
	response, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "key"})
	if err != nil {
		t.Fatal(err)
	}
	for name := range response.Header {
		if strings.Contains(strings.ToLower(name), "many-letters") {
			t.Errorf("the header %s is handed out", name)
		}
	}
}
