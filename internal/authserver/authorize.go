package authserver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// authorization is a valid authorization request, RFC 6749 §4.1.1.
type authorization struct {
	client       Client
	redirectURI  string
	redirectSent bool // false: the request had none, and the client has only one
	state        string
	scope        Scope
	challenge    string // code_challenge; "": none
}

// serveAuthorize is the authorization endpoint, RFC 6749 §3.1. With GET it shows the consent
// page, whose form comes back to the same URL with POST.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	protect(w)
	a, query, err := s.readAuthorization(r)
	if err != nil {
		s.refuseAuthorization(w, r, a, err)
		return
	}
	user, ok := s.cfg.User(r)
	switch {
	case !ok:
		s.cfg.SignIn(w, r)
	case user.ID == "" || user.Session == "":
		s.refuseAuthorization(w, r, nil, errors.New("Config.User returned a user without ID or Session"))
	case r.Method == http.MethodPost:
		s.decide(w, r, a, user, query)
	default:
		s.showConsent(w, r, a, user, query)
	}
}

// readAuthorization returns the authorization request. With an error, it is nil if nothing
// may be sent to the redirect URI, since it is not known to be the client's: RFC 6749
// §4.1.2.1, RFC 9700 §4.11.
func (s *Server) readAuthorization(r *http.Request) (*authorization, params, error) {
	if len(r.URL.RawQuery) > maxQuery {
		return nil, params{}, invalidRequest("the URL is too long")
	}
	query, err := parseParams(r.URL.RawQuery)
	if err != nil || query.repeats("client_id", "redirect_uri") {
		return nil, query, invalidRequest("the URL is not encoded correctly, or repeats a parameter")
	}
	client, err := s.Client(r.Context(), query.get("client_id"))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, query, invalidRequest("there is no client with the given client_id")
	case err != nil:
		return nil, query, err
	case !client.Active:
		return nil, query, &oauthError{status: http.StatusForbidden, code: "unauthorized_client", description: "this client is deactivated"}
	}
	a := &authorization{client: client, redirectURI: query.get("redirect_uri"), redirectSent: query.has("redirect_uri")}
	switch {
	case !a.redirectSent && len(client.RedirectURIs) == 1:
		a.redirectURI = client.RedirectURIs[0]
	case !a.redirectSent:
		return nil, query, invalidRequest("redirect_uri is missing, and the client has several")
	case !client.hasRedirectURI(a.redirectURI):
		return nil, query, invalidRequest("redirect_uri is not one that is registered for the client, character by character")
	}
	a.state = query.get("state")
	if refusal := s.check(a, query); refusal != nil {
		return a, query, refusal
	}
	return a, query, nil
}

// challengeForm is a code_challenge of S256: the base64url of 32 bytes, RFC 7636 §4.2.
var challengeForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
})

// check reads the rest of a request, whose refusal the client gets.
func (s *Server) check(a *authorization, query params) *oauthError {
	scope, known := parseScope(query.get("scope"))
	setDefault(&scope, a.client.Scope)
	a.scope, a.challenge = scope, query.get("code_challenge")
	method := query.get("code_challenge_method")
	switch {
	case query.repeats():
		return invalidRequest("a parameter is repeated")
	case query.has("request"):
		return &oauthError{code: "request_not_supported", description: "request objects are not supported"}
	case query.has("request_uri"):
		return &oauthError{code: "request_uri_not_supported", description: "request objects are not supported"}
	case !query.has("response_type"):
		return invalidRequest("response_type is missing: it has to be code")
	case query.get("response_type") != "code":
		return &oauthError{code: "unsupported_response_type", description: "response_type has to be code"}
	case query.has("response_mode") && query.get("response_mode") != "query":
		return invalidRequest("response_mode has to be query")
	case !known:
		return &oauthError{code: "invalid_scope", description: "scope has to be " + list(Scopes())}
	case !a.client.Scope.covers(scope):
		return &oauthError{code: "invalid_scope", description: "the client may have the scope " + string(a.client.Scope) + " only"}
	case !s.isOurs(query):
		return invalidTarget()
	case a.challenge == "" && method != "":
		return invalidRequest("code_challenge_method without code_challenge")
	case a.challenge == "" && !a.client.PKCEOptional:
		return invalidRequest("code_challenge is missing: the client has to use PKCE (RFC 7636)")
	case a.challenge != "" && method != "S256":
		return invalidRequest("code_challenge_method has to be S256")
	case a.challenge != "" && !challengeForm().MatchString(a.challenge):
		return invalidRequest("code_challenge has to be 43 characters of base64url")
	}
	return nil
}

// isOurs reports whether every resource that a token is meant for (RFC 8707) is at this
// server. Without one it is.
func (s *Server) isOurs(p params) bool {
	for _, resource := range p.values["resource"] {
		rest, ok := strings.CutPrefix(resource, s.cfg.Issuer)
		if !ok || rest != "" && rest[0] != '/' {
			return false
		}
	}
	return true
}

func invalidTarget() *oauthError {
	return &oauthError{code: "invalid_target", description: "resource is not at this server"}
}

// refuseAuthorization sends an error to the client, or shows it here if a is nil.
func (s *Server) refuseAuthorization(w http.ResponseWriter, r *http.Request, a *authorization, err error) {
	e := s.asOAuthError(r, err)
	if a != nil {
		s.redirect(w, a, url.Values{"error": {e.code}, "error_description": {e.description}})
		return
	}
	s.showProblem(w, r, e)
}

// redirect sends the browser to the client, RFC 6749 §4.1.2 and RFC 9207 §2. The status makes
// every browser use GET, RFC 9700 §4.12.
func (s *Server) redirect(w http.ResponseWriter, a *authorization, response url.Values) {
	response.Set("iss", s.cfg.Issuer)
	if a.state != "" {
		response.Set("state", a.state)
	}
	w.Header().Set("Location", withQuery(a.redirectURI, response))
	w.WriteHeader(http.StatusSeeOther)
}

// decide takes what the user chose on the consent page.
func (s *Server) decide(w http.ResponseWriter, r *http.Request, a *authorization, user User, query params) {
	forged := &oauthError{status: http.StatusForbidden, code: "invalid_request", description: "the form is not from this page, or is too old: go back and begin again"}
	if s.forms.Check(r) != nil {
		s.showProblem(w, r, forged)
		return
	}
	form, refusal := readForm(w, r)
	if refusal != nil {
		s.showProblem(w, r, refusal)
		return
	}
	if !equal([]byte(form.get(FieldToken)), []byte(formToken(user, query))) {
		s.showProblem(w, r, forged)
		return
	}
	if form.get(FieldDecision) != DecisionAllow {
		s.redirect(w, a, url.Values{"error": {"access_denied"}, "error_description": {"the user refused"}})
		return
	}
	code, err := s.issueCode(r.Context(), a, user)
	if err != nil {
		s.refuseAuthorization(w, r, nil, err)
		return
	}
	s.redirect(w, a, url.Values{"code": {code}})
}

// issueCode stores and returns an authorization code.
func (s *Server) issueCode(ctx context.Context, a *authorization, user User) (string, error) {
	code := newSecret("")
	_, err := s.on("authorize").exec(ctx, `INSERT INTO postern_auth_codes
		(hash, client, user_id, user_name, redirect_uri, redirect_sent, challenge, scope, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, {now} + $9)`,
		hashOf(code), a.client.ID, user.ID, user.Name, a.redirectURI, a.redirectSent, a.challenge, string(a.scope), s.cfg.CodeTTL.Milliseconds())
	return code, err
}
