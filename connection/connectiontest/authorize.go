package connectiontest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLifetime is the lifetime of an authorization code, RFC 6749 §4.1.2.
const codeLifetime = time.Minute

// code is an authorization code.
type code struct {
	access
	redirectURI string
	challenge   string // of PKCE; "": none
	family      string // of the tokens that were issued for it; "": not redeemed yet
}

// device is an authorization of a device, RFC 8628.
type device struct {
	access
	userCode string
	denied   bool
}

// serveAuthorize answers an authorization request, RFC 6749 §4.1.1, as a user who agrees
// or refuses at once: there is no page.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	redirect, err := url.Parse(query.Get("redirect_uri"))
	secret, known := p.clients()[query.Get("client_id")]
	if err != nil || redirect.Host == "" || !known {
		writeJSON(w, http.StatusBadRequest, object{"error": "invalid_request"}) // never redirected, RFC 6749 §4.1.2.1
		return
	}
	challenge := query.Get("code_challenge")
	answer := url.Values{"state": {query.Get("state")}}
	user := p.approve(query.Get("client_id"), query.Get("scope"))
	switch {
	case query.Get("response_type") != "code":
		answer.Set("error", "unsupported_response_type")
	case challenge == "" && secret == "", challenge != "" && query.Get("code_challenge_method") != "S256":
		answer.Set("error", "invalid_request") // RFC 9700 §2.1.1: PKCE for public clients
	case !validScope(query.Get("scope")):
		answer.Set("error", "invalid_scope")
	case user == "":
		answer.Set("error", "access_denied")
	default:
		text := rand.Text()
		p.mu.Lock()
		if p.codes == nil {
			p.codes = make(map[string]*code)
		}
		p.codes[text] = &code{
			access:      access{client: query.Get("client_id"), user: user, scope: query.Get("scope"), expires: time.Now().Add(codeLifetime)},
			redirectURI: query.Get("redirect_uri"), challenge: challenge,
		}
		p.mu.Unlock()
		answer.Set("code", text)
	}
	back := redirect.Query()
	maps.Copy(back, answer)
	redirect.RawQuery = back.Encode()
	w.Header().Set("Location", redirect.String())
	w.WriteHeader(http.StatusSeeOther)
}

// approve returns the user who agrees; "" if none does.
func (p *Provider) approve(client, scope string) string {
	if p.Approve != nil {
		return p.Approve(client, scope)
	}
	if names := slices.Sorted(maps.Keys(p.users())); len(names) > 0 {
		return names[0]
	}
	return ""
}

// redeem returns what a code gives access to, RFC 6749 §4.1.3, and the family of its
// tokens. A code that comes twice ends the tokens that were issued for it (§4.1.2).
func (p *Provider) redeem(client string, form url.Values) (who access, family string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.codes[form.Get("code")]
	if c == nil || c.client != client || time.Now().After(c.expires) || form.Get("redirect_uri") != c.redirectURI {
		return access{}, "", false
	}
	if c.family != "" {
		p.end(c.family)
		return access{}, "", false
	}
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if c.challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge { // RFC 7636 §4.6
		return access{}, "", false
	}
	c.family = rand.Text()
	return c.access, c.family, true
}

// serveDevice begins an authorization of a device, RFC 8628 §3.1.
func (p *Provider) serveDevice(w http.ResponseWriter, r *http.Request, body []byte) {
	form, client, failure := p.clientRequest(r, body)
	if failure != nil {
		writeJSON(w, failure.status, object{"error": failure.code})
		return
	}
	const lifetime = 10 * time.Minute
	deviceCode, userCode := rand.Text(), rand.Text()[:4]+"-"+rand.Text()[:4]
	p.mu.Lock()
	if p.devices == nil {
		p.devices = make(map[string]*device)
	}
	p.devices[deviceCode] = &device{access: access{client: client, scope: form.Get("scope"), expires: time.Now().Add(lifetime)}, userCode: userCode}
	p.mu.Unlock()
	writeJSON(w, http.StatusOK, object{
		"device_code": deviceCode, "user_code": userCode, "verification_uri": origin(r) + "/device",
		"expires_in": int64(lifetime / time.Second), "interval": 1,
	})
}

// showDevice is the page where a user enters the code of a device, RFC 8628 §3.3. With a code,
// the user agrees or refuses at once.
func (p *Provider) showDevice(w http.ResponseWriter, r *http.Request) {
	const form = `<!DOCTYPE html><title>Playground</title><form>Code of the device: <input name="user_code"> <button>Agree</button></form>`
	text := r.URL.Query().Get("user_code")
	client, scope, ok := p.deviceOf(text)
	answer := form
	switch user := p.approve(client, scope); {
	case text == "":
	case !ok:
		answer = form + "<p>There is no such code."
	default:
		p.AnswerDevice(text, user)
		answer = "<!DOCTYPE html><title>Playground</title><p>The device has its answer."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, answer) // fails only if the client has gone
}

// deviceOf returns who asked for the authorization with a user code, and for what.
func (p *Provider) deviceOf(userCode string) (client, scope string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.devices {
		if strings.EqualFold(d.userCode, userCode) {
			return d.client, d.scope, true
		}
	}
	return "", "", false
}

// AnswerDevice answers the device authorization with that user code as a user; user "" is
// one who refuses. It reports whether there is such an authorization.
func (p *Provider) AnswerDevice(userCode, user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.devices {
		if d.userCode == strings.ToUpper(userCode) {
			d.user, d.denied = user, user == ""
			return true
		}
	}
	return false
}

// poll returns what a device code gives access to, or why it does not, RFC 8628 §3.5.
func (p *Provider) poll(client, deviceCode string) (access, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.devices[deviceCode]
	switch {
	case d == nil || d.client != client:
		return access{}, "invalid_grant"
	case time.Now().After(d.expires):
		return access{}, "expired_token"
	case d.denied:
		return access{}, "access_denied"
	case d.user == "":
		return access{}, "authorization_pending"
	}
	delete(p.devices, deviceCode)
	return d.access, ""
}

// origin returns the URL of the provider as the caller reached it.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
