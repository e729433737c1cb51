package connection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// maxAnswer bounds the answer of a token endpoint.
const maxAnswer = 1 << 20

// wire is the [http.RoundTripper] under x/oauth2. It authenticates the client,
// sends exactly one request to exactly the token endpoint, and hands back
// nothing but a token answer in canonical form: what the endpoint says
// otherwise becomes a failure here, so that x/oauth2 never quotes it.
type wire struct {
	conn   *connection
	egress *egress.Client
}

// tokenError is why no credential could be had. The reason has no Op: the same
// failure may end several operations.
type tokenError struct {
	reason      hostapi.Error
	needsReauth bool // trying again cannot help: somebody must change something
}

func (e *tokenError) Error() string { return e.reason.Error() }

func (w *wire) fail(code hostapi.Code, needsReauth bool, hint, format string, args ...any) *tokenError {
	return &tokenError{
		reason: hostapi.Error{
			Code: code, Name: w.conn.name, Hint: hint,
			Message: "token endpoint " + w.conn.tokenEndpoint().Host + " " + fmt.Sprintf(format, args...),
		},
		needsReauth: needsReauth,
	}
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	request, err := w.request(r)
	if err != nil {
		return nil, err
	}
	endpoint := hostapi.OriginOf(w.conn.tokenEndpoint())
	// The operator wrote this endpoint down, so it may be at a private address:
	// a rule with a port says so to egress.
	response, err := w.egress.RoundTrip(request, []hostapi.Rule{{
		Methods: []string{http.MethodPost}, Scheme: endpoint.Scheme, Host: endpoint.Host, Port: endpoint.Port,
	}})
	if err != nil {
		return nil, w.unreachable(request.Context(), err)
	}
	defer response.Body.Close() //nolint:errcheck // the body has been read or given up
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, w.unreachable(request.Context(), err)
	case len(body) > maxAnswer:
		return nil, w.fail(hostapi.CodeConnection, false, "is token_endpoint right?", "sent more than 1 MiB")
	case response.StatusCode >= 300 && response.StatusCode <= 399:
		// Following it would hand the client's secret to whoever it names.
		return nil, w.fail(hostapi.CodeConnection, true, "write the URL it redirects to as token_endpoint, if that is the right one",
			"answered with a redirect (%d), which is never followed", response.StatusCode)
	}
	canonical, failed := w.read(response, body)
	if failed != nil {
		return nil, failed
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(canonical)),
		ContentLength: int64(len(canonical)),
		Request:       r,
	}, nil
}

// request returns r with the connection's own parameters and authentication,
// RFC 6749 §2.3. The client uses one method only, so a secret in the body goes
// without an Authorization header.
func (w *wire) request(r *http.Request) (*http.Request, error) {
	form, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	params := make(url.Values)
	for name, values := range w.conn.tokenParams {
		params[name] = values
	}
	request := r.Clone(r.Context())
	request.Header.Set("Accept", "application/json")
	id, password := w.conn.clientID, w.conn.clientSecret.reveal()
	switch w.conn.authMethod {
	case authPost:
		params.Set("client_id", id)
		params.Set("client_secret", password)
	case authNone:
		params.Set("client_id", id)
	default:
		if w.conn.basicEncoding != basicRaw {
			id, password = url.QueryEscape(id), url.QueryEscape(password)
		}
		request.SetBasicAuth(id, password)
	}
	if len(params) > 0 {
		form = append(append(form, '&'), params.Encode()...)
	}
	request.ContentLength = int64(len(form))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(form)), nil }
	request.Body, err = request.GetBody()
	return request, err
}

// read returns the token answer in canonical form, or why there is none.
func (w *wire) read(response *http.Response, body []byte) ([]byte, *tokenError) {
	a := parseAnswer(body)
	status := response.StatusCode
	if status < 200 || status > 299 || a.isError() {
		return nil, w.refused(status, a.errorCode())
	}
	token, _ := a["access_token"].(string)
	tokenType, _ := a["token_type"].(string)
	switch {
	case token == "":
		return nil, w.fail(hostapi.CodeConnection, false, "is token_endpoint right?", "answered %d without an access token", status)
	case !isHeaderText(token):
		return nil, w.fail(hostapi.CodeConnection, false, "", "sent an access token with a control character in it")
	case strings.EqualFold(tokenType, "DPoP"), strings.EqualFold(tokenType, "mac"):
		// Such a token is not accepted as a bearer token, RFC 9449 §7.
		return nil, w.fail(hostapi.CodeConnection, true, "register the client for bearer tokens", "issued a token that is not a bearer token")
	}
	canonical, err := a.canonical()
	if err != nil {
		return nil, w.fail(hostapi.CodeConnection, false, "", "sent an answer that cannot be read")
	}
	return canonical, nil
}

// refused is the failure for an error answer, RFC 6749 §5.2. It tells the code
// and never the description, which may repeat what was sent.
func (w *wire) refused(status int, code string) *tokenError {
	if code == "" || w.conn.holds(code) {
		transient := status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
		return w.fail(hostapi.CodeConnection, !transient, "", "answered %d", status)
	}
	transient := status >= 500 || code == "temporarily_unavailable" || code == "server_error" || code == "slow_down"
	return w.fail(hostapi.CodeConnection, !transient, w.hint(code), "answered %d %s", status, code)
}

func (w *wire) hint(code string) string {
	switch code {
	case "invalid_client":
		return fmt.Sprintf("check client_id, client_secret and token_endpoint_auth_method (now %s)", w.conn.authMethod)
	case "invalid_grant":
		return w.conn.grant.check
	case "unauthorized_client", "unsupported_grant_type":
		return fmt.Sprintf("the server does not let this client use grant %q", w.conn.grant.name)
	case "invalid_scope":
		return "check scopes"
	case "invalid_target":
		return "check resource and audience"
	}
	return ""
}

// unreachable is the failure for a request without an answer.
func (w *wire) unreachable(ctx context.Context, err error) *tokenError {
	if ctx.Err() != nil {
		return w.fail(hostapi.CodeNetwork, false, "", "did not answer within %s", w.conn.timeout)
	}
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return w.fail(hostapi.CodeNetwork, false, "", "broke off its answer")
	}
	return w.fail(e.Code, e.Code == hostapi.CodeDenied, e.Hint, "cannot be reached: %s", e.Message)
}

// explain returns the tokenError inside an error of x/oauth2, whose own text and
// wrapping repeat URLs and bodies.
func (w *wire) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*tokenError](err); ok {
		return f
	}
	if ctx.Err() != nil {
		return w.unreachable(ctx, err)
	}
	return w.fail(hostapi.CodeConnection, false, "", "sent an answer that cannot be read")
}
