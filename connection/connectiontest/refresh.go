package connectiontest

import (
	"crypto/rand"
	"net/http"
	"time"
)

// refreshToken is a refresh token that was issued.
type refreshToken struct {
	access
	family string
	used   bool // it was replaced, RFC 9700 §4.14.2
}

// addRefresh adds a refresh token to a response, and its access token to the family.
func (p *Provider) addRefresh(response object, who access, family string) object {
	text := rand.Text() + rand.Text()
	token, _ := response["access_token"].(string)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refreshTokens == nil {
		p.refreshTokens = make(map[string]*refreshToken)
	}
	p.refreshTokens[text] = &refreshToken{access: who, family: family}
	issued := p.issued[token]
	issued.family = family
	p.issued[token] = issued
	response["refresh_token"] = text
	return response
}

// refresh uses a refresh token up, RFC 6749 §6. One that comes twice was stolen, or its
// successor was lost: all tokens of the grant end, RFC 9700 §4.14.2.
func (p *Provider) refresh(client, text, scope string) (who access, family string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.refreshTokens[text]
	if t == nil || t.client != client {
		return access{}, "", false
	}
	if t.used {
		p.end(t.family)
		return access{}, "", false
	}
	t.used = true
	if who = t.access; scope != "" {
		who.scope = scope
	}
	return who, t.family, true
}

// end ends all tokens of a family.
func (p *Provider) end(family string) {
	for text, a := range p.issued {
		if a.family == family {
			delete(p.issued, text)
		}
	}
	for text, t := range p.refreshTokens {
		if t.family == family {
			delete(p.refreshTokens, text)
		}
	}
}

// serveRevoke revokes a token, RFC 7009: of a refresh token all of its grant.
func (p *Provider) serveRevoke(w http.ResponseWriter, r *http.Request, body []byte) {
	form, client, failure := p.clientRequest(r, body)
	if failure != nil {
		writeJSON(w, failure.status, object{"error": failure.code})
		return
	}
	text := form.Get("token")
	p.mu.Lock()
	if t := p.refreshTokens[text]; t != nil && t.client == client {
		p.end(t.family)
	} else if p.issued[text].client == client {
		delete(p.issued, text)
	}
	p.mu.Unlock()
	w.WriteHeader(http.StatusOK) // RFC 7009 §2.2: also for an unknown token
}

// serveIntrospect tells about a token, RFC 7662.
func (p *Provider) serveIntrospect(w http.ResponseWriter, r *http.Request, body []byte) {
	form, _, failure := p.clientRequest(r, body)
	if failure != nil {
		writeJSON(w, failure.status, object{"error": failure.code})
		return
	}
	text := form.Get("token")
	p.mu.Lock()
	a, ok := p.issued[text]
	if t := p.refreshTokens[text]; !ok && t != nil && !t.used {
		a, ok = t.access, true
	}
	p.mu.Unlock()
	if !ok || !a.expires.IsZero() && time.Now().After(a.expires) {
		writeJSON(w, http.StatusOK, object{"active": false})
		return
	}
	about := object{"active": true, "client_id": a.client}
	if a.scope != "" {
		about["scope"] = a.scope
	}
	if a.user != "" {
		about["username"], about["sub"] = a.user, a.user
	}
	if !a.expires.IsZero() {
		about["exp"] = a.expires.Unix()
	}
	writeJSON(w, http.StatusOK, about)
}
