package connection

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

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
	return &wire{conn: c, egress: e, discovery: &discovery{conn: c, egress: e}}
}

// tokenError is why no credential could be had. The reason has no Op: the same
// failure may end several operations.
type tokenError struct {
	reason      hostapi.Error
	code        string        // of RFC 6749 §5.2, if the server gave one
	guessed     bool          // the server gave no code: that is what its status means, most likely
	needsReauth bool          // trying again cannot help: somebody must change something
	retryAfter  time.Duration // how long the server wants not to be asked; 0: it did not say
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
}

// begin returns the call of the endpoint of that name.
func (w *wire) begin(ctx context.Context, key string) (*call, error) {
	m, err := w.discovery.get(ctx)
	if err != nil {
		return nil, err
	}
	endpoint := m.endpoint(key)
	if endpoint == nil {
		return nil, &tokenError{needsReauth: true, reason: hostapi.Error{
			Code: hostapi.CodeConfig, Name: w.conn.name, Message: "the connection has no " + key, Hint: "write " + key + ", or issuer if the server publishes it",
		}}
	}
	c := &call{wire: w, key: key, endpoint: endpoint, audience: m.issuer}
	if token := m.endpoint("token_endpoint"); c.audience == "" && token != nil {
		c.audience = token.String() // RFC 7523 §3: either names the server
	}
	return c, nil
}

// exchange asks for a token with the params of a grant, bound to a key unless that
// is nil. Where the client has several secrets, which happens while one is replaced
// by another, a server that does not know the client by one is asked with the next.
func (w *wire) exchange(ctx context.Context, key privateKey, params url.Values) (*oauth2.Token, error) {
	endpoint, grantType := "token_endpoint", params.Get("grant_type")
	if grantType == "refresh_token" && w.conn.endpoints["refresh_endpoint"] != nil {
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

// exchange has x/oauth2 ask. With no id and no secret its style adds nothing to
// the params: the client is authenticated below it.
func (c *call) exchange(ctx context.Context, params url.Values) (*oauth2.Token, error) {
	config := clientcredentials.Config{
		TokenURL: c.endpoint.String(), EndpointParams: params, AuthStyle: oauth2.AuthStyleInParams,
	}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport:     c,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	return token, c.explain(ctx, err)
}

// RoundTrip implements [http.RoundTripper] under x/oauth2. It hands back nothing
// but a token answer in canonical form: what the endpoint says otherwise becomes a
// failure here, so that x/oauth2 never quotes it.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	params, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, err
	}
	c.conn.addTokenParams(params, c.grantType)
	answered, err := c.insist(r.Context(), params)
	if err != nil {
		return nil, err
	}
	canonical, err := c.token(answered)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(canonical)),
		ContentLength: int64(len(canonical)),
		Request:       r,
	}, nil
}

// send sends params to the endpoint and returns what it answers. The error is a
// *tokenError.
func (c *call) send(ctx context.Context, params url.Values) (*reply, error) {
	request, err := c.request(ctx, params)
	if err != nil {
		return nil, err
	}
	response, err := c.egress.RoundTrip(request, c.conn.endpointRules(http.MethodPost, c.endpoint))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer response.Body.Close() //nolint:errcheck // the body has been read or given up
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.unreachable(ctx, err)
	case len(body) > maxAnswer:
		return nil, c.fail(hostapi.CodeConnection, false, "is "+c.key+" right?", "sent more than 1 MiB")
	case response.StatusCode >= 300 && response.StatusCode <= 399:
		// Following it would hand the client's secret to whoever it names.
		return nil, c.fail(hostapi.CodeConnection, true, "write the URL it redirects to as "+c.key+", if that is the right one",
			"answered with a redirect (%d), which is never followed", response.StatusCode)
	}
	if c.proofKey != nil {
		c.nonces.note(c.endpoint, response.Header)
	}
	return &reply{response.StatusCode, response.Header, parseAnswer(body)}, nil
}

// The forms in which parameters are sent. RFC 6749 knows the first.
const (
	bodyForm  = "form"
	bodyJSON  = "json"
	bodyQuery = "query"
)

// request returns the request that carries params and proves the client.
func (c *call) request(ctx context.Context, params url.Values) (*http.Request, error) {
	header := http.Header{"Accept": {"application/json"}}
	if err := c.conn.authenticate(header, params, c.secret, c.audience); err != nil {
		return nil, c.fail(hostapi.CodeConnection, true, signingHint(c.conn.authMethod), "cannot be asked: the client's assertion cannot be signed")
	}
	if c.proofKey != nil {
		text, err := proof(c.proofKey, http.MethodPost, c.endpoint, c.nonces.get(c.endpoint), "")
		if err != nil {
			return nil, c.fail(hostapi.CodeInternal, false, "", "cannot be asked: the proof cannot be signed")
		}
		header.Set("DPoP", text)
	}
	target, body, contentType := *c.endpoint, []byte(params.Encode()), "application/x-www-form-urlencoded"
	switch c.conn.tokenBody {
	case bodyJSON:
		var err error
		if body, err = c.conn.jsonParams(params); err != nil {
			return nil, err
		}
		contentType = "application/json"
	case bodyQuery:
		if target.RawQuery != "" {
			target.RawQuery += "&"
		}
		target.RawQuery += string(body)
		body, contentType = nil, ""
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
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
func (c *connection) jsonParams(params url.Values) ([]byte, error) {
	object := make(map[string]any, len(params))
	for name, values := range params {
		if object[name] = values; len(values) == 1 && !slices.Contains(c.listParams, name) {
			object[name] = values[0]
		}
	}
	return json.Marshal(object)
}

// token returns a token answer in canonical form, or why it is none.
func (c *call) token(r *reply) ([]byte, error) {
	if r.refused() {
		f := c.refused(r)
		if c.grantType == "refresh_token" && r.status == http.StatusBadRequest && f.code == "" {
			// RFC 6749 §5.2 wants a code here, and some servers leave it out.
			f.code, f.guessed, f.reason.Hint = "invalid_grant", true, c.hint("invalid_grant")
		}
		return nil, f
	}
	canonical := r.answer.canonical(c.conn.response)
	token, _ := canonical["access_token"].(string)
	tokenType, _ := canonical["token_type"].(string)
	switch {
	case token == "":
		return nil, c.fail(hostapi.CodeConnection, false, "if the token stands elsewhere in the answer, say where with response", "answered %d without an access token", r.status)
	case !isHeaderText(token):
		return nil, c.fail(hostapi.CodeConnection, false, "", "sent an access token with a control character in it")
	case c.proofKey == nil && (strings.EqualFold(tokenType, "DPoP") || strings.EqualFold(tokenType, "mac")):
		// Such a token is not accepted as a bearer token, RFC 9449 §7.
		return nil, c.fail(hostapi.CodeConnection, true, "add dpop = true, or register the client for bearer tokens", "issued a token that is not a bearer token")
	case c.proofKey != nil && !strings.EqualFold(tokenType, "DPoP"):
		// RFC 9449 §5: it is not bound to the key.
		return nil, c.fail(hostapi.CodeConnection, true, "remove dpop = true if the server does not know DPoP", "issued a token that is bound to no key")
	}
	text, err := json.Marshal(canonical)
	if err != nil {
		return nil, c.fail(hostapi.CodeConnection, false, "", "sent an answer that cannot be read")
	}
	return text, nil
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

// refused is the failure for an error answer, RFC 6749 §5.2. It tells the code
// and never the description, which may repeat what was sent.
func (c *call) refused(r *reply) *tokenError {
	code := r.answer.errorCode()
	if c.conn.holds(code) {
		code = ""
	}
	transient := r.status >= 500 || r.status == http.StatusTooManyRequests || r.status == http.StatusRequestTimeout ||
		code == "temporarily_unavailable" || code == "server_error" || code == "slow_down"
	what, meant := fmt.Sprintf("answered %d %s", r.status, code), code
	if code == "" && (r.status == http.StatusUnauthorized || r.status == http.StatusForbidden) {
		meant = "invalid_client"
	}
	f := c.fail(hostapi.CodeConnection, !transient, c.hint(meant), "%s", strings.TrimSpace(what))
	if f.code, f.retryAfter = code, r.retryAfter(); f.retryAfter > 0 && f.reason.Hint == "" {
		f.reason.Hint = "it asks to be left alone for " + f.retryAfter.String()
	}
	return f
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

// unreachable is the failure for a request without an answer.
func (c *call) unreachable(ctx context.Context, err error) *tokenError {
	if ctx.Err() != nil {
		return c.fail(hostapi.CodeNetwork, false, "", "did not answer within %s", c.conn.timeout)
	}
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return c.fail(hostapi.CodeNetwork, false, "", "broke off its answer")
	}
	return c.fail(e.Code, e.Code == hostapi.CodeDenied, e.Hint, "cannot be reached: %s", e.Message)
}

// explain returns the tokenError inside an error of x/oauth2, whose own text and
// wrapping repeat URLs and bodies.
func (c *call) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*tokenError](err); ok {
		return f
	}
	if ctx.Err() != nil {
		return c.unreachable(ctx, err)
	}
	return c.fail(hostapi.CodeConnection, false, "", "sent an answer that cannot be read")
}
