package connection_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/internal/testservers"
	"github.com/postern-dev/postern/store"
)

// authServer is a third-party authorization server.
type authServer struct {
	name  string
	start func(testing.TB) (*testservers.AuthServer, bool)
}

func oidcProvider() authServer { return authServer{"oidc-provider", testservers.OIDCProvider} }
func glewlwyd() authServer     { return authServer{"glewlwyd", testservers.Glewlwyd} }

// against runs a test of that name with each of the servers.
func against(t *testing.T, name string, test func(*testing.T, *testservers.AuthServer), servers ...authServer) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		for _, p := range servers {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				if s, ok := p.start(t); ok {
					test(t, s)
				}
			})
		}
	})
}

// decodesBasic reports whether a server form-decodes Basic credentials, RFC 6749
// §2.3.1.
func decodesBasic(s *testservers.AuthServer) bool { return s.Authority != nil }

// redirectURI has no listener: a test reads the callback itself.
const redirectURI = "http://127.0.0.1:9/callback"

// oauthClient is a client registered for one test, with its credentials.
type oauthClient struct {
	server     *testservers.AuthServer
	id, secret string
	method     string            // token_endpoint_auth_method
	grants     []string          // grant_type, the first being that of the connection
	more       map[string]any    // further metadata, RFC 7591 §2
	toml       string            // further keys of the connection
	env        map[string]string // further secrets
	dir        string            // of files
	hosts      string            // where the token may go; default that of the server

	transport recorder
}

// register registers c for its grants.
func (c *oauthClient) register(t *testing.T) *oauthClient {
	t.Helper()
	if c.method == "" {
		c.method = "client_secret_basic"
	}
	metadata := map[string]any{"token_endpoint_auth_method": c.method, "grant_types": c.grants, "redirect_uris": []string{}, "response_types": []string{}}
	if c.grants[0] == "authorization_code" {
		metadata["redirect_uris"], metadata["response_types"] = []string{redirectURI}, []string{"code"}
	}
	for name, v := range c.more {
		metadata[name] = v
	}
	c.id, c.secret = c.server.Register(t, metadata)
	return c
}

// grantName is the name of a grant_type in a file.
func grantName(grantType string) string {
	name := grantType[strings.LastIndexByte(grantType, ':')+1:]
	return strings.ReplaceAll(name, "-", "_")
}

// parse reads a file with the client as its only connection, crm.
func (c *oauthClient) parse(t *testing.T) (*connection.Set, error) {
	t.Helper()
	text := fmt.Sprintf("[connections.crm]\ngrant = %q\nissuer = %q\nclient_id = %q\ntoken_endpoint_auth_method = %q\nhosts = [%q]\n",
		grantName(c.grants[0]), c.server.Issuer, c.id, c.method, cmp.Or(c.hosts, host(t, c.server.Issuer)))
	if strings.HasPrefix(c.method, "client_secret_") {
		text += "client_secret = \"env:SECRET\"\n"
	}
	env := map[string]string{"SECRET": c.secret}
	for name, v := range c.env {
		env[name] = v
	}
	return connection.Parse("oauth.toml", []byte(text+c.toml), connection.ParseOptions{Dir: c.dir, LookupEnv: lookup(env)})
}

// connect returns a manager with that connection.
func (c *oauthClient) connect(t *testing.T, cfg connection.Config) *connection.Manager {
	t.Helper()
	set, err := c.parse(t)
	if err != nil {
		t.Fatal(err)
	}
	config := set.Egress()
	if !strings.Contains(c.toml, "tls = ") { // which a transport would have to know
		config.Transport = &c.transport
	}
	cfg.Set, cfg.Egress = set, egress.New(config)
	t.Cleanup(cfg.Egress.Close)
	m, err := connection.NewManager(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// give authorizes the connection as the user.
func (c *oauthClient) give(t *testing.T, m *connection.Manager) {
	t.Helper()
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Redeem(t.Context(), a, c.server.Agree(t, a.URL)); err != nil {
		t.Fatal(err)
	}
}

// host returns the host:port of a URL.
func host(t *testing.T, rawURL string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// recorder is the network, and records the requests.
type recorder struct {
	mu       sync.Mutex
	requests []tokenRequest
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := checkBody(request); err != nil {
		return nil, err
	}
	sent := tokenRequest{path: request.URL.Path, header: request.Header.Clone(), query: request.URL.Query()}
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		sent.body = string(text)
		sent.params, _ = url.ParseQuery(sent.body)
	}
	r.mu.Lock()
	r.requests = append(r.requests, sent)
	r.mu.Unlock()
	return network.RoundTrip(request)
}

// network is the transport of egress without its checks.
var network = &http.Transport{MaxIdleConnsPerHost: 64} //nolint:gochecknoglobals // connections of all tests

// tokens returns the requests so far to the token endpoint.
func (r *recorder) tokens() []tokenRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []tokenRequest
	for _, request := range r.requests {
		if strings.HasSuffix(request.path, "/token") {
			list = append(list, request)
		}
	}
	return list
}

// endpoint returns the value at a path of the server's metadata.
func endpoint(t *testing.T, s *testservers.AuthServer, names ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Issuer+"/.well-known/openid-configuration", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_, v := fetch(t, network, r)
	for _, name := range names {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	text, _ := v.(string)
	return text
}

// fetch sends r and returns the status and JSON of the response.
func fetch(t *testing.T, transport http.RoundTripper, r *http.Request) (status int, v any) {
	t.Helper()
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(body, &v) // a refusal may have no body
	return response.StatusCode, v
}

// userinfo requests the userinfo endpoint of an OpenID Connect provider with a script.
// It returns the status, and whether the user was named.
func userinfo(t *testing.T, m *connection.Manager, target string) (status int, told bool) {
	t.Helper()
	engine, task := newTask(t, m, askAPI, "crm")
	task.Data = map[string]any{"q_url": target}
	result, err := engine.Run(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	answered, _ := result.Data["q_status"].(float64)
	body, _ := result.Data["q_body"].(string)
	var claims struct {
		Subject string `json:"sub"`
	}
	_ = json.Unmarshal([]byte(body), &claims) // a refusal may have no body
	return int(answered), claims.Subject != ""
}

// openStore returns an empty store.
func openStore(t *testing.T) *store.Store {
	t.Helper()
	return openStoreAt(t, "sqlite:"+filepath.Join(t.TempDir(), "postern.db"))
}

// openStoreAt opens the store at that URL.
func openStoreAt(t *testing.T, url string) *store.Store {
	t.Helper()
	key, err := store.ParseKey("vKxT0o5pJ5mZ0m0r1C8yJw7l3m7J8o4G0m3n9Zy3b1E=")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{URL: url, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// held returns the record of crm in a store.
func held(t *testing.T, s connection.Store) *connection.Record {
	t.Helper()
	record, err := s.Load(t.Context(), connection.Key{Connection: "crm"})
	if err != nil || record == nil {
		t.Fatalf("Load = %v, %v", record, err)
	}
	return record
}

// hold stores the record of crm as if its access token had expired.
func hold(t *testing.T, s connection.Store, record *connection.Record) {
	t.Helper()
	expired := *record
	expired.Expiry = time.Now().Add(-time.Minute)
	if err := s.Put(t.Context(), connection.Key{Connection: "crm"}, &expired); err != nil {
		t.Fatal(err)
	}
}
