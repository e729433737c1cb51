package connection

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Preview is a request that a connection would send to its authorization server, with
// placeholders in place of secrets.
type Preview struct {
	Endpoint string // such as "token_endpoint"
	Method   string
	URL      string
	Header   http.Header // without basic authentication
	Body     string

	// Params are the parameters of Body, or of the query of URL if Body is empty. Nil if
	// Body is JSON or set by token_request, and for the authorization endpoint, which a
	// browser opens.
	Params url.Values

	Username, Password string // of basic authentication
	FormEncoded        bool   // Username is form-encoded, and Password must be, RFC 6749 §2.3.1

	Placeholders []Placeholder // those in the request
}

// Placeholder replaces a secret in a [Preview].
type Placeholder struct {
	Text string // in the request: letters, digits and _, which no encoding changes
	Name string // for a variable, such as "CLIENT_SECRET"

	Key   string // of the connection that has the secret, such as "client_secret"; "": none
	Param string // in the table at Key, such as token_params; "": Key is not a table
	Index int    // among several values

	// Signed is the header and claims of a JWT that the secret signs; "" if the request
	// has the secret itself.
	Signed string

	About string // further explanation; may be empty
}

// Preview returns the requests that would get the named connection its first token, in
// order and built by the code that sends them. It sends none of them, except that with
// issuer it fetches the server's metadata. Values that differ each time, such as state,
// are examples, consistent across the requests. There are none for a connection whose
// credential is in oauth.toml.
func (m *Manager) Preview(ctx context.Context, name, redirectURI string) ([]Preview, error) {
	const op = "preview"
	e, err := m.peek(ctx, m.now(), op, name)
	if err != nil {
		return nil, err
	}
	if e.conn.Grant.Static {
		return nil, nil
	}
	d := new(dryRun)
	masked, err := d.mask(e.conn)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Name: name, Message: "no example of a key can be made", Cause: err}
	}
	manager, err := NewManager(Config{
		Set: &Set{oauthtoml.File{Connections: map[string]*oauthtoml.Connection{masked.Name: masked}}}, Egress: egress.New(egress.Config{Transport: d}),
	})
	if err != nil {
		return nil, err
	}
	copied, err := manager.entry(ctx, manager.now(), op, masked.Name)
	if err != nil {
		return nil, err
	}
	copied.client.Discovery = e.client.Discovery
	if err := d.run(ctx, manager, copied, redirectURI); err != nil {
		return nil, err
	}
	return d.requests, nil
}

// dryRun is a network for tests of a connection: it records requests, and responds as
// an authorization server that accepts them.
type dryRun struct {
	conn         *oauthtoml.Connection // with placeholders for secrets
	placeholders []Placeholder
	endpoint     string // of the next request
	requests     []Preview
}

// run makes the requests that a first token takes.
func (r *dryRun) run(ctx context.Context, m *Manager, e *entry, redirectURI string) error {
	name := e.conn.Name
	if !e.conn.Grant.Interactive {
		r.endpoint = "token_endpoint"
		_, err := m.Token(ctx, name, 0)
		return err
	}
	if e.conn.Grant.Name == "device_code" {
		r.endpoint = "device_authorization_endpoint"
		d, err := m.AuthorizeDevice(ctx, name)
		if err != nil {
			return err
		}
		r.endpoint, d.interval = "token_endpoint", 0
		return m.AwaitDevice(ctx, d)
	}
	r.endpoint = "pushed_authorization_request_endpoint"
	a, err := m.Authorize(ctx, name, redirectURI)
	if err != nil {
		return err
	}
	r.record(Preview{Endpoint: "authorization_endpoint", Method: http.MethodGet, URL: a.URL})
	r.endpoint = "token_endpoint"
	code := r.placeholder(Placeholder{Name: "CODE", About: "of the callback, the URL that the server sends the browser back to"})
	return m.Redeem(ctx, a, url.Values{"state": {a.state}, "iss": {a.issuer}, "code": {code}})
}

// RoundTrip implements [http.RoundTripper].
func (r *dryRun) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}
	p := Preview{Endpoint: r.endpoint, Method: request.Method, URL: request.URL.String(), Header: request.Header.Clone(), Body: string(body)}
	if user, password, ok := request.BasicAuth(); ok {
		p.Username, p.Password = user, password
		p.FormEncoded = r.conn.BasicEncoding != oauthtoml.BasicRaw
		p.Header.Del("Authorization")
	}
	switch {
	case r.endpoint == "token_endpoint" && r.conn.TokenRequest != nil: // shown as it is
	case p.Body == "":
		p.Params = request.URL.Query()
	case r.conn.TokenBody == oauthtoml.BodyForm:
		p.Params, _ = url.ParseQuery(p.Body) // it was encoded just now
	}
	r.hideSigned(&p)
	r.record(p)
	response, err := json.Marshal(r.response())
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: request,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(response)),
	}, nil
}

// response is the response of the current endpoint.
func (r *dryRun) response() map[string]any {
	const above = "of the response to the request above"
	switch r.endpoint {
	case "pushed_authorization_request_endpoint":
		return map[string]any{"request_uri": r.placeholder(Placeholder{Name: "REQUEST_URI", About: "request_uri " + above})}
	case "device_authorization_endpoint":
		return map[string]any{
			"device_code": r.placeholder(Placeholder{Name: "DEVICE_CODE", About: "device_code " + above}),
			"user_code":   "EXAMPLE", "verification_uri": "https://example.com/", "interval": 1, "expires_in": 600,
		}
	}
	tokenType := "Bearer"
	if r.conn.DPoP {
		tokenType = "DPoP"
	}
	return map[string]any{"access_token": "example", "token_type": tokenType, "expires_in": 3600}
}

// record adds a request with the placeholders that occur in it.
func (r *dryRun) record(p Preview) {
	text := fmt.Sprint(p.URL, p.Header, p.Body, p.Username, p.Password)
	for _, placeholder := range r.placeholders {
		if strings.Contains(text, placeholder.Text) {
			p.Placeholders = append(p.Placeholders, placeholder)
		}
	}
	r.requests = append(r.requests, p)
}

// placeholder returns the text of a new placeholder, long enough for a key and unique.
func (r *dryRun) placeholder(p Placeholder) string {
	p.Text = "placeholder_" + rand.Text()
	r.placeholders = append(r.placeholders, p)
	return p.Text
}

// mask returns the connection with placeholders in place of its secrets, and without
// its network settings.
func (r *dryRun) mask(c *oauthtoml.Connection) (*oauthtoml.Connection, error) {
	masked := *c
	hide := func(s secret.Text, key string) secret.Text {
		if s == nil {
			return nil
		}
		return secret.New(r.placeholder(Placeholder{Name: strings.ToUpper(key), Key: key}))
	}
	if len(c.ClientSecrets) > 0 {
		masked.ClientSecrets = []secret.Text{hide(c.ClientSecrets[0], "client_secret")}
	}
	masked.Password, masked.SubjectToken = hide(c.Password, "password"), hide(c.SubjectToken, "subject_token")
	if c.SecretUsername != nil {
		masked.SecretUsername = hide(c.SecretUsername, "username")
		masked.Username = masked.SecretUsername.Reveal()
	}
	masked.TokenParams = r.maskExtra(c, "token_params", c.TokenParams)
	masked.RefreshExtra = nil
	masked.TokenHeaders = r.maskExtra(c, "token_headers", c.TokenHeaders)
	masked.ExtraSecrets = nil
	masked.TLS, masked.Proxy = nil, nil
	masked.Response = oauthtoml.Paths{AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresIn: "expires_in", ExpiresUnit: oauthtoml.UnitSeconds}
	var err error
	if c.PrivateKey != nil {
		masked.PrivateKey, err = exampleKey(c.PrivateKey)
	}
	r.conn = &masked
	return r.conn, err
}

// maskExtra returns the table at key with placeholders for its secrets.
func (r *dryRun) maskExtra(c *oauthtoml.Connection, key string, values oauthtoml.Extra) oauthtoml.Extra {
	masked := make(oauthtoml.Extra, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list := values[name]
		masked[name] = slices.Clone(list)
		for i, v := range list {
			if !slices.ContainsFunc(c.ExtraSecrets, func(s secret.Text) bool { return s.Reveal() == v.Reveal() }) || v == nil {
				continue
			}
			variable := variableName(key + "_" + name)
			if i > 0 {
				variable += fmt.Sprintf("_%d", i+1)
			}
			for slices.ContainsFunc(r.placeholders, func(p Placeholder) bool { return p.Name == variable }) {
				variable += "_" // parameters whose names differ only in special characters
			}
			masked[name][i] = secret.New(r.placeholder(Placeholder{Name: variable, Key: key, Param: name, Index: i}))
		}
	}
	return masked
}

// variableName converts text to the name of a variable.
func variableName(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(text))
}

// exampleKey returns a new key of the same type.
func exampleKey(like secret.Key) (secret.Key, error) {
	var key crypto.Signer
	var err error
	if _, ok := like().(*ecdsa.PrivateKey); ok {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	return func() crypto.Signer { return key }, err
}

// hideSigned puts placeholders in place of what was signed with an example key.
func (r *dryRun) hideSigned(p *Preview) {
	key := "signing_key"
	if r.conn.AuthMethod == oauthtoml.AuthSecretJWT {
		key = "client_secret"
	}
	type signed struct{ name, text, key string }
	all := []signed{
		{"CLIENT_ASSERTION", p.sent("client_assertion"), key},
		{"ASSERTION", p.sent("assertion"), "signing_key"},
		{"DPOP_PROOF", p.Header.Get("DPoP"), ""},
	}
	if r.endpoint == "token_endpoint" && r.conn.TokenRequest != nil {
		for i, text := range jwtsIn(p.Body) {
			all = append(all, signed{fmt.Sprintf("ASSERTION_%d", i+1), text, key})
		}
	}
	for _, s := range all {
		if s.text == "" {
			continue
		}
		about := ""
		if s.key == "" {
			about = "the proof of the key that the token is to be bound to, RFC 9449 §4.2"
		}
		signed := signedPart(s.text, 0) + "." + signedPart(s.text, 1)
		p.replace(s.text, r.placeholder(Placeholder{Name: s.name, Key: s.key, Signed: signed, About: about}))
	}
}

// jwtsIn returns the JWTs in a body of token_request.
func jwtsIn(body string) []string {
	all := strings.FieldsFunc(body, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
	})
	return slices.DeleteFunc(all, func(text string) bool { return !strings.HasPrefix(text, "eyJ") || strings.Count(text, ".") != 2 })
}

// sent returns a parameter; "" if there is none.
func (p *Preview) sent(name string) string {
	if p.Params != nil {
		return p.Params.Get(name)
	}
	var object map[string]any
	_ = json.Unmarshal([]byte(p.Body), &object) // it was encoded just now
	text, _ := object[name].(string)
	return text
}

// replace replaces one text by another. No encoding changes either.
func (p *Preview) replace(old, text string) {
	p.URL, p.Body = strings.ReplaceAll(p.URL, old, text), strings.ReplaceAll(p.Body, old, text)
	for _, lists := range []map[string][]string{p.Header, p.Params} {
		for _, values := range lists {
			for i := range values {
				values[i] = strings.ReplaceAll(values[i], old, text)
			}
		}
	}
}

// signedPart returns a decoded part of a JWT, RFC 7519 §3.
func signedPart(text string, index int) string {
	part, _ := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[index]) // it was signed just now
	return string(part)
}
