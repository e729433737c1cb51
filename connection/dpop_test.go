package connection_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
)

const dpopTOML = clientTOML + "client_secret = \"env:S\"\ndpop = true\nsealed_in = [\"query:access_token\"]\nhosts = [\"api.example.com\"]\n"

// proof is the content of a DPoP header, RFC 9449 §4.2.
type proof struct {
	ID     string `json:"jti"`
	Method string `json:"htm"`
	Target string `json:"htu"`
	Issued int64  `json:"iat"`
	Token  string `json:"ath"`
	Nonce  string `json:"nonce"`

	key string // thumbprint
}

// readProof checks the signature of the one proof in a header.
func readProof(t *testing.T, header http.Header) proof {
	t.Helper()
	values := header.Values("DPoP")
	if len(values) != 1 {
		t.Fatalf("%d proofs, want 1", len(values))
	}
	parsed, err := jwt.ParseSigned(values[0], []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	h := parsed.Headers[0]
	if h.ExtraHeaders["typ"] != "dpop+jwt" || h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() {
		t.Fatalf("header %+v: want the type and a public key", h)
	}
	var p proof
	if err := parsed.Claims(h.JSONWebKey.Key, &p); err != nil {
		t.Fatal(err)
	}
	sum, err := h.JSONWebKey.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	p.key = base64.RawURLEncoding.EncodeToString(sum)
	return p
}

// boundServer issues bound tokens, and is an API that accepts them.
type boundServer struct {
	server
	nonce   string // that proofs must have; "" for none
	picky   bool   // no proof is good enough
	tokens  string // token_type
	refresh string // refresh_token
}

func (s *boundServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.answer = func(sent tokenRequest) (int, string) {
		if s.nonce != "" {
			w.Header().Set("DPoP-Nonce", s.nonce)
			var p proof
			parsed, err := jwt.ParseSigned(sent.header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
			if err == nil {
				err = parsed.UnsafeClaimsWithoutVerification(&p)
			}
			switch {
			case err == nil && p.Nonce == s.nonce && !s.picky:
			case sent.path == "/token":
				return http.StatusBadRequest, `{"error":"use_dpop_nonce"}`
			default:
				w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce", algs="ES256"`)
				return http.StatusUnauthorized, ""
			}
		}
		switch sent.path {
		case "/token":
			return http.StatusOK, fmt.Sprintf(`{"access_token":"bound-%d","token_type":%q,"refresh_token":%q,"expires_in":60}`, len(s.all()), s.tokens, s.refresh)
		case "/moved":
			w.Header().Set("Location", "/here?page=2")
			return http.StatusTemporaryRedirect, ""
		case "/away":
			w.Header().Set("Location", "https://other.example.com/there")
			return http.StatusTemporaryRedirect, ""
		}
		return http.StatusOK, ""
	}
	s.server.ServeHTTP(w, r)
}

func (s *boundServer) last() tokenRequest {
	all := s.all()
	return all[len(all)-1]
}

// send sends a request to the API of crm.
func send(t *testing.T, m *connection.Manager, req *hostapi.Request) int {
	t.Helper()
	grant := &hostapi.Grant{
		Connections: []string{"crm"}, Limits: hostapi.DefaultLimits(), Allow: []hostapi.Rule{{Host: "other.example.com"}},
	}
	got, err := m.Do(t.Context(), grant, req)
	if err != nil {
		t.Fatal(err)
	}
	return got.Status
}

func TestDPoPProofs(t *testing.T) {
	t.Parallel()
	s := &boundServer{tokens: "DPoP"}
	m := manage(t, s, map[string]string{"S": "hunter2"}, dpopTOML, nil)
	got := token(t, m, "crm")
	if got.TokenType != "DPoP" {
		t.Errorf("token type %q", got.TokenType)
	}
	asked := readProof(t, s.last().header)
	if asked.Method != "POST" || asked.Target != "https://id.example.com/token" || asked.Token != "" || time.Since(time.Unix(asked.Issued, 0)) > time.Minute {
		t.Errorf("proof of the token request: %+v", asked)
	}
	sum := sha256.Sum256([]byte(got.AccessToken()))
	standIn, err := m.OAuth2Token(t.Context(), &hostapi.Grant{Connections: []string{"crm"}}, "crm")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{asked.ID: true}
	for _, tt := range []struct {
		req    hostapi.Request
		target string // "": without token and proof
	}{
		{hostapi.Request{Method: "GET", URL: "https://api.example.com", AuthSetting: "crm"}, "https://api.example.com/"},
		{hostapi.Request{Method: "PUT", URL: "https://api.example.com/a%2Fb?q=1#f", AuthSetting: "crm", Body: []byte("x")}, "https://api.example.com/a%2Fb"},
		{hostapi.Request{Method: "GET", URL: "https://api.example.com/", Bearer: standIn}, "https://api.example.com/"},
		{hostapi.Request{Method: "POST", URL: "https://api.example.com/moved", AuthSetting: "crm", Body: []byte("x")}, "https://api.example.com/here"},
		{hostapi.Request{Method: "GET", URL: "https://api.example.com/away", AuthSetting: "crm"}, ""},
	} {
		if status := send(t, m, &tt.req); status != http.StatusOK {
			t.Errorf("%s answered %d", tt.req.URL, status)
		}
		r := s.last()
		if tt.target == "" {
			if r.path != "/there" || r.header.Get("Authorization") != "" || r.header.Get("DPoP") != "" {
				t.Errorf("another host got %s with %v", r.path, r.header)
			}
			continue
		}
		if credential := r.header.Values("Authorization"); len(credential) != 1 || credential[0] != "DPoP "+got.AccessToken() {
			t.Errorf("%s: Authorization %q", tt.req.URL, credential)
		}
		p := readProof(t, r.header)
		if p.Method != tt.req.Method || p.Target != tt.target || p.Token != base64.RawURLEncoding.EncodeToString(sum[:]) || p.key != asked.key {
			t.Errorf("%s: proof %+v, want one for %s with the key of the token request", tt.req.URL, p, tt.target)
		}
		if seen[p.ID] {
			t.Errorf("%s: jti %s was used before", tt.req.URL, p.ID)
		}
		seen[p.ID] = true
	}
	// A token in a parameter has no proof: the API must refuse it.
	send(t, m, &hostapi.Request{Method: "GET", URL: "https://api.example.com/?access_token=" + standIn})
	if r := s.last(); r.header.Get("DPoP") != "" {
		t.Error("a proof goes with a token in a parameter")
	}
}

// The key lives as long as its tokens, and no other connection uses it.
func TestDPoPKey(t *testing.T) {
	t.Parallel()
	s, db := &boundServer{tokens: "DPoP", refresh: "r"}, openStore(t)
	toml := strings.Replace(codeTOML, "audience", "dpop = true\naudience", 1)
	connect := func() *connection.Manager {
		return manage(t, s, map[string]string{"S": "hunter2"}, toml, db)
	}
	keys := make([]string, 2)
	for i := range keys {
		m := connect()
		a, err := m.Authorize(t.Context(), "crm", redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}}); err != nil {
			t.Fatal(err)
		}
		keys[i] = readProof(t, s.last().header).key
		if announced := query(t, a.URL).Get("dpop_jkt"); announced != keys[i] {
			t.Errorf("the code is bound to %q, the proof has %q", announced, keys[i])
		}
		hold(t, db, held(t, db))
		token(t, connect(), "crm")
		if r := s.last(); r.params.Get("grant_type") != "refresh_token" || readProof(t, r.header).key != keys[i] {
			t.Errorf("renewed with %s and key %s, want %s", r.params.Get("grant_type"), readProof(t, r.header).key, keys[i])
		}
	}
	if keys[0] == keys[1] {
		t.Error("two grants have the same key")
	}
	if text := fmt.Sprintf("%v %+v %#v", held(t, db).Scopes, token(t, connect(), "crm"), connect()); strings.Contains(text, "PrivateKey") {
		t.Errorf("the key is in %s", text)
	}
}

// A server that requires a nonce gets it in a second request, and there is no third.
func TestDPoPNonce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &boundServer{tokens: "DPoP", nonce: "n1"}
		m := manage(t, s, map[string]string{"S": "hunter2"}, dpopTOML, nil)
		use := func(wantTokens, wantAPI int) {
			t.Helper()
			before := len(s.all())
			if status := send(t, m, &hostapi.Request{Method: "POST", URL: "https://api.example.com/x", AuthSetting: "crm", Body: []byte("body")}); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
			tokens, api := 0, 0
			for _, r := range s.all()[before:] {
				if r.path == "/token" {
					tokens++
				} else if api++; r.body != "body" {
					t.Errorf("body %q", r.body)
				}
			}
			if tokens != wantTokens || api != wantAPI {
				t.Errorf("%d token requests and %d to the API, want %d and %d", tokens, api, wantTokens, wantAPI)
			}
		}
		use(2, 2)
		use(0, 1) // it is known by now
		s.nonce = "n2"
		use(0, 2)
		advance(t, time.Minute)
		use(2, 1) // the API's is, the token endpoint's not
		advance(t, time.Minute)
		use(1, 1)

		s.picky = true
		before := len(s.all())
		if status := send(t, m, &hostapi.Request{Method: "GET", URL: "https://api.example.com/x", AuthSetting: "crm"}); status != http.StatusUnauthorized {
			t.Errorf("status %d of an API that takes no proof, want 401", status)
		}
		if n := len(s.all()) - before; n > 4 {
			t.Errorf("%d requests for an API that takes no proof", n)
		}
		advance(t, 2*time.Minute)
		before = len(s.all())
		_, err := m.Token(t.Context(), "crm", 0)
		if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 400 use_dpop_nonce") || len(s.all())-before != 2 {
			t.Errorf("a token endpoint that takes no proof: %v after %d requests, want 2", err, len(s.all())-before)
		}
	})
}

func TestDPoPIsNotGivenUp(t *testing.T) {
	t.Parallel()
	m := manage(t, &boundServer{tokens: "Bearer"}, map[string]string{"S": "hunter2"}, dpopTOML, nil)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.HasSuffix(e.Message, "issued a token that is not bound to a key") || e.Hint != "remove dpop = true if the server does not know DPoP" {
		t.Errorf("error %v, hint %q", err, e.Hint)
	}
	for _, tt := range []struct{ toml, want string }{
		{strings.Replace(dpopTOML, "sealed_in", "#", 1) + "sealed = false\n", "needs sealed tokens"},
		{dpopTOML + "header = { name = \"X-Api-Key\" }\n", "has no effect with dpop = true"},
		{"[connections.crm]\ngrant = \"static\"\ntoken = \"env:S\"\ndpop = true\n", `has no effect with grant "static"`},
	} {
		_, err := connection.Parse("oauth.toml", []byte(tt.toml), connection.ParseOptions{LookupEnv: lookup(map[string]string{"S": "s"})})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
}

// A server that checks proofs, wants nonces, and binds refresh tokens too.
func TestAuthServerDPoP(t *testing.T) {
	t.Parallel()
	against(t, "code", testDPoP, oidcProvider())
}

func testDPoP(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	for _, method := range []string{"client_secret_basic", "none"} {
		t.Run(method, func(t *testing.T) { t.Parallel(); testDPoPAs(t, s, method) })
	}
}

func testDPoPAs(t *testing.T, s *testservers.AuthServer, method string) {
	t.Helper()
	c := &oauthClient{
		server: s, grants: []string{"authorization_code", "refresh_token"}, method: method,
		more: map[string]any{"dpop_bound_access_tokens": true}, toml: "scopes = [\"openid\"]\ndpop = true\n",
	}
	db, api := openStore(t), endpoint(t, s, "userinfo_endpoint")
	m := c.register(t).connect(t, connection.Config{Store: db})
	c.give(t, m)
	// The other manager does not know a nonce yet, which must not cause a new token.
	before := len(c.transport.tokens())
	for _, m := range []*connection.Manager{m, c.connect(t, connection.Config{Store: db})} {
		if status, told := userinfo(t, m, api); status != http.StatusOK || !told {
			t.Errorf("the API answered %d, want 200 and the user", status)
		}
	}
	if requests := len(c.transport.tokens()) - before; requests != 0 {
		t.Errorf("%d token requests, want none", requests)
	}
	// The token alone is useless.
	for _, scheme := range []string{"Bearer ", "DPoP "} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", scheme+token(t, m, "crm").AccessToken())
		if status, _ := fetch(t, network, r); status == http.StatusOK {
			t.Errorf("%s without a proof is good enough: is the token bound?", scheme)
		}
	}
	for range 2 {
		hold(t, db, held(t, db))
		m := c.connect(t, connection.Config{Store: db})
		if status, told := userinfo(t, m, api); status != http.StatusOK || !told {
			t.Errorf("after a restart the API answered %d, want 200", status)
		}
	}
}
