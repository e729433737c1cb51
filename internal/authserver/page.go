package authserver

import (
	"crypto/hmac"
	"crypto/sha256"
	_ "embed" // of the template
	"html/template"
	"net/http"
	"net/url"
)

// HTMLPage is a page that Config.Render writes: the consent page, or an error.
type HTMLPage struct {
	Status  int      // of the response
	Consent *Consent // nil: it is an error
	Problem string   // what is wrong with the request; "" with Consent
}

// Consent is what the user is asked. The page has a form that is sent to Action with POST,
// with the fields FieldToken and FieldDecision.
type Consent struct {
	Client      Client
	User        User
	Scope       Scope
	RedirectURI string // where the browser goes then
	Action      string
	Token       string
}

// Place returns the part of RedirectURI that tells a user where it leads: its origin, or the
// scheme of an app.
func (c *Consent) Place() string {
	u, err := url.Parse(c.RedirectURI)
	switch {
	case err != nil:
		return c.RedirectURI
	case u.Scheme == "http" || u.Scheme == "https":
		return u.Scheme + "://" + u.Host
	}
	return "the app " + u.Scheme
}

// The fields of the form, and the values of FieldDecision.
const (
	FieldToken    = "consent_token"
	FieldDecision = "decision"
	DecisionAllow = "allow"
	DecisionDeny  = "deny"
)

// showConsent asks the user.
func (s *Server) showConsent(w http.ResponseWriter, r *http.Request, a *authorization, user User, query params) {
	protectPage(w, formSource(a.redirectURI))
	s.cfg.Render(w, r, HTMLPage{Status: http.StatusOK, Consent: &Consent{
		Client: a.client, User: user, Scope: a.scope, RedirectURI: a.redirectURI,
		Action: s.issuer.Path + authorizePath + "?" + query.values.Encode(), Token: formToken(user, query),
	}})
}

// showProblem shows an error to the user rather than to the client.
func (s *Server) showProblem(w http.ResponseWriter, r *http.Request, e *oauthError) {
	protectPage(w, "")
	status := e.status
	setDefault(&status, http.StatusBadRequest)
	s.cfg.Render(w, r, HTMLPage{Status: status, Problem: e.description})
}

// protectPage sets what a page may do. A form is sent to this server and from there to the
// client, which browsers regard as one.
func protectPage(w http.ResponseWriter, client string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+client)
	w.Header().Set("X-Frame-Options", "DENY") // RFC 9700 §4.16
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
}

// formToken returns what the form of the consent page has to have: it is of one session of
// one user and of one request.
func formToken(user User, query params) string {
	mac := hmac.New(sha256.New, hashOf(user.Session))
	mac.Write([]byte("consent\n" + user.ID + "\n" + query.values.Encode()))
	return encode(mac.Sum(nil))
}

//go:embed page.html
var pageSource string

// plainPages returns the default of Config.Render.
func plainPages() func(w http.ResponseWriter, r *http.Request, page HTMLPage) {
	pages := template.Must(template.New("page").Parse(pageSource))
	return func(w http.ResponseWriter, _ *http.Request, page HTMLPage) {
		w.WriteHeader(page.Status)
		_ = pages.Execute(w, page) // fails only if the browser has gone
	}
}
