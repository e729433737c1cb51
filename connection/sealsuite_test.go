package connection_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
)

// vault is an authorization server, and an API that keeps every credential it is sent.
type vault struct {
	issued int
	got    []string                  // each request to the API, decoded
	answer func(http.ResponseWriter) // nil: an empty response
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Host == "id.example.com" {
		v.issued++
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": sealedToken(v.issued), "token_type": "Bearer", "expires_in": 3600})
		return
	}
	body, _ := io.ReadAll(r.Body)
	got := []string{r.URL.Query().Get("note"), r.Header.Get("X-Note"), r.Header.Get("Authorization"), string(body)}
	if form, err := url.ParseQuery(string(body)); err == nil {
		got = append(got, form.Get("note"))
	}
	if _, password, ok := r.BasicAuth(); ok {
		got = append(got, password)
	}
	v.got = append(v.got, strings.Join(got, "\n"))
	if v.answer != nil {
		v.answer(w)
	}
}

// sealedToken is the n-th token that a vault issues. It has characters that escapes change.
func sealedToken(n int) string { return fmt.Sprintf("Xq7+tok&en/%02d/2f8Zk3Wm9%%41b4=", n) }

// sealCase is a connection, and a request that carries its credential.
type sealCase struct {
	name   string
	toml   string
	req    func(standIn string) hostapi.Request
	secret string // of a connection whose credential is in the file
}

// sealCases are the placements of credentials in requests, for each kind of connection.
func sealCases() []sealCase {
	const api, more = "https://api.example.com/", "allow_plaintext = true\nhosts = [\"api.example.com\"]\n"
	const oauth = "[connections.api]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\nclient_id = \"a\"\n" +
		"client_secret = \"client-secret-of-a-test\"\n" + more
	const static = "[connections.api]\ngrant = \"static\"\ntoken = 'Static+tok&en/2f8Zk%41m9Rb4='\n" + more
	const basic = "[connections.api]\ngrant = \"basic\"\nusername = \"ada\"\npassword = 'Pass:word&/2f8Zk%41m9Rb4='\n" + more
	get := func(r hostapi.Request) func(string) hostapi.Request {
		return func(string) hostapi.Request { r.Method, r.URL = "GET", api; return r }
	}
	post := func(r hostapi.Request) hostapi.Request { r.Method, r.URL = "POST", api; return r }
	return []sealCase{
		{name: "authSetting", toml: oauth, req: get(hostapi.Request{AuthSetting: "api"})},
		{name: "bearer", toml: oauth, req: func(s string) hostapi.Request { return post(hostapi.Request{Bearer: s}) }},
		{name: "header", toml: oauth + "sealed_in = [\"header:X-Note\"]\n", req: func(s string) hostapi.Request {
			return post(hostapi.Request{Header: []hostapi.Param{{Name: "X-Note", Value: s}}})
		}},
		{name: "query", toml: oauth + "sealed_in = [\"query:note\"]\n", req: func(s string) hostapi.Request {
			return post(hostapi.Request{QueryParam: []hostapi.Param{{Name: "note", Value: s}}})
		}},
		{name: "form", toml: oauth + "sealed_in = [\"form:note\"]\n", req: func(s string) hostapi.Request {
			return post(hostapi.Request{FormParam: []hostapi.Param{{Name: "note", Value: s}}})
		}},
		{name: "basic", toml: oauth + "sealed_in = [\"basic\"]\n", req: func(s string) hostapi.Request {
			return post(hostapi.Request{Basic: &hostapi.Basic{Username: "ada", Password: s}})
		}},
		{name: "body", toml: oauth + "sealed_in = [\"body\"]\n", req: func(s string) hostapi.Request {
			return post(hostapi.Request{Body: []byte(s), ContentType: "text/plain"})
		}},
		{name: "static token", toml: static, req: get(hostapi.Request{AuthSetting: "api"}), secret: "Static+tok&en/2f8Zk%41m9Rb4="},
		{name: "user and password", toml: basic, req: get(hostapi.Request{AuthSetting: "api"}), secret: "Pass:word&/2f8Zk%41m9Rb4="},
	}
}

// sealStores are what processes have in common; nil for the memory of one process.
func sealStores() map[string]func(*testing.T) connection.Store {
	return map[string]func(*testing.T) connection.Store{
		"memory": func(*testing.T) connection.Store { return nil },
		"SQLite": func(t *testing.T) connection.Store {
			t.Helper()
			return openStore(t)
		},
		"PostgreSQL": func(t *testing.T) connection.Store {
			t.Helper()
			return openStoreAt(t, testservers.Postgres(t))
		},
	}
}

// A credential that an API was sent, in any place, before any number of renewals, and by any
// process, is not handed out in a response, whatever of the hidden transformations of
// docs/SECURITY.md the API has applied to it: a task that holds the connection gets a stand-in,
// and any other no response. Those that are said to pass do pass.
func TestSealSuite(t *testing.T) {
	t.Parallel()
	outcomes, all := documentedOutcomes(t), transformations()
	if rows, cases := slices.Sorted(maps.Keys(outcomes)), slices.Sorted(maps.Keys(all)); !slices.Equal(rows, cases) {
		t.Fatalf("docs/SECURITY.md has the rows\n%q, want\n%q", rows, cases)
	}
	for name, open := range sealStores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, tt := range sealCases() {
				t.Run(tt.name, func(t *testing.T) { //nolint:paralleltest // one store
					kept := open(t)
					v := new(vault)
					start := func() *connection.Manager { return manage(t, v, nil, tt.toml, kept) }
					first := start()
					secrets := sealedSecrets(t, v, first, &tt)
					processes := map[string]*connection.Manager{"the process that sent them": first}
					if kept != nil || tt.secret != "" {
						processes["one that has not used the connection"] = start()
					}
					for process, m := range processes {
						for transformation, f := range all {
							if kept != nil && transformation != "none" && transformation != "escapes of JSON" && transformation != "a part of it" {
								continue // what is found does not depend on the store
							}
							what := fmt.Sprintf("%s in a response to %s", transformation, process)
							sealedResponses(t, v, m, what, outcomes[transformation] == "hidden", transformed(secrets, f))
						}
					}
				})
			}
		})
	}
}

func transformed(secrets []string, f func(string) string) []string {
	all := make([]string, len(secrets))
	for i, s := range secrets {
		all[i] = f(s)
	}
	return all
}

// sealedSecrets sends the request of a case before and after renewals, and returns the
// credentials that the API got.
func sealedSecrets(t *testing.T, v *vault, m *connection.Manager, tt *sealCase) []string {
	t.Helper()
	grant := &hostapi.Grant{Connections: []string{"api"}, Limits: hostapi.DefaultLimits()}
	send := func(secret string) {
		t.Helper()
		standIn := ""
		if !strings.HasPrefix(tt.secret, "Pass") {
			var err error
			if standIn, err = m.OAuth2Token(t.Context(), grant, "api"); err != nil {
				t.Fatal(err)
			}
		}
		req := tt.req(standIn)
		if _, err := m.Do(t.Context(), grant, &req); err != nil {
			t.Fatal(err)
		}
		if got := v.got[len(v.got)-1]; !strings.Contains(got, secret) || strings.Contains(got, hostapi.SealedPrefix) {
			t.Fatalf("the API got %q, want %q in it", got, secret)
		}
	}
	if tt.secret != "" {
		send(tt.secret)
		return []string{tt.secret}
	}
	var secrets []string
	for n := 1; n <= 5; n++ {
		send(sealedToken(n))
		secrets = append(secrets, sealedToken(n))
		if _, err := m.Refresh(t.Context(), "api"); err != nil {
			t.Fatal(err)
		}
	}
	const imported = "Imported+tok&en/2f8Zk3Wm9Rb4="
	if err := m.Import(t.Context(), "api", connection.Imported{AccessToken: imported, RefreshToken: "refresh-token"}); err != nil {
		t.Fatal(err)
	}
	send(imported)
	return append(secrets, imported)
}

// sealedResponses checks what tasks get of responses that have these texts, in the body and in a
// header.
func sealedResponses(t *testing.T, v *vault, m *connection.Manager, what string, hidden bool, texts []string) {
	t.Helper()
	all := strings.Join(texts, "\n | ")
	get := func(grant *hostapi.Grant, inHeader bool) (string, error) {
		v.answer = func(w http.ResponseWriter) {
			if inHeader {
				w.Header().Set("X-Echo", texts[0])
			} else {
				_, _ = io.WriteString(w, all)
			}
		}
		r, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/"})
		if err != nil {
			return "", err
		}
		return r.Header.Get("X-Echo") + string(r.Body), nil
	}
	holder := &hostapi.Grant{Connections: []string{"api"}, Limits: hostapi.DefaultLimits()}
	stranger := &hostapi.Grant{Allow: []hostapi.Rule{{Host: "api.example.com"}}, Limits: hostapi.DefaultLimits()}
	for _, inHeader := range []bool{false, true} {
		if inHeader && strings.ContainsFunc(texts[0], func(c rune) bool { return c < ' ' || c > '~' }) {
			continue // no header has that
		}
		got, err := get(holder, inHeader)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		seen := slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(got, text) })
		if _, err = get(stranger, inHeader); seen == hidden || (hostapi.CodeOf(err) == hostapi.CodeDenied) != hidden {
			t.Errorf("%s, in a header: %t: a task with the connection gets %q, one without it %v", what, inHeader, got, err)
		}
		if hidden && !strings.Contains(got, hostapi.SealedPrefix) && !strings.Contains(got, "[redacted]") {
			t.Errorf("%s: %q has nothing in its place", what, got)
		}
	}
}

// A script that sends user and password itself, with a stand-in for one of them, gets them back
// as it has sent them.
func TestBasicWithAStandIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, "<"+r.Header.Get("Authorization")+">")
	}
	s := w.sealed(t)
	got, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", Basic: &hostapi.Basic{Username: "user", Password: s}})
	if want := "<Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+s)) + ">"; err != nil || string(got.Body) != want {
		t.Errorf("response %v, %v, want %s", got, err, want)
	}
}
