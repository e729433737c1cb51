// Package connectiontest provides an OAuth 2.0 authorization server with a small API,
// for tests and for trying things out. It has no real secrets and keeps nothing after
// the process ends.
//
// It imports neither testing nor net/http/httptest, so that a program may include it.
package connectiontest

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// Provider is the authorization server and the API. It serves
//
//	GET  /authorize                               an authorization request, which a user answers at once, RFC 6749 §4.1
//	POST /token                                   every grant but extension grants, and refreshes, which rotate
//	POST /device                                  a device authorization, RFC 8628; see AnswerDevice
//	GET  /device?user_code=CODE                   the answer of a user, as Approve gives it; without a code, a form
//	POST /revoke                                  a revocation, RFC 7009
//	POST /introspect                              an introspection, RFC 7662
//	ANY  /api/echo                                what the caller sent, for a bearer token
//	GET  /api/items                               three items, for a bearer token
//	ANY  /redirect?to=URL&status=302              a redirect, to anywhere
//	GET  /.well-known/oauth-authorization-server  metadata, RFC 8414
//
// The zero Provider works. It is safe for concurrent use; its exported fields must not
// change while it serves.
type Provider struct {
	// Clients maps a client ID to its secret; a client with secret "" is a public client.
	// Default: demo, demo-secret.
	Clients map[string]string

	// Users maps a user name to a password. Default: alice, wonderland.
	Users map[string]string

	// Tokens maps an access token that never expires to its user, like a personal access
	// token. Default: demo-token of alice.
	Tokens map[string]string

	// TokenLifetime is the lifetime of an access token; default 1h.
	TokenLifetime time.Duration

	// Approve returns the user who agrees to an authorization request, "" if the user
	// refuses. Default: the first of Users agrees.
	Approve func(client, scope string) (user string)

	// Faults are responses instead of the usual ones, by path, such as "/token". Bend can
	// do more. Default: none.
	Faults map[string]Fault

	// Bend, if set, sees every request first. If it returns true, it has written the
	// response itself, to simulate a broken server:
	//
	//   Bend: func(w http.ResponseWriter, r *http.Request) bool {
	//   	w.WriteHeader(http.StatusServiceUnavailable)
	//   	return true
	//   }
	Bend func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	issued   map[string]access // by access token
	requests []Recorded

	codes         map[string]*code
	devices       map[string]*device // by device code
	refreshTokens map[string]*refreshToken
	failed        map[string]int // requests with a fault, by path
}

// access is the authorization of a token.
type access struct {
	client, user, scope string
	expires             time.Time // zero: never
	family              string    // of the tokens of one grant; "": it has no refresh token
}

// Recorded is a request as it was received.
type Recorded struct {
	Method string
	Host   string
	URI    string // path and query as sent
	Path   string
	Header http.Header
	Body   []byte // its first 64 KiB
}

const (
	maxRecorded     = 1000
	maxRecordedBody = 64 << 10
	maxBody         = 16 << 20
)

// Requests returns the last 1,000 requests, oldest first.
func (p *Provider) Requests() []Recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Recorded(nil), p.requests...)
}

// Count returns how many of the recorded requests had that path.
func (p *Provider) Count(path string) int {
	n := 0
	for _, r := range p.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

// Revoke makes every access token issued so far invalid. Refresh tokens stay valid.
func (p *Provider) Revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.issued)
}

// ServeHTTP implements [http.Handler].
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeJSON(w, http.StatusRequestEntityTooLarge, object{"error": "the body is too large or was cut off"})
		return
	}
	p.record(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if p.Bend != nil && p.Bend(w, r) {
		return
	}
	if p.fault(w, r.URL.Path) {
		return
	}
	switch r.URL.Path {
	case "/":
		writeJSON(w, http.StatusOK, object{"endpoints": []string{
			"/authorize", "/token", "/device", "/revoke", "/introspect", "/api/echo", "/api/items", "/redirect",
		}})
	case "/authorize":
		p.serveAuthorize(w, r)
	case "/device":
		if r.Method == http.MethodGet {
			p.showDevice(w, r)
		} else {
			p.serveDevice(w, r, body)
		}
	case "/revoke":
		p.serveRevoke(w, r, body)
	case "/introspect":
		p.serveIntrospect(w, r, body)
	case "/token":
		p.serveToken(w, r, body)
	case "/api/echo":
		p.serveEcho(w, r, body)
	case "/api/items":
		p.serveItems(w, r)
	case "/redirect":
		serveRedirect(w, r)
	case "/.well-known/oauth-authorization-server":
		serveMetadata(w, r)
	default:
		writeJSON(w, http.StatusNotFound, object{"error": "not found"})
	}
}

func (p *Provider) record(r *http.Request, body []byte) {
	rec := Recorded{
		Method: r.Method, Host: r.Host, URI: r.RequestURI, Path: r.URL.Path, Header: r.Header.Clone(),
		Body: bytes.Clone(body[:min(len(body), maxRecordedBody)]),
	}
	if rec.URI == "" { // called directly, not by a server
		rec.URI = r.URL.RequestURI()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.requests) == maxRecorded {
		p.requests = append(p.requests[:0], p.requests[1:]...)
	}
	p.requests = append(p.requests, rec)
}
