package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// idp is an authorization server together with its users. The script sets their behaviour
// with "idp MODE…":
//
//	deny      the user denies the authorization
//	stray     another page calls the callback first, with another state
//	other     another server responds: iss differs
//	silent    the user does nothing
//	slow      with the device they are not quick
//	plain     it issues no refresh tokens
//	late      it takes a moment to answer a refresh, and makes the file "asked" when it begins
//	revoked   no code and no refresh token is good any more
//	inactive  no access token is active but those it issues from now on
//	forbidden the client may not introspect
//
// Without any it issues what it is asked for. Every secret of it has SEKRET in it.
type idp struct {
	url string

	asked string // path of a file

	mu       sync.Mutex
	modes    []string
	issued   int
	before   int                   // issued when it was last told how to go on
	attempts map[string]url.Values // authorization requests by code
	polls    int                   // of the device
	requests map[string]int        // by path
}

func (p *idp) is(mode string) bool { return slices.Contains(p.modes, mode) }

// idpConfig are connections of the server. $TLS is another address of it.
const idpConfig = `[connections.crm]
grant = "authorization_code"
authorization_endpoint = "$IDP/authorize"
token_endpoint = "$IDP/token"
introspection_endpoint = "$IDP/introspect"
revocation_endpoint = "$IDP/revoke"
token_endpoint_auth_method = "none"
client_id = "me"
scopes = ["read", "write"]
hosts = ["$HOST"]

[connections."plain one"]
grant = "authorization_code"
authorization_endpoint = "$IDP/authorize"
token_endpoint = "$IDP/token"
token_endpoint_auth_method = "none"
client_id = "me"
redirect_uri = "http://localhost/back?x=1"

[connections.tv]
grant = "device_code"
device_authorization_endpoint = "$IDP/device"
token_endpoint = "$IDP/token"
token_endpoint_auth_method = "none"
client_id = "me"

[connections.robot]
grant = "client_credentials"
token_endpoint = "$IDP/token"
client_id = "me"
client_secret = "env:ROBOT_SECRET"

# The certificate is from an unknown authority.
[connections.'intranet'] # its own authority
grant = "client_credentials"
token_endpoint = "$TLS/token"
client_id = "me"
client_secret = "env:ROBOT_SECRET"

[connections.pat]
grant = "static"
token = "env:ROBOT_SECRET"
`

const idpStore = `
[store]
url = "sqlite:postern.db"
key = "file:postern.key"
`

const idpMasterKey = "SEKRETSEKRETSEKRETSEKRETSEKRETSEKRETSEKRET0="

// cmdIDP starts the script's authorization server, at $IDP and with its
// certificate's fingerprint in $PIN, or says how it goes on. idp.toml has connections
// to it and a store, memory.toml the connections alone.
func cmdIDP(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: idp [MODE…]")
	}
	if p, ok := ts.Value(idpKey{}).(*idpSlot); ok && p.idp != nil {
		p.mu.Lock()
		p.modes, p.before = args, p.issued
		p.mu.Unlock()
		return
	}
	p := &idp{asked: ts.MkAbs("asked"), modes: args, attempts: make(map[string]url.Values), requests: make(map[string]int)}
	server := httptest.NewServer(p)
	ts.Defer(server.Close)
	p.url = server.URL
	secure := httptest.NewUnstartedServer(p)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it are to be expected
	secure.StartTLS()
	ts.Defer(secure.Close)
	sum := sha256.Sum256(secure.Certificate().Raw)
	ts.Setenv("IDP", server.URL)
	ts.Setenv("ROBOT_SECRET", "SEKRET-of-the-robot")
	ts.Setenv("PIN", hex.EncodeToString(sum[:]))
	ts.Setenv("PAGE", ts.MkAbs("page"))
	config := strings.NewReplacer("$IDP", server.URL, "$TLS", secure.URL, "$HOST", ts.Getenv("HOST")).Replace(idpConfig)
	renamed := strings.Replace(config+idpStore, "file:postern.key", "env:NEW_KEY", 1)
	strict := strings.Replace(config[:strings.Index(config, "\n\n")+1], "[connections.crm]", "[connections.strict]\nissuer = \""+server.URL+"\"", 1)
	taken := strings.Replace(config[:strings.Index(config, "\n\n")+1], "[connections.crm]", "[connections.taken]\nredirect_uri = \""+server.URL+"\"", 1)
	for name, content := range map[string]string{
		"idp.toml": config + idpStore, "memory.toml": config, "postern.key": idpMasterKey + "\n",
		"strict.toml": strict + idpStore, "taken.toml": taken + idpStore, "renamed.toml": renamed,
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(content), 0o600))
	}
	if slot, ok := ts.Value(idpKey{}).(*idpSlot); ok {
		slot.idp = p
	}
}

// idpKey is the key of a script's idpSlot, which is empty until there is a server.
type (
	idpKey  struct{}
	idpSlot struct{ *idp }
)

func (p *idp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests[r.URL.Path]++
	_ = r.ParseForm() // what is missing is refused below
	switch r.URL.Path {
	case "/.well-known/oauth-authorization-server":
		reply(w, 200, map[string]any{"issuer": p.url})
	case "/authorize":
		p.authorize(w, r)
	case "/token":
		p.token(w, r.PostForm)
	case "/device":
		p.polls = 0
		reply(w, 200, map[string]any{
			"device_code": "device-SEKRET", "user_code": "WDJB-MJHT", "interval": 1, "expires_in": 600,
			"verification_uri": p.url + "/go", "verification_uri_complete": p.url + "/go?user_code=WDJB-MJHT",
		})
	case "/go":
		_, _ = io.WriteString(w, "thank you")
	case "/introspect":
		if p.is("forbidden") {
			reply(w, 403, map[string]any{"error": "unauthorized_client"})
			return
		}
		active := r.PostForm.Get("token") == p.accessToken() && (!p.is("inactive") || p.issued > p.before)
		reply(w, 200, map[string]any{"active": active, "username": "ada", "scope": "read"})
	case "/revoke":
		w.WriteHeader(200)
	default:
		w.WriteHeader(404)
	}
}

func cmdAsked(ts *testscript.TestScript, neg bool, args []string) {
	slot, ok := ts.Value(idpKey{}).(*idpSlot)
	if neg || len(args) != 2 || !ok || slot.idp == nil {
		ts.Fatalf("usage: asked PATH N, after idp")
	}
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if got := strconv.Itoa(slot.requests[args[0]]); got != args[1] {
		ts.Fatalf("%s got %s requests, want %s", args[0], got, args[1])
	}
}

// accessToken returns the token that was issued last.
func (p *idp) accessToken() string { return fmt.Sprintf("access-SEKRET-%d", p.issued) }

func reply(w http.ResponseWriter, status int, v map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the scripts see what is missing
}

// authorize redirects the browser back, as the user and the server have decided.
func (p *idp) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	back := func(params url.Values) string {
		target, rest, _ := strings.Cut(asked.Get("redirect_uri"), "?")
		return target + "?" + strings.TrimPrefix(rest+"&", "&") + params.Encode()
	}
	code := "code-SEKRET-" + asked.Get("state")
	p.attempts[code] = asked
	answer := url.Values{"state": {asked.Get("state")}, "code": {code}}
	switch {
	case p.is("silent"):
		_, _ = io.WriteString(w, "please log in")
		return
	case p.is("deny"):
		answer = url.Values{"state": {asked.Get("state")}, "error": {"access_denied"}, "error_description": {"<script>alert(1)</script> no"}}
	case p.is("other"):
		answer.Set("iss", "https://evil.example")
	case p.is("stray"):
		p.modes = nil
		// What the browser does next is come here again, as if by itself.
		stray := back(url.Values{"state": {"guess"}, "code": {"x"}})
		fmt.Fprintf(w, "open %s\nopen %s\n", stray, back(answer))
		return
	}
	http.Redirect(w, r, back(answer), http.StatusFound)
}

func (p *idp) token(w http.ResponseWriter, form url.Values) {
	refuse := func(code string) { reply(w, 400, map[string]any{"error": code}) }
	switch form.Get("grant_type") {
	case "authorization_code":
		asked := p.attempts[form.Get("code")]
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if asked == nil || asked.Get("redirect_uri") != form.Get("redirect_uri") ||
			asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || p.is("revoked") {
			refuse("invalid_grant")
			return
		}
		delete(p.attempts, form.Get("code"))
	case "refresh_token":
		if p.is("revoked") || form.Get("refresh_token") != fmt.Sprintf("refresh-SEKRET-%d", p.issued) {
			refuse("invalid_grant")
			return
		}
		if p.is("late") {
			_ = os.WriteFile(p.asked, nil, 0o600) // the script waits for it
			defer func() {                        // what is written goes out afterwards
				p.mu.Unlock()
				defer p.mu.Lock()
				<-time.After(2500 * time.Millisecond)
			}()
		}
	case "urn:ietf:params:oauth:grant-type:device_code":
		p.polls++
		switch {
		case p.is("deny"):
			refuse("access_denied")
			return
		case p.is("silent") || p.is("slow") && p.polls == 1:
			refuse("authorization_pending")
			return
		}
	}
	p.issued++
	answer := map[string]any{"access_token": p.accessToken(), "token_type": "Bearer", "expires_in": 3600, "scope": "read"}
	if !p.is("plain") {
		answer["refresh_token"] = fmt.Sprintf("refresh-SEKRET-%d", p.issued)
	}
	reply(w, 200, answer)
}

// postern is the real command with a simulated browser: it follows redirects,
// opens what a page tells it to, and writes what it is shown into the file $PAGE.
func postern() {
	env := environment()
	var browsers sync.RWMutex // held by each for reading; one may begin when the command ends
	env.OpenBrowser = func(ctx context.Context, url string) error {
		if os.Getenv("NO_BROWSER") != "" {
			return fmt.Errorf("there is none here")
		}
		browsers.RLock()
		defer browsers.RUnlock()
		return visit(ctx, url)
	}
	status := run(env)
	browsers.Lock() // waits for those that are open; the process ends
	os.Exit(status)
}

func visit(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	var client http.Client
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close() // it has been read
	if err != nil {
		return err
	}
	page := fmt.Appendf(nil, "%s\n%s\n%s\n", response.Status, response.Header.Get("Content-Security-Policy"), body)
	if file, err := os.OpenFile(os.Getenv("PAGE"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		_, err = file.Write(page)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	for line := range strings.Lines(string(body)) {
		if next, ok := strings.CutPrefix(strings.TrimSpace(line), "open "); ok {
			if err := visit(ctx, next); err != nil {
				return err
			}
		}
	}
	return nil
}
