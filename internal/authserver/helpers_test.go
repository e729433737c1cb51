package authserver_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// site is an authorization server and an API behind it, on loopback. The cookie "user" says
// who is signed in, and "session" is the secret of the session.
type site struct {
	*testing.T
	*authserver.Server

	db  *database.DB
	url string
}

// onEach runs test with a site on each kind of database.
func onEach(t *testing.T, config authserver.Config, test func(s *site)) {
	t.Helper()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		test(start(t, db, config))
	})
}

// start serves a site until the test ends.
func start(t *testing.T, db *database.DB, config authserver.Config) *site {
	t.Helper()
	mux := http.NewServeMux()
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	config.DB, config.Issuer = db, web.URL
	config.User = func(r *http.Request) (authserver.User, bool) {
		user, err := r.Cookie("user")
		session, missing := r.Cookie("session")
		if err != nil || missing != nil {
			return authserver.User{}, false
		}
		return authserver.User{ID: "id-of-" + user.Value, Name: user.Value, Session: session.Value}, true
	}
	config.SignIn = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/sign-in?to="+url.QueryEscape(r.URL.String()), http.StatusSeeOther)
	}
	server, err := authserver.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", server.Handler())
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		access, err := server.Authenticate(r.Context(), r)
		if e, ok := errors.AsType[*authserver.AccessError](err); ok {
			w.Header().Set("WWW-Authenticate", e.Challenge())
			http.Error(w, e.Error(), e.Status)
			return
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(access)
	})
	return &site{t, server, db, web.URL}
}

// callback is where clients take responses. Nothing listens there.
const callback = "https://app.example.com/callback?tenant=1"

const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	session   = "the secret of the session of alice"
)

// client is a registered client with its secret.
type client struct {
	authserver.Client
	secret string
}

// add registers a client with the callback, if settings have no other.
func (s *site) add(settings authserver.ClientSettings) client {
	s.Helper()
	if settings.Name == "" {
		settings.Name = "app"
	}
	if settings.RedirectURIs == nil {
		settings.RedirectURIs = []string{callback}
	}
	c, secret, err := s.CreateClient(s.Context(), settings)
	if err != nil {
		s.Fatal(err)
	}
	return client{c, secret}
}

// answer is a response of the server.
type answer struct {
	status int
	header http.Header
	body   string
}

// json decodes the body.
func (a answer) json() map[string]any {
	var object map[string]any
	_ = json.Unmarshal([]byte(a.body), &object)
	return object
}

func (a answer) text(name string) string {
	text, _ := a.json()[name].(string)
	return text
}

// location returns the URL of a redirect without its query, and the query.
func (a answer) location() (string, url.Values) {
	base, query, _ := strings.Cut(a.header.Get("Location"), "?")
	values, _ := url.ParseQuery(query)
	return base, values
}

// send sends a request, and follows no redirect.
func (s *site) send(method, target string, header http.Header, body string) answer {
	s.Helper()
	a, err := send(s.Context(), method, target, header, body)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func send(ctx context.Context, method, target string, header http.Header, body string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	maps.Copy(r.Header, header)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, errors.Join(err, response.Body.Close())
}

// signedIn are the headers of the browser of a user.
func signedIn(user string) http.Header {
	return http.Header{
		"Cookie":         {`user=` + user + `; session="` + session + `"`},
		"Sec-Fetch-Site": {"same-origin"},
	}
}

// request returns the URL of an authorization request of a client, with parameters changed or,
// if nil, removed.
func (s *site) request(c client, changes url.Values) string {
	values := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {c.RedirectURIs[0]}, "state": {"the state"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for name, value := range changes {
		if value == nil {
			values.Del(name)
		} else {
			values[name] = value
		}
	}
	return s.url + "/oauth2/authorize?" + values.Encode()
}

var formPattern = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)">\s*<input type="hidden" name="consent_token" value="([^"]*)">`)

// form returns the form of a consent page.
func (a answer) form() (action, token string, ok bool) {
	m := formPattern.FindStringSubmatch(a.body)
	if m == nil {
		return "", "", false
	}
	return html.UnescapeString(m[1]), html.UnescapeString(m[2]), true
}

// decide opens an authorization request as a user, and answers the consent page.
func (s *site) decide(user, request, decision string) answer {
	s.Helper()
	page := s.send(http.MethodGet, request, signedIn(user), "")
	action, token, ok := page.form()
	if !ok {
		s.Fatalf("no consent page: %d %s %s", page.status, page.header.Get("Location"), page.body)
	}
	return s.submit(user, action, url.Values{"consent_token": {token}, "decision": {decision}})
}

func (s *site) submit(user, action string, form url.Values) answer {
	s.Helper()
	header := signedIn(user)
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(http.MethodPost, s.url+action, header, form.Encode())
}

// code lets a user allow a client, and returns the code.
func (s *site) code(c client, user string, changes url.Values) string {
	s.Helper()
	a := s.decide(user, s.request(c, changes), "allow")
	_, query := a.location()
	if query.Get("code") == "" {
		s.Fatalf("no code: %d %s %s", a.status, a.header.Get("Location"), a.body)
	}
	return query.Get("code")
}

// post sends a form of a client to an endpoint.
func (s *site) post(c client, path string, form url.Values) answer {
	s.Helper()
	a, err := s.tryPost(c, path, form)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

// tryPost is post for another goroutine than that of the test.
func (s *site) tryPost(c client, path string, form url.Values) (answer, error) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	form = maps.Clone(form)
	if c.AuthMethod == authserver.AuthMethodBasic {
		text := url.QueryEscape(c.ID) + ":" + url.QueryEscape(c.secret)
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(text)))
	} else if !form.Has("client_id") {
		form.Set("client_id", c.ID)
		if c.secret != "" {
			form.Set("client_secret", c.secret)
		}
	}
	return send(s.Context(), http.MethodPost, s.url+path, header, form.Encode())
}

// redeem sends a token request for a code.
func (s *site) redeem(c client, code string) answer {
	s.Helper()
	return s.post(c, "/oauth2/token", redemption(c, code))
}

func redemption(c client, code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.RedirectURIs[0]}, "code_verifier": {verifier},
	}
}

func (s *site) refresh(c client, token string, scope ...string) answer {
	s.Helper()
	return s.post(c, "/oauth2/token", refreshing(token, scope...))
}

func refreshing(token string, scope ...string) url.Values {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	if len(scope) > 0 {
		form["scope"] = scope
	}
	return form
}

// login lets a user allow a client, and returns the tokens.
func (s *site) login(c client, user string) (access, refresh string) {
	s.Helper()
	a := s.redeem(c, s.code(c, user, nil))
	if a.status != http.StatusOK {
		s.Fatalf("no tokens: %d %s", a.status, a.body)
	}
	return a.text("access_token"), a.text("refresh_token")
}

// wants checks the status and the error of a response.
func (s *site) wants(what string, a answer, status int, code string) {
	s.Helper()
	if a.status != status || a.text("error") != code {
		s.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, code)
	}
}

// api calls the API with a token.
func (s *site) api(method, token string) answer {
	s.Helper()
	return s.send(method, s.url+"/api/things", http.Header{"Authorization": {"Bearer " + token}}, "")
}

// works checks whether the API accepts a token.
func (s *site) works(what, token string, want bool) {
	s.Helper()
	if a := s.api(http.MethodGet, token); (a.status == http.StatusOK) != want {
		s.Errorf("%s: the API responds with %d %s", what, a.status, a.body)
	}
}

// exec changes the database below the server.
func (s *site) exec(statement string) {
	s.Helper()
	if _, err := s.db.ExecContext(s.Context(), statement); err != nil {
		s.Fatalf("%s: %v", statement, err)
	}
}
