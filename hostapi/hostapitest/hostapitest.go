// Package hostapitest helps to test programs that embed the engine: a [Connector] whose
// requests are handled by an http.Handler in the same process, and [TestConnector], the
// tests that every hostapi.Connector must pass.
package hostapitest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// Connector is a hostapi.Connector for tests. It encodes every request of a task,
// records the bytes, and passes it to Handler instead of a network. It follows no
// redirects. Its errors are *hostapi.Error. It is safe for concurrent use.
type Connector struct {
	hostapi.BaseConnector

	// Handler handles requests. Default nil: every request fails with hostapi.CodeNetwork.
	Handler http.Handler

	// Tokens are the tokens of the connections, by name. A request whose authSetting names
	// one has it as a bearer token. Default nil: there are no connections.
	Tokens map[string]string

	// TokenInfos are the public properties of these tokens, by the same names. Default:
	// bearer tokens.
	TokenInfos map[string]hostapi.TokenInfo

	// Enforce refuses requests that no rule of the grant allows, and applies its limits
	// RequestTime and ResponseBytes, as a Connector for a network does. Default false: any
	// request is sent, whatever the grant.
	Enforce bool

	mu       sync.Mutex
	requests []string
}

// OAuth2Token returns the token of the connection, if the grant has the name.
func (c *Connector) OAuth2Token(_ context.Context, grant *hostapi.Grant, connection string) (string, error) {
	return c.token("getOAuth2Token", grant, connection)
}

// OAuth2TokenInfo returns the TokenInfos of the connection, if the grant has the name.
func (c *Connector) OAuth2TokenInfo(_ context.Context, grant *hostapi.Grant, connection string) (*hostapi.TokenInfo, error) {
	if _, err := c.token("getOAuth2TokenInfo", grant, connection); err != nil {
		return nil, err
	}
	info, ok := c.TokenInfos[connection]
	if !ok {
		info.TokenType = "Bearer"
	}
	return &info, nil
}

func (c *Connector) token(op string, grant *hostapi.Grant, connection string) (string, error) {
	token, ok := c.Tokens[connection]
	if !ok {
		return "", &hostapi.Error{Code: hostapi.CodeUnknownConnection, Op: op, Name: connection, Message: "no such connection"}
	}
	if grant == nil || !slices.Contains(grant.Connections, connection) {
		return "", &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Name: connection, Message: "not granted to this task", Reason: hostapi.ErrNotGranted,
		}
	}
	return token, nil
}

// AuthSetting returns the properties of the connection: its name.
func (c *Connector) AuthSetting(ctx context.Context, grant *hostapi.Grant, connection string) (*hostapi.AuthSetting, error) {
	if _, err := c.OAuth2Token(ctx, grant, connection); err != nil {
		return nil, err
	}
	return &hostapi.AuthSetting{Name: connection}, nil
}

// Do sends req to the Handler.
func (c *Connector) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	r, err := req.HTTP(ctx)
	if err != nil {
		return nil, err
	}
	if grant == nil {
		grant = new(hostapi.Grant)
	}
	if req.AuthSetting != "" {
		token, err := c.OAuth2Token(ctx, grant, req.AuthSetting)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if grant.Cookies != nil {
		if cookies := grant.Cookies.Cookie(r.URL); cookies != "" {
			r.Header.Add("Cookie", cookies)
		}
	}
	if c.Enforce {
		if err := allowed(grant, r); err != nil {
			return nil, err
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, grant.Limits.RequestTime)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(hostapi.CodeOf(err), r, "the request was not sent", err)
	}
	if err := c.record(r, req.Spelling()); err != nil {
		if e, ok := errors.AsType[*hostapi.Error](err); ok { // of a file by reference
			return nil, e
		}
		return nil, fail(hostapi.CodeInternal, r, "the request cannot be recorded", err)
	}
	if grant.Traffic != nil {
		grant.Traffic.Requests++
		grant.Traffic.RequestBytes += max(r.ContentLength, 0)
	}
	if c.Handler == nil {
		return nil, fail(hostapi.CodeNetwork, r, "connection refused", nil)
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close() //nolint:errcheck // it has been read or abandoned
	w := httptest.NewRecorder()
	c.Handler.ServeHTTP(w, r)
	if err := ctx.Err(); err != nil {
		return nil, fail(hostapi.CodeOf(err), r, "there was no response", err)
	}
	if c.Enforce && int64(w.Body.Len()) > grant.Limits.ResponseBytes {
		return nil, fail(hostapi.CodeLimit, r, "the response is too large", nil)
	}
	if grant.Traffic != nil {
		grant.Traffic.ResponseBytes += int64(w.Body.Len())
	}
	if grant.Cookies != nil {
		grant.Cookies.SetCookie(r.URL, w.Header()["Set-Cookie"])
	}
	return &hostapi.Response{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}, nil
}

// allowed returns an error if no rule of the grant allows r.
func allowed(grant *hostapi.Grant, r *http.Request) error {
	if slices.ContainsFunc(grant.Allow, func(rule hostapi.Rule) bool { return rule.Match(r.Method, r.URL) }) {
		return nil
	}
	return &hostapi.Error{
		Code: hostapi.CodeDenied, Op: strings.ToLower(r.Method), Name: r.URL.Host, Message: "not allowed by any rule",
		Reason: hostapi.ErrNoRule,
	}
}

// fail is an error about r without path and query of its URL, which may have secrets.
func fail(code hostapi.Code, r *http.Request, message string, cause error) error {
	return &hostapi.Error{Code: code, Op: strings.ToLower(r.Method), Name: r.URL.Host, Message: message, Cause: cause}
}

// record keeps the bytes of r in HTTP/1.1. The Handler sees canonical header names, as
// it would from a server.
func (c *Connector) record(r *http.Request, spelling hostapi.Spelling) error {
	sent := r.Clone(r.Context())
	spelling.Apply(sent.Header)
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return err
		}
		defer body.Close()               //nolint:errcheck // it has been read
		content, err := io.ReadAll(body) // Write would hide an error of a file by reference
		if err != nil {
			return err
		}
		if sent.Body = http.NoBody; len(content) > 0 {
			sent.Body = io.NopCloser(bytes.NewReader(content))
		}
	}
	var b bytes.Buffer
	if err := sent.Write(&b); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, b.String())
	return nil
}

// Requests returns the bytes of all requests so far, in order.
func (c *Connector) Requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

// Text returns a handler that responds to every request with that status, content type
// and body.
func Text(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // cannot fail in memory
	})
}
