// Package oauthclient sends a request to an endpoint of an authorization server and
// interprets the response: RFC 6749 and its extensions. It authenticates the client,
// finds endpoints (RFC 8414), signs DPoP proofs (RFC 9449), and accepts responses of
// servers that follow the standards loosely. It keeps no token, and its errors never
// quote what was sent or received.
package oauthclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// maxResponse bounds a response of an authorization server, in bytes.
const maxResponse = 1 << 20

// Client is the OAuth client of one connection. It authenticates itself, follows no
// redirect, and never quotes a response.
type Client struct {
	conn      *oauthtoml.Connection
	Egress    *egress.Client
	Discovery *discovery
	accepted  atomic.Int32 // index of the client secret that the server accepted last
	Nonces    nonces       // of the authorization server and the APIs
}

// New returns the client of a connection. It sends requests through e.
func New(c *oauthtoml.Connection, e *egress.Client) *Client {
	return &Client{conn: c, Egress: e, Discovery: newDiscovery(c, e)}
}

// Error says why there is no token or no response. Err has no Op: the same failure may
// end several operations.
type Error struct {
	Err         hostapi.Error // for the user; it holds no secret
	Code        string        // of RFC 6749 §5.2, see standardCode; "": unknown
	Guessed     bool          // Code is only the most likely meaning of the refusal
	NeedsReauth bool          // a retry cannot help: a user or operator has to act

	// Rotated is the refresh token of an otherwise unusable response. The one that was
	// sent may be invalid by now, RFC 6749 §6.
	Rotated secret.Text
}

func (e *Error) Error() string { return e.Err.Error() }

// call is one request to an endpoint.
type call struct {
	*Client
	key      string // such as "token_endpoint"
	endpoint *url.URL
	audience string      // of a client assertion
	secret   secret.Text // of the client
	proofKey secret.Key  // that the token will be bound to; nil: none

	grantType string // of a token request, even if another name is sent

	sent   url.Values // parameters of the last request
	sentAt time.Time  // time of that request: the lifetime of a token is counted from it
}

// begin returns a call to the endpoint of that name.
func (client *Client) begin(ctx context.Context, key string) (*call, error) {
	m, err := client.Discovery.Get(ctx)
	if err != nil {
		return nil, err
	}
	if p, bad := m.bad[key]; bad {
		return nil, client.Discovery.unusable(key, p)
	}
	endpoint := m.endpoints[key]
	if endpoint == nil {
		return nil, &Error{NeedsReauth: true, Err: hostapi.Error{
			Code: hostapi.CodeConfig, Name: client.conn.Name, Message: "the connection has no " + key, Hint: "write " + key + ", or issuer if the server publishes it",
		}}
	}
	c := &call{Client: client, key: key, endpoint: endpoint, audience: m.Issuer}
	if token := m.endpoints["token_endpoint"]; c.audience == "" && token != nil {
		c.audience = token.String() // RFC 7523 §3: the issuer or this identifies the server
	}
	return c, nil
}

// Exchange requests a token with the parameters of a grant, RFC 6749 §3.2, bound to a
// key unless that is nil. If the client has several secrets, which is the case while
// one replaces another, a server that does not accept one is sent the next.
func (client *Client) Exchange(ctx context.Context, key secret.Key, params url.Values) (*oauth2.Token, error) {
	endpoint, grantType := "token_endpoint", params.Get("grant_type")
	if grantType == oauthtoml.GrantRefresh && client.conn.Endpoints["refresh_endpoint"] != nil {
		endpoint = "refresh_endpoint"
	}
	c, err := client.begin(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	c.proofKey, c.grantType = key, grantType
	secrets := client.conn.ClientSecrets
	first := int(client.accepted.Load())
	for i := range max(1, len(secrets)) {
		index := 0
		if len(secrets) > 0 {
			index = (first + i) % len(secrets)
			c.secret = secrets[index]
		}
		var token *oauth2.Token
		if token, err = c.exchange(ctx, params); err == nil {
			client.accepted.Store(int32(index))
			return token, nil
		}
		if f, ok := errors.AsType[*Error](err); !ok || f.Code != "invalid_client" {
			break
		}
	}
	return nil, err
}

// exchange makes one token request, RFC 6749 §3.2.
func (c *call) exchange(ctx context.Context, params url.Values) (*oauth2.Token, error) {
	params = maps.Clone(params)
	c.conn.AddTokenParams(params, c.grantType)
	r, err := c.sendWithRetry(ctx, params)
	if err != nil {
		return nil, err
	}
	return c.token(r)
}

// send sends params to the endpoint and returns the response. The error is an [Error].
func (c *call) send(ctx context.Context, params url.Values) (*response, error) {
	request, err := c.request(ctx, params)
	if err != nil {
		return nil, err
	}
	c.sent, c.sentAt = params, time.Now()
	received, err := c.Egress.RoundTrip(request, c.conn.EndpointRules(request.Method, c.endpoint))
	if err != nil {
		return nil, c.unreachable(ctx, "cannot be reached", err)
	}
	defer received.Body.Close() //nolint:errcheck // the body has been read or abandoned
	body, err := io.ReadAll(io.LimitReader(received.Body, maxResponse+1))
	r := &response{status: received.StatusCode, header: received.Header, body: body}
	switch {
	case err != nil:
		return nil, c.withRotated(r, c.unreachable(ctx, "closed the connection mid-response", err))
	case len(body) > maxResponse:
		return nil, c.withRotated(r, c.fail(hostapi.CodeConnection, false, "is "+c.key+" right?", "sent more than 1 MiB"))
	case received.StatusCode >= 300 && received.StatusCode <= 399:
		// Following it would send the client's secret to another server.
		return nil, c.fail(hostapi.CodeConnection, true, "write the URL it redirects to as "+c.key+", if that is the right one",
			"answered with a redirect (%d), which is never followed", received.StatusCode)
	}
	if c.proofKey != nil {
		c.Nonces.Note(c.endpoint, received.Header)
	}
	r.object = ParseObject(body)
	return r, nil
}

// request returns the request with params and the client's authentication.
func (c *call) request(ctx context.Context, params url.Values) (*http.Request, error) {
	header := http.Header{"Accept": {"application/json"}}
	method, form := http.MethodPost, c.conn.TokenBody
	if c.grantType != "" && c.conn.TokenMethod == http.MethodGet {
		method, form = http.MethodGet, oauthtoml.BodyQuery
	}
	if err := authenticate(c.conn, header, params, c.secret, c.audience); err != nil {
		return nil, c.fail(hostapi.CodeConnection, true, signingHint(c.conn.AuthMethod), "cannot be called: the client's assertion cannot be signed")
	}
	if c.proofKey != nil {
		text, err := Proof(c.proofKey, method, c.endpoint, c.Nonces.Get(c.endpoint), "")
		if err != nil {
			return nil, c.fail(hostapi.CodeInternal, false, "", "cannot be called: the proof cannot be signed")
		}
		header.Set("DPoP", text)
	}
	target, body, contentType := *c.endpoint, []byte(params.Encode()), "application/x-www-form-urlencoded"
	raw := c.conn.BodyFor(c.grantType)
	switch {
	case raw != nil:
		var odd string
		if !params.Has("client_id") {
			params.Set("client_id", c.conn.ClientID)
		}
		if body, odd = raw.Fill(params); odd != "" {
			return nil, c.fail(hostapi.CodeConfig, true, "", "cannot be called: the value of {%s} cannot be written in the body of the request", odd)
		}
		contentType = raw.ContentType
	case form == oauthtoml.BodyJSON:
		var err error
		if body, err = jsonParams(c.conn, params); err != nil {
			return nil, err
		}
		contentType = "application/json"
	case form == oauthtoml.BodyQuery:
		if target.RawQuery != "" {
			target.RawQuery += "&"
		}
		target.RawQuery += string(body)
		body, contentType = nil, ""
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, c.fail(hostapi.CodeConnection, true, "", "cannot be called")
	}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	for name, values := range c.conn.TokenHeaders {
		oauthtoml.SetHeader(header, name, values[0].Reveal())
	}
	request.Header = header
	return request, nil
}

// jsonParams returns params as a JSON object. A parameter that is repeated, or a list
// in the file, is an array.
func jsonParams(c *oauthtoml.Connection, params url.Values) ([]byte, error) {
	object := make(map[string]any, len(params))
	for name, values := range params {
		if object[name] = values; len(values) == 1 && !slices.Contains(c.ListParams, name) {
			object[name] = values[0]
		}
	}
	return json.Marshal(object)
}

func (c *call) fail(code hostapi.Code, needsReauth bool, hint, format string, args ...any) *Error {
	what := strings.ReplaceAll(strings.TrimSuffix(c.key, "_endpoint"), "_", " ") + " endpoint "
	return &Error{
		Err: hostapi.Error{
			Code: code, Name: c.conn.Name, Hint: hint, Message: what + c.endpoint.Host + " " + fmt.Sprintf(format, args...),
		},
		NeedsReauth: needsReauth,
	}
}

func (c *call) hint(code string) string {
	switch code {
	case "invalid_client":
		text := fmt.Sprintf("check client_id, client_secret and token_endpoint_auth_method (now %s)", c.conn.AuthMethod)
		pair := c.conn.ClientID + c.secret.Reveal()
		if c.conn.AuthMethod == oauthtoml.AuthBasic && c.conn.BasicEncoding == oauthtoml.BasicForm && url.QueryEscape(pair) != pair {
			text += `; a server that does not decode them needs basic_encoding = "raw"`
		}
		return text
	case "invalid_grant":
		switch c.grantType {
		case oauthtoml.GrantCode:
			return "the server does not accept the code that it has just issued: check redirect_uri and pkce, and begin again"
		case oauthtoml.GrantDevice:
			return "the server does not accept the device code that it issued: begin again"
		}
		return c.conn.Grant.Check
	case "unauthorized_client", "unsupported_grant_type":
		return fmt.Sprintf("the server does not let this client use grant %q", c.conn.Grant.Name)
	case "invalid_scope":
		return "check scopes"
	case "invalid_target":
		return "check resource and audience"
	}
	return ""
}

// errConnectionTimeout is the cause of a context that ended at the timeout of the
// connection rather than for a reason of the caller.
var errConnectionTimeout = errors.New("the timeout of the connection has passed")

// WithTimeout returns ctx with the timeout of the connection, if it has one.
func (client *Client) WithTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	c := client.conn
	if c.Timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.Timeout, errConnectionTimeout)
}

// contextFailure is the reason why ctx ended before there was a response; its message
// follows the name of a server.
func contextFailure(ctx context.Context, c *oauthtoml.Connection) hostapi.Error {
	code, cause := hostapi.CodeOf(ctx.Err()), context.Cause(ctx)
	switch {
	case cause == errConnectionTimeout: //nolint:errorlint // it is never wrapped
		return hostapi.Error{Code: hostapi.CodeNetwork, Message: fmt.Sprintf("did not respond within %s", c.Timeout)}
	case code == hostapi.CodeCanceled && hostapi.CodeOf(cause) != hostapi.CodeTimeout:
		return hostapi.Error{Code: code, Message: "had not responded when the call was cancelled", Cause: limit.Cause(ctx)}
	}
	return hostapi.Error{Code: hostapi.CodeTimeout, Message: "had not responded when the deadline of the call passed", Cause: limit.Cause(ctx)}
}

// contextEnded is the error of a request whose context has ended.
func (c *call) contextEnded(ctx context.Context) *Error {
	why := contextFailure(ctx, c.conn)
	f := c.fail(why.Code, false, "", "%s", why.Message)
	f.Err.Cause = why.Cause
	return f
}

// unreachable is the error of a request that failed with err, of egress, before its
// response was complete.
func (c *call) unreachable(ctx context.Context, what string, err error) *Error {
	if ctx.Err() != nil {
		return c.contextEnded(ctx)
	}
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return c.fail(hostapi.CodeNetwork, false, "", "%s", what)
	}
	f := c.fail(e.Code, e.Code == hostapi.CodeDenied, e.Hint, "%s: %s", what, e.Message)
	f.Err.Cause = panicIn(e)
	return f
}

// panicIn returns the cause of e if it is a panic. Other causes are dropped, since
// their text may contain a URL.
func panicIn(e *hostapi.Error) error {
	if p, ok := errors.AsType[*hostapi.PanicError](e); ok {
		return p
	}
	return nil
}
