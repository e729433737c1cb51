package connection_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
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

// A token that one process has left at an API is known to the next one, which has not used
// the connection yet, and to a task that was not granted it. So are those before it that have
// not expired.
func TestTokensOfAnEarlierProcess(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) connection.Store{
		"SQLite": func(t *testing.T) connection.Store {
			t.Helper()
			return openStore(t)
		},
		"PostgreSQL": func(t *testing.T) connection.Store {
			t.Helper()
			url, ok := testservers.Postgres(t)
			if !ok {
				t.Skip("there is no PostgreSQL here")
			}
			return openStoreAt(t, url)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, db := newNotebook(), open(t)
			start := func() *connection.Manager {
				return manage(t, &n.provider, nil, crm, db)
			}
			grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
			first := start()
			renewals := 5
			for range renewals {
				if _, err := first.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "crm"}); err != nil {
					t.Fatal(err)
				}
				if _, err := first.Refresh(t.Context(), "crm"); err != nil {
					t.Fatal(err)
				}
			}
			tokens := strings.Fields(n.notes)
			if len(tokens) != renewals || tokens[0] == tokens[1] {
				t.Fatalf("the API got %q", tokens)
			}
			second := start()
			for _, s := range []struct {
				name  string
				grant *hostapi.Grant
				code  hostapi.Code
			}{
				{"a task that does not use it", grant, ""},
				{"a task without it", &hostapi.Grant{Allow: []hostapi.Rule{{Host: "api.example.com"}}, Limits: hostapi.DefaultLimits()}, hostapi.CodeDenied},
			} {
				response, err := second.Do(t.Context(), s.grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/"})
				if s.code != "" {
					if hostapi.CodeOf(err) != s.code || response != nil {
						t.Errorf("%s gets %v, %v", s.name, response, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				assertNoSecret(t, string(response.Body), tokens...)
			}
			if err := second.Import(t.Context(), "crm", connection.Imported{AccessToken: "imported-token-4711", RefreshToken: "r"}); err != nil {
				t.Fatal(err)
			}
			response, err := start().Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/"})
			if err != nil {
				t.Fatal(err)
			}
			assertNoSecret(t, string(response.Body), tokens...)
			third := start() // has obtained nothing, and renews meanwhile
			if _, err := third.Token(t.Context(), "crm", 0); err != nil {
				t.Fatal(err)
			}
			response, err = third.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "crm"})
			if err != nil {
				t.Fatal(err)
			}
			assertNoSecret(t, string(response.Body), strings.Fields(n.notes)...)
		})
	}
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
