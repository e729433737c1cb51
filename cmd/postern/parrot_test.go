package main

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// parrot is an authorization server, an API and a proxy that repeat whatever they
// are sent, as often as they can. Every secret that it issues is a canary, and so is
// every one that a client makes up for it.
//
// The last part of a path says how a request is answered: "html", "description",
// "code", "form", "json200", "html200", "redirect" and "broken" are failures.
type parrot struct {
	*canaries
	url    string // of the plain server
	secure *httptest.Server

	mu    sync.Mutex
	heard strings.Builder       // all that was sent, decoded
	asked map[string]url.Values // authorization requests by code
	old   string                // a client secret that is not good any more
	tells bool                  // it names tokens where names of other things belong
	more  bool                  // it repeats whole requests in every form, not only what is in them
}

func newParrot(t *testing.T, c *canaries) *parrot {
	t.Helper()
	p := &parrot{canaries: c, asked: make(map[string]url.Values)}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	p.secure = httptest.NewUnstartedServer(p)
	p.secure.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it are to be expected
	p.secure.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	p.secure.StartTLS()
	t.Cleanup(p.secure.Close)
	return p
}

// hears reports whether that text has been sent to the server.
func (p *parrot) hears(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.heard.String(), text)
}

// note keeps what r says.
func (p *parrot) note(r *http.Request, params url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, values := range []map[string][]string{r.Header, params, r.URL.Query()} {
		for name, list := range values {
			fmt.Fprintf(&p.heard, "%s: %s\n", name, list)
		}
	}
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		if encoded, ok := strings.CutPrefix(r.Header.Get(name), "Basic "); ok {
			pair, _ := base64.StdEncoding.DecodeString(encoded) // what is none is not heard
			user, password, _ := strings.Cut(string(pair), ":")
			form, _ := url.QueryUnescape(password)
			p.heard.WriteString(strings.Join([]string{user, password, form}, "\n"))
		}
	}
	if r.TLS != nil {
		for _, certificate := range r.TLS.PeerCertificates {
			fmt.Fprintln(&p.heard, certificate.Subject)
		}
	}
	for _, name := range []string{"code_verifier", "client_assertion", "assertion"} {
		if v := params.Get(name); v != "" {
			p.add(name, v)
		}
	}
	if proof, err := jwt.ParseSigned(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256}); err == nil {
		public, _ := proof.Headers[0].JSONWebKey.MarshalJSON() // a key that was just read
		var key struct{ X string }
		_ = json.Unmarshal(public, &key) // as above
		// It is part of the private key's record, too.
		x, _ := base64.RawURLEncoding.DecodeString(key.X)
		p.add("DPoP key", string(x))
	}
}

// forms returns the parameters of a request, in whatever form they were sent.
func parameters(r *http.Request, body []byte) url.Values {
	params := r.URL.Query()
	form, _ := url.ParseQuery(string(body))
	var object map[string]string
	if json.Unmarshal(body, &object) == nil {
		form = make(url.Values)
		for name, v := range object {
			form.Set(name, v)
		}
	}
	for name, values := range form {
		params[name] = append(params[name], values...)
	}
	return params
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	params := parameters(r, body)
	p.note(r, params)
	said := p.repeated(r, body, params)
	if r.URL.IsAbs() { // it is the proxy
		if r.Header.Get("Proxy-Authorization") == "" || path.Base(r.URL.Path) == "proxy" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			_, _ = io.WriteString(w, said)
			return
		}
		r.Header.Del("Proxy-Authorization") // RFC 9110 §11.7.2
		said = p.repeated(r, body, params)
	}
	if p.fail(w, path.Base(r.URL.Path), said, params) {
		return
	}
	switch first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); first {
	case "authorize":
		p.authorize(w, r)
	case "par":
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked["urn:pushed"] = params
		reply(w, http.StatusCreated, map[string]any{"request_uri": "urn:pushed", "expires_in": 60})
	case "device":
		reply(w, http.StatusOK, map[string]any{
			"device_code": p.mint("device code"), "user_code": "WDJB-MJHT", "interval": 1, "expires_in": 600, "verification_uri": p.url + "/go",
		})
	case "token":
		p.token(w, r, params, said)
	case "introspect":
		username, scope := "ada", "read"
		if p.tells {
			username, scope = params.Get("token"), "read "+params.Get("token")
		}
		reply(w, http.StatusOK, map[string]any{"active": true, "username": username, "scope": scope})
	case "revoke", "go":
	case "api":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Repeated", r.Header.Get("Authorization")+r.Header.Get("X-Api-Key"))
		w.Header().Set("Set-Cookie", "session="+url.QueryEscape(r.Header.Get("Authorization")+r.Header.Get("X-Api-Key")))
		if path.Base(r.URL.Path) == "401" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, said)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// repeated returns the content of r in every encoding that can be recognized.
func (p *parrot) repeated(r *http.Request, body []byte, params url.Values) string {
	whole := []string{r.URL.RequestURI(), string(body), r.Header.Get("Cookie")}
	said := []string{r.URL.Path, r.Header.Get("X-Api-Key"), r.Header.Get("X-Tenant")}
	if p.more {
		said = append(said, whole...)
	}
	for _, values := range params {
		said = append(said, values...)
	}
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		scheme, credential, _ := strings.Cut(r.Header.Get(name), " ")
		said = append(said, scheme+" "+credential)
		if scheme == "Basic" {
			pair, _ := base64.StdEncoding.DecodeString(credential) // else it is not repeated
			user, password, _ := strings.Cut(string(pair), ":")
			said = append(said, string(pair), user, password)
		}
	}
	var b strings.Builder
	b.WriteString(strings.Join(whole, "\n"))
	for _, text := range said {
		if len(text) < 8 { // a word
			continue
		}
		encoded, _ := json.Marshal(text) // a string always is JSON
		fmt.Fprintf(&b, "%s\n%s\n%s\n%s\n%s\n", text, encoded, html.EscapeString(text), url.QueryEscape(text), url.PathEscape(text))
		for skip := range 3 {
			fmt.Fprintln(&b, base64.StdEncoding.EncodeToString([]byte("abc"[:skip]+text)), base64.RawURLEncoding.EncodeToString([]byte("abc"[:skip]+text)))
		}
	}
	return b.String()
}

// fail answers as a server does that fails in that way, and reports whether there
// is such a way.
func (p *parrot) fail(w http.ResponseWriter, way, said string, params url.Values) bool {
	secret := params.Get("client_secret")
	for _, name := range []string{"refresh_token", "token", "device_code", "password"} {
		if v := params.Get(name); v != "" {
			secret = v
		}
	}
	switch way {
	case "html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, "<title>400</title><pre>%s</pre>", said)
	case "description":
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": said, "error_uri": p.url + "/?" + said})
	case "code":
		reply(w, http.StatusUnauthorized, map[string]any{"error": secret})
	case "object":
		reply(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"code": secret, "message": said}})
	case "form":
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "error="+url.QueryEscape(secret)+"&error_description="+url.QueryEscape(said))
	case "json200":
		reply(w, http.StatusOK, map[string]any{"error": "bad_verification_code", "error_description": said})
	case "html200":
		_, _ = fmt.Fprintf(w, "<title>Sign in</title>%s", said)
	case "broken":
		_, _ = fmt.Fprintf(w, `{"access_token":{"%s`, said)
	case "redirect":
		w.Header().Set("Location", p.url+"/token/elsewhere?"+params.Encode())
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		return false
	}
	return true
}

// authorize sends the browser back with a code.
func (p *parrot) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := r.URL.Query()
	if pushed := p.asked[asked.Get("request_uri")]; pushed != nil {
		asked = pushed
	}
	code := p.mint("authorization code")
	p.asked[code] = asked
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+url.Values{"state": {asked.Get("state")}, "code": {code}}.Encode(), http.StatusFound)
}

func (p *parrot) token(w http.ResponseWriter, r *http.Request, params url.Values, said string) {
	if _, password, ok := r.BasicAuth(); ok {
		if secret, err := url.QueryUnescape(password); err == nil && secret == p.old {
			reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": said})
			return
		}
	}
	answer := map[string]any{
		"access_token": p.mint("access token"), "refresh_token": p.mint("refresh token"), "token_type": "Bearer", "expires_in": 3600, "scope": "read",
		"said": said, "who": map[string]any{"said": said, "name": "ada"},
	}
	if p.tells {
		answer["scope"] = fmt.Sprint("read ", answer["access_token"], " ", answer["refresh_token"])
	}
	if r.Header.Get("DPoP") != "" {
		answer["token_type"] = "DPoP"
	}
	p.mu.Lock()
	asked := p.asked[params.Get("code")]
	p.mu.Unlock()
	if asked.Get("nonce") != "" {
		claims, _ := json.Marshal(map[string]any{"nonce": asked.Get("nonce"), "aud": "me", "sub": "ada", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "secret": p.mint("ID token claim")}) // texts are JSON
		idToken := "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(claims) + ".c2ln"
		answer["id_token"] = p.add("ID token", idToken)
	}
	reply(w, http.StatusOK, answer)
}
