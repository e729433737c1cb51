package connection

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

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// maxAnswer bounds the answer of an authorization server.
const maxAnswer = 1 << 20

// wire is the way to one connection's authorization server. It authenticates the
// client, sends exactly one request to exactly one endpoint, follows nothing, and
// never quotes what comes back.
type wire struct {
	conn      *connection
	egress    *egress.Client
	discovery *discovery
	accepted  atomic.Int32 // index of the client secret that the server took last
	nonces    nonces       // of the authorization server and the APIs
}

func newWire(c *connection, e *egress.Client) *wire {
	return &wire{conn: c, egress: e, discovery: newDiscovery(c, e)}
}

// tokenError is why no credential could be had. The reason has no Op: the same
// failure may end several operations.
type tokenError struct {
	reason      hostapi.Error
	code        string        // of RFC 6749 §5.2, see standardCode; "" if it is not clear
	guessed     bool          // the code is what the refusal means most likely, and no more
	transient   bool          // the endpoint refused, and may answer otherwise later
	needsReauth bool          // trying again cannot help: something must be changed
	retryAfter  time.Duration // how long the server wants not to be asked; 0: it did not say

	// rotated is the refresh token of an answer that is of no use otherwise. The one
	// that was sent may be void by now, RFC 6749 §6.
	rotated secret
}

func (e *tokenError) Error() string { return e.reason.Error() }

// call is one request to an endpoint.
type call struct {
	*wire
	key      string // such as "token_endpoint"
	endpoint *url.URL
	audience string     // of a client assertion
	secret   secret     // of the client
	proofKey privateKey // that the token is to be bound to; nil: none

	grantType string // of a token request, whatever is sent as its name

	sent   url.Values // what was sent last
	sentAt time.Time  // and when: what is issued lives from then on, at the latest
}

// begin returns the call of the endpoint of that name.
func (w *wire) begin(ctx context.Context, key string) (*call, error) {
	m, err := w.discovery.get(ctx)
	if err != nil {
		return nil, err
	}
	if p, bad := m.bad[key]; bad {
		return nil, w.discovery.unusable(key, p)
	}
	endpoint := m.endpoints[key]
	if endpoint == nil {
		return nil, &tokenError{needsReauth: true, reason: hostapi.Error{
			Code: hostapi.CodeConfig, Name: w.conn.name, Message: "the connection has no " + key, Hint: "write " + key + ", or issuer if the server publishes it",
		}}
	}
	c := &call{wire: w, key: key, endpoint: endpoint, audience: m.issuer}
	if token := m.endpoints["token_endpoint"]; c.audience == "" && token != nil {
		c.audience = token.String() // RFC 7523 §3: either names the server
	}
	return c, nil
}

// exchange asks for a token with the params of a grant, bound to a key unless that
// is nil. Where the client has several secrets, which happens while one is replaced
// by another, a server that does not know the client by one is asked with the next.
func (w *wire) exchange(ctx context.Context, key privateKey, params url.Values) (*oauth2.Token, error) {
	endpoint, grantType := "token_endpoint", params.Get("grant_type")
	if grantType == grantRefresh && w.conn.endpoints["refresh_endpoint"] != nil {
		endpoint = "refresh_endpoint"
	}
	c, err := w.begin(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	c.proofKey, c.grantType = key, grantType
	secrets := w.conn.clientSecrets
	first := int(w.accepted.Load())
	for i := range max(1, len(secrets)) {
		index := 0
		if len(secrets) > 0 {
			index = (first + i) % len(secrets)
			c.secret = secrets[index]
		}
		var token *oauth2.Token
		if token, err = c.exchange(ctx, params); err == nil {
			w.accepted.Store(int32(index))
			return token, nil
		}
		if f, ok := errors.AsType[*tokenError](err); !ok || f.code != "invalid_client" {
			break
		}
	}
	return nil, err
}

// exchange makes the token request with params, RFC 6749 §3.2.
func (c *call) exchange(ctx context.Context, params url.Values) (*oauth2.Token, error) {
	params = maps.Clone(params)
	c.conn.addTokenParams(params, c.grantType)
	r, err := c.insist(ctx, params)
	if err != nil {
		return nil, err
	}
	return c.token(r)
}

// send sends params to the endpoint and returns what it answers. The error is a
// *tokenError.
func (c *call) send(ctx context.Context, params url.Values) (*reply, error) {
	request, err := c.request(ctx, params)
	if err != nil {
		return nil, err
	}
	c.sent, c.sentAt = params, time.Now()
	response, err := c.egress.RoundTrip(request, c.conn.endpointRules(request.Method, c.endpoint))
	if err != nil {
		return nil, c.unreachable(ctx, "cannot be reached", err)
	}
	defer response.Body.Close() //nolint:errcheck // the body has been read or given up
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	r := &reply{status: response.StatusCode, header: response.Header, body: body}
	switch {
	case err != nil:
		return nil, c.rotated(r, c.unreachable(ctx, "closed the connection mid-response", err))
	case len(body) > maxAnswer:
		return nil, c.rotated(r, c.fail(hostapi.CodeConnection, false, "is "+c.key+" right?", "sent more than 1 MiB"))
	case response.StatusCode >= 300 && response.StatusCode <= 399:
		// Following it would hand the client's secret to whoever it names.
		return nil, c.fail(hostapi.CodeConnection, true, "write the URL it redirects to as "+c.key+", if that is the right one",
			"answered with a redirect (%d), which is never followed", response.StatusCode)
	}
	if c.proofKey != nil {
		c.nonces.note(c.endpoint, response.Header)
	}
	r.answer = parseAnswer(body)
	return r, nil
}

// request returns the request that carries params and proves the client.
func (c *call) request(ctx context.Context, params url.Values) (*http.Request, error) {
	header := http.Header{"Accept": {"application/json"}}
	method, form := http.MethodPost, c.conn.tokenBody
	if c.grantType != "" && c.conn.tokenMethod == http.MethodGet {
		method, form = http.MethodGet, bodyQuery
	}
	if err := authenticate(c.conn, header, params, c.secret, c.audience); err != nil {
		return nil, c.fail(hostapi.CodeConnection, true, signingHint(c.conn.authMethod), "cannot be asked: the client's assertion cannot be signed")
	}
	if c.proofKey != nil {
		text, err := proof(c.proofKey, method, c.endpoint, c.nonces.get(c.endpoint), "")
		if err != nil {
			return nil, c.fail(hostapi.CodeInternal, false, "", "cannot be asked: the proof cannot be signed")
		}
		header.Set("DPoP", text)
	}
	target, body, contentType := *c.endpoint, []byte(params.Encode()), "application/x-www-form-urlencoded"
	raw := c.conn.bodyFor(c.grantType)
	switch {
	case raw != nil:
		var odd string
		if !params.Has("client_id") {
			params.Set("client_id", c.conn.clientID)
		}
		if body, odd = raw.fill(params); odd != "" {
			return nil, c.fail(hostapi.CodeConfig, true, "", "cannot be asked: the value of {%s} cannot be written in the body of the request", odd)
		}
		contentType = raw.contentType
	case form == bodyJSON:
		var err error
		if body, err = jsonParams(c.conn, params); err != nil {
			return nil, err
		}
		contentType = "application/json"
	case form == bodyQuery:
		if target.RawQuery != "" {
			target.RawQuery += "&"
		}
		target.RawQuery += string(body)
		body, contentType = nil, ""
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, c.fail(hostapi.CodeConnection, true, "", "cannot be asked")
	}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	for name, values := range c.conn.tokenHeaders {
		setHeader(header, name, values[0].reveal())
	}
	request.Header = header
	return request, nil
}

// jsonParams returns params as a JSON object: one that is repeated, or a list in
// the file, as a list.
func jsonParams(c *connection, params url.Values) ([]byte, error) {
	object := make(map[string]any, len(params))
	for name, values := range params {
		if object[name] = values; len(values) == 1 && !slices.Contains(c.listParams, name) {
			object[name] = values[0]
		}
	}
	return json.Marshal(object)
}

func (c *call) fail(code hostapi.Code, needsReauth bool, hint, format string, args ...any) *tokenError {
	what := strings.ReplaceAll(strings.TrimSuffix(c.key, "_endpoint"), "_", " ") + " endpoint "
	return &tokenError{
		reason: hostapi.Error{
			Code: code, Name: c.conn.name, Hint: hint, Message: what + c.endpoint.Host + " " + fmt.Sprintf(format, args...),
		},
		needsReauth: needsReauth,
	}
}

func (c *call) hint(code string) string {
	switch code {
	case "invalid_client":
		text := fmt.Sprintf("check client_id, client_secret and token_endpoint_auth_method (now %s)", c.conn.authMethod)
		pair := c.conn.clientID + c.secret.reveal()
		if c.conn.authMethod == authBasic && c.conn.basicEncoding == basicForm && url.QueryEscape(pair) != pair {
			text += `; a server that does not decode them needs basic_encoding = "raw"`
		}
		return text
	case "invalid_grant":
		switch c.grantType {
		case grantCode:
			return "the server does not accept the code that it has just issued: check redirect_uri and pkce, and begin again"
		case grantDevice:
			return "the server does not accept the device code that it issued: begin again"
		}
		return c.conn.grant.check
	case "unauthorized_client", "unsupported_grant_type":
		return fmt.Sprintf("the server does not let this client use grant %q", c.conn.grant.name)
	case "invalid_scope":
		return "check scopes"
	case "invalid_target":
		return "check resource and audience"
	}
	return ""
}

// errServerTime is the cause of the end of a context that ended because the timeout
// of the connection was over, and not for a reason of the caller.
var errServerTime = errors.New("the timeout of the connection is over")

// Bounded returns ctx with the timeout of the connection, if it has one.
func (w *wire) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	c := w.conn
	if c.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.timeout, errServerTime)
}

// endOf tells why there is no answer after ctx has ended, to be said of a server.
func endOf(ctx context.Context, c *connection) hostapi.Error {
	code, cause := hostapi.CodeOf(ctx.Err()), context.Cause(ctx)
	switch {
	case cause == errServerTime: //nolint:errorlint // this very error
		return hostapi.Error{Code: hostapi.CodeNetwork, Message: fmt.Sprintf("did not answer within %s", c.timeout)}
	case code == hostapi.CodeCanceled && hostapi.CodeOf(cause) != hostapi.CodeTimeout:
		return hostapi.Error{Code: code, Message: "had not answered when the call was cancelled", Cause: ctx.Err()}
	}
	return hostapi.Error{Code: hostapi.CodeTimeout, Message: "had not answered when the time of the call was over", Cause: ctx.Err()}
}

// late is the failure of a request whose context has ended.
func (c *call) late(ctx context.Context) *tokenError {
	why := endOf(ctx, c.conn)
	f := c.fail(why.Code, false, "", "%s", why.Message)
	f.reason.Cause = why.Cause
	return f
}

// unreachable is the failure for a request that err, of egress, left without a
// whole response.
func (c *call) unreachable(ctx context.Context, what string, err error) *tokenError {
	if ctx.Err() != nil {
		return c.late(ctx)
	}
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return c.fail(hostapi.CodeNetwork, false, "", "%s", what)
	}
	f := c.fail(e.Code, e.Code == hostapi.CodeDenied, e.Hint, "%s: %s", what, e.Message)
	f.reason.Cause = panicIn(e)
	return f
}

// panicIn returns the cause of e if it is a panic. Other causes are not repeated: their
// text may hold a URL.
func panicIn(e *hostapi.Error) error {
	if p, ok := errors.AsType[*hostapi.PanicError](e); ok {
		return p
	}
	return nil
}
