package connectiontest

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// oauthError is an error response of the token endpoint, RFC 6749 §5.2.
type oauthError struct {
	status int
	code   string
}

func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Cache-Control", "no-store") // RFC 6749 §5.1
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeJSON(w, http.StatusMethodNotAllowed, object{"error": "invalid_request"})
		return
	}
	response, failure := p.grant(r, body)
	if failure != nil {
		if failure.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		}
		writeJSON(w, failure.status, object{"error": failure.code})
		return
	}
	writeJSON(w, http.StatusOK, response)
}

// grant reads parameters from the body only: RFC 6749 §2.3.1 forbids credentials in the
// query.
func (p *Provider) grant(r *http.Request, body []byte) (object, *oauthError) {
	form, client, failure := p.clientRequest(r, body)
	if failure != nil {
		return nil, failure
	}
	badRequest := &oauthError{http.StatusBadRequest, "invalid_request"}
	refuse := func(code string) (object, *oauthError) { return nil, &oauthError{http.StatusBadRequest, code} }
	who, family := access{client: client, scope: form.Get("scope")}, ""
	switch form.Get("grant_type") {
	case "":
		return nil, badRequest
	case "authorization_code":
		var ok bool
		if who, family, ok = p.redeem(client, form); !ok {
			return refuse("invalid_grant")
		}
	case "refresh_token":
		var ok bool
		if who, family, ok = p.refresh(client, form.Get("refresh_token"), form.Get("scope")); !ok {
			return refuse("invalid_grant")
		}
	case "urn:ietf:params:oauth:grant-type:device_code":
		var code string
		if who, code = p.poll(client, form.Get("device_code")); code != "" {
			return refuse(code)
		}
		family = rand.Text()
	case "client_credentials":
		if p.clients()[client] == "" { // RFC 6749 §4.4: confidential clients only
			return refuse("unauthorized_client")
		}
	case "password":
		if form.Get("username") == "" {
			return nil, badRequest
		}
		who.user = form.Get("username")
		if password, ok := p.users()[who.user]; !ok || !equal(password, form.Get("password")) {
			return refuse("invalid_grant")
		}
	default:
		return refuse("unsupported_grant_type")
	}
	if !validScope(who.scope) {
		return refuse("invalid_scope")
	}
	response := p.issue(who)
	if family != "" {
		return p.addRefresh(response, who, family), nil
	}
	return response, nil
}

// clientRequest returns the parameters of a request of a client, and the client.
func (p *Provider) clientRequest(r *http.Request, body []byte) (url.Values, string, *oauthError) {
	badRequest := &oauthError{http.StatusBadRequest, "invalid_request"}
	if r.Method != http.MethodPost {
		return nil, "", &oauthError{http.StatusMethodNotAllowed, "invalid_request"}
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return nil, "", badRequest
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, "", badRequest
	}
	for name, values := range form {
		// RFC 6749 §3.2: parameters must not be repeated; RFC 8707 §2 excepts one.
		if len(values) > 1 && name != "resource" {
			return nil, "", badRequest
		}
	}
	client, failure := p.authenticate(r, form)
	return form, client, failure
}

// authenticate returns the client ID. RFC 6749 §2.3: one method per request.
func (p *Provider) authenticate(r *http.Request, form url.Values) (string, *oauthError) {
	invalidClient := &oauthError{http.StatusUnauthorized, "invalid_client"}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if r.Header.Get("Authorization") != "" {
		if form.Has("client_secret") {
			return "", &oauthError{http.StatusBadRequest, "invalid_request"}
		}
		user, password, ok := r.BasicAuth()
		if !ok {
			return "", invalidClient
		}
		// RFC 6749 §2.3.1: both are form-encoded before they are joined.
		var errID, errSecret error
		id, errID = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(password)
		if errID != nil || errSecret != nil {
			return "", &oauthError{http.StatusBadRequest, "invalid_request"}
		}
	}
	want, ok := p.clients()[id]
	if !ok || !equal(want, secret) {
		return "", invalidClient
	}
	return id, nil
}

func (p *Provider) issue(who access) object {
	lifetime := cmp.Or(p.TokenLifetime, time.Hour)
	who.expires = time.Now().Add(lifetime)
	token := rand.Text() + rand.Text()
	p.mu.Lock()
	if p.issued == nil {
		p.issued = make(map[string]access)
	}
	for t, a := range p.issued {
		if time.Now().After(a.expires) {
			delete(p.issued, t)
		}
	}
	p.issued[token] = who
	p.mu.Unlock()
	response := object{"access_token": token, "token_type": "Bearer", "expires_in": max(1, int64(lifetime/time.Second))}
	if who.scope != "" {
		response["scope"] = who.scope
	}
	return response
}

// validScope reports whether s is a scope, RFC 6749 §3.3, or empty.
func validScope(s string) bool {
	if s == "" {
		return true
	}
	for token := range strings.SplitSeq(s, " ") {
		if token == "" || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			return false
		}
	}
	return true
}

func (p *Provider) clients() map[string]string {
	if p.Clients == nil {
		return map[string]string{"demo": "demo-secret"}
	}
	return p.Clients
}

func (p *Provider) users() map[string]string {
	if p.Users == nil {
		return map[string]string{"alice": "wonderland"}
	}
	return p.Users
}

func (p *Provider) tokens() map[string]string {
	if p.Tokens == nil {
		return map[string]string{"demo-token": "alice"}
	}
	return p.Tokens
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
