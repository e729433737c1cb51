package connection_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/cookies"
)

// placed is a stand-in at a place of a request.
type placed struct {
	name string
	in   string // the entry of sealed_in that allows it; "" if none does
	req  func(standIn string) hostapi.Request
}

// misplacements are the places where a stand-in is not the credential of a request, unless
// sealed_in says so.
func misplacements() []placed {
	const api = "https://api.example.com/v1"
	const form = "application/x-www-form-urlencoded"
	header := func(in, name string, value func(string) string) placed {
		return placed{name + " " + value("…"), in, func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Header: []hostapi.Param{{Name: name, Value: value(s)}}}
		}}
	}
	body := func(contentType string, content func(string) string) placed {
		return placed{contentType, "body", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Body: []byte(content(s)), ContentType: contentType}
		}}
	}
	alone := func(s string) string { return s }
	return []placed{
		header("header:X-Note", "X-Note", alone),
		header("header:x-note", "X-Note", func(s string) string { return "Token " + s }),
		header("", "X-Note", func(s string) string { return "a" + s }),
		header("", "Authorization", func(s string) string { return "Token token=" + s }),
		header("", "Authorization", func(s string) string { return s + " and more" }),
		header("", "Cookie", func(s string) string { return "a=" + s }),
		{"user name", "basic", func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Basic: &hostapi.Basic{Username: s}}
		}},
		{"password", "basic", func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Basic: &hostapi.Basic{Username: "x", Password: s}}
		}},
		{"part of a password", "", func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Basic: &hostapi.Basic{Username: "x", Password: s + "."}}
		}},
		{"parameter", "query:note", func(s string) hostapi.Request {
			return hostapi.Request{URL: api, QueryParam: []hostapi.Param{{Name: "note", Value: s}}}
		}},
		{"escaped name of a parameter", "query:a b", func(s string) hostapi.Request {
			return hostapi.Request{URL: api + "?x=1&a%20b=" + s}
		}},
		{"part of a parameter", "", func(s string) hostapi.Request { return hostapi.Request{URL: api + "?note=a" + s} }},
		{"name of a parameter", "", func(s string) hostapi.Request { return hostapi.Request{URL: api + "?" + s + "=note"} }},
		{"query", "", func(s string) hostapi.Request { return hostapi.Request{URL: api + "?" + s} }},
		{"field", "form:note", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, FormParam: []hostapi.Param{{Name: "a", Value: "b"}, {Name: "note", Value: s}}}
		}},
		{"part of a field", "body", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, FormParam: []hostapi.Param{{Name: "note", Value: s + "!"}}}
		}},
		body(form+"; charset=utf-8", func(s string) string { return "note=" + s }),
		body("application/json", func(s string) string { return `{"note":"` + s + `"}` }),
		body("text/plain", alone),
		body("", alone),
		{"part", "body", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Multipart: []hostapi.Part{{Name: "note", FileName: "note.txt", Content: []byte(s)}}}
		}},
		{"name of a part", "body", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Multipart: []hostapi.Part{{Name: "note", FileName: s, Content: []byte("a")}}}
		}},
	}
}

const notes = `
[connections.notes]
grant = "static"
token = "note/taking+token-4711"
allow_plaintext = true
hosts = ["api.example.com"]
`

// A stand-in that is no credential is not replaced by the token: the request is refused,
// naming the connection, unless the connection takes its token there.
func TestStandInsThatAreNoCredential(t *testing.T) {
	t.Parallel()
	for _, tt := range misplacements() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, sent := send1(t, notes, tt.req)
			if e == nil || e.Code != hostapi.CodeDenied || e.Name != "notes" || !strings.Contains(e.Hint, `authSetting("notes")`) || len(sent) != 0 {
				t.Errorf("%d requests were sent; error %v", len(sent), e)
			}
			if tt.in == "" {
				return
			}
			e, sent = send1(t, notes+`sealed_in = ["`+tt.in+`"]`+"\n", tt.req)
			if e != nil || len(sent) != 1 {
				t.Fatalf("with sealed_in: %d requests were sent; error %v", len(sent), e)
			}
			all := sent[0].URI + string(sent[0].Body) + sent[0].Header.Get("X-Note")
			if pair, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sent[0].Header.Get("Authorization"), "Basic ")); err == nil {
				all += string(pair)
			}
			if !strings.Contains(all, "note/taking+token-4711") && !strings.Contains(all, url.QueryEscape("note/taking+token-4711")) || strings.Contains(all, hostapi.SealedPrefix) {
				t.Errorf("with sealed_in the API got %q", all)
			}
		})
	}
}

// send1 sends a request with the stand-in of the only connection of that file.
func send1(t *testing.T, toml string, req func(standIn string) hostapi.Request) (*hostapi.Error, []connectiontest.Recorded) {
	t.Helper()
	provider := &connectiontest.Provider{Bend: func(http.ResponseWriter, *http.Request) bool { return true }}
	m := newManager(t, provider, toml)
	grant := &hostapi.Grant{Connections: []string{"notes"}, Limits: hostapi.DefaultLimits()}
	standIn, err := m.OAuth2Token(t.Context(), grant, "notes")
	if err != nil {
		t.Fatal(err)
	}
	r := req(standIn)
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if _, err := m.Do(t.Context(), grant, &r); err != nil {
		return asError(t, err), provider.Requests()
	}
	return nil, provider.Requests()
}

// A cookie that a script has the API set, with a stand-in in it, is not sent with the token.
func TestStandInInACookieOfTheServer(t *testing.T) {
	t.Parallel()
	var sent []string
	m := newManager(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Cookie"))
		w.Header().Set("Set-Cookie", "note="+r.URL.Query().Get("note"))
	}), notes)
	grant := &hostapi.Grant{Connections: []string{"notes"}, Cookies: cookies.New(nil), Limits: hostapi.DefaultLimits()}
	standIn, err := m.OAuth2Token(t.Context(), grant, "notes")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		u := "https://api.example.com/?note=%70" + strings.TrimPrefix(standIn, "p")
		if _, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: u, AuthSetting: "notes"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent) != 2 || strings.Contains(sent[1], "token-4711") {
		t.Errorf("sent the cookies %q", sent)
	}
}

// A token in the body is none that the response is about: it is not renewed.
func TestOnlyACredentialIsRenewed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		req  func(standIn string) hostapi.Request
		want int // requests to the API
	}{
		{"header", func(s string) hostapi.Request {
			return hostapi.Request{Method: "GET", URL: "https://api.example.com/", Bearer: s}
		}, 2},
		{"parameter", func(s string) hostapi.Request {
			return hostapi.Request{Method: "GET", URL: "https://api.example.com/?key=" + s}
		}, 2},
		{"body", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: "https://api.example.com/", Body: []byte(s)}
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := new(connectiontest.Provider)
			asked := 0
			provider.Bend = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Host != "api.example.com" {
					return false
				}
				asked++
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			m := newManager(t, provider, crm+"sealed_in = [\"query:key\", \"body\"]\n")
			grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
			standIn, err := m.OAuth2Token(t.Context(), grant, "crm")
			if err != nil {
				t.Fatal(err)
			}
			req := tt.req(standIn)
			if _, err := m.Do(t.Context(), grant, &req); err != nil {
				t.Fatal(err)
			}
			if asked != tt.want {
				t.Errorf("the API was asked %d times, want %d", asked, tt.want)
			}
		})
	}
}

func TestSealedInMistakes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`["header"]`:           "has an entry that is not a place in a request",
		`["Query:a"]`:          "has an entry that is not a place in a request",
		`["query:"]`:           "has an entry without a name",
		`["header:Host"]`:      "has a header that may not be set",
		`["header:a b"]`:       "has a header that may not be set",
		`["body", "form:"]`:    "has an entry without a name",
		"[]\nsealed = false\n": "has no effect without sealed = true",
	} {
		_, err := connection.Parse("oauth.toml", []byte(notes+"sealed_in = "+value+"\n"), connection.ParseOptions{})
		if e := asError(t, err); e.Code != hostapi.CodeConfig || e.Name != "sealed_in" || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}
