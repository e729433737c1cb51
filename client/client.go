// Package client uses a Postern server from Go programs, by its HTTP API: it starts runs and waits
// for them, and has a method for each operation of docs/openapi.json. Start with [New].
//
// Errors of the server are *[Error], and match [ErrNotFound] and the like. Others are those of the
// network, of the context, or of the function that returns the token.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config configures [New].
type Config struct {
	// URL is that of the server, such as https://postern.example.com. Required.
	URL string

	// Token returns the access token for a request: a personal access token, or that of an API client.
	// Required. That of an oauth2.TokenSource is
	//
	//	func(context.Context) (string, error) {
	//		t, err := source.Token()
	//		if err != nil {
	//			return "", err
	//		}
	//		return t.AccessToken, nil
	//	}
	Token func(ctx context.Context) (string, error)

	// HTTPClient sends the requests. Its redirects are not followed. Default: http.DefaultClient.
	HTTPClient *http.Client

	// Retries is how often a request is repeated that failed in a way that may pass: the network
	// failed, or the server is overloaded. Requests that must not be sent twice are not repeated.
	// Default 0: 3 times; negative: never.
	Retries int
}

// Client uses a server. It is safe for concurrent use.
type Client struct {
	url     *url.URL
	token   func(ctx context.Context) (string, error)
	http    http.Client
	retries int
	ifMatch string // the field of requests that change something; "": none
}

// New returns a client of a server. The error says what is wrong with the configuration; no
// request is sent.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, errors.New("client: the URL is not that of a server: write it as https://postern.example.com")
	case cfg.Token == nil:
		return nil, errors.New("client: Token is missing")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	c := &Client{url: u, token: cfg.Token, http: http.Client{Timeout: 0}, retries: cfg.Retries}
	if cfg.HTTPClient != nil {
		c.http = *cfg.HTTPClient
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.retries == 0 {
		c.retries = 3
	}
	return c, nil
}

// IfMatch returns a client whose changes are made only if what they change has still that ETag, as it was read; "":
// always. Otherwise the error matches [ErrChanged]. It is for what has an ETag: changing and deleting connections,
// API clients, users, schedules and tasks.
//
//	user, err := c.User(ctx, "ada@example.com")
//	// …
//	user.Role = "operator"
//	user, err = c.IfMatch(user.ETag).ChangeUser(ctx, *user)
func (c *Client) IfMatch(etag string) *Client {
	conditional := *c
	conditional.ifMatch = etag
	return &conditional
}

// The kinds of [Error], which [errors.Is] finds.
var (
	ErrUnauthorized = errors.New("the access token is missing, or not valid")   // status 401
	ErrForbidden    = errors.New("the user or the token is not allowed to")     // status 403
	ErrNotFound     = errors.New("not found")                                   // status 404
	ErrConflict     = errors.New("it has changed, or is in the way of another") // status 409 or 412
	ErrChanged      = errors.New("it was changed in the meantime, or deleted")  // status 412; such an error matches ErrConflict too
	ErrUnavailable  = errors.New("the server cannot do it at present")          // status 503
)

// Error is a response that says what is wrong, RFC 9457. It is safe for concurrent use.
type Error struct {
	Status    int          `json:"status"`
	Title     string       `json:"title"` // the text of the status
	Detail    string       `json:"detail"`
	Code      string       `json:"code"`   // as docs/ERRORS.md has them; "": none
	Hint      string       `json:"hint"`   // what to do about it; "": unknown
	Causes    []Failure    `json:"causes"` // with places in the files of a task
	Errors    []FieldError `json:"errors"` // of members and parameters of the request
	RequestID string       `json:"-"`      // as the log of the server has it

	retryAfter time.Duration
}

// FieldError is what is wrong with a part of a request.
type FieldError struct {
	Location string `json:"location"` // such as body.task; "": unknown
	Message  string `json:"message"`
}

// Failure is an error of a task.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	File    string `json:"file,omitempty"` // "": it has no place
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`

	Stack      []Frame   `json:"stack,omitempty"`          // where in the task, the innermost first
	Temporary  bool      `json:"temporary,omitempty"`      // trying again may help
	RetryAfter float64   `json:"retry_after_ms,omitempty"` // 0: the API did not say
	More       []Failure `json:"more,omitempty"`
}

// Frame is a call on the stack of a task.
type Frame struct {
	Function string `json:"function,omitempty"` // "": the top level of a script, or a function without a name
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"` // from 1; 0: unknown
	Column   int    `json:"column,omitempty"`
}

// Error returns the message, with its hint.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s", e.Status, e.Title)
	if e.Detail != "" {
		text = e.Detail
	}
	for _, f := range e.Errors {
		text += "\n" + strings.TrimPrefix(f.Location+": ", ": ") + f.Message
	}
	for _, f := range e.Causes {
		text += fmt.Sprintf("\n%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
	}
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

// Is reports whether target is the kind of the error.
func (e *Error) Is(target error) bool {
	switch e.Status {
	case http.StatusUnauthorized:
		return target == ErrUnauthorized
	case http.StatusForbidden:
		return target == ErrForbidden
	case http.StatusNotFound:
		return target == ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return target == ErrConflict || target == ErrChanged && e.Status == http.StatusPreconditionFailed
	case http.StatusServiceUnavailable:
		return target == ErrUnavailable
	}
	return false
}

// request is a request to the API.
type request struct {
	method string
	path   []string // segments after /v1
	query  url.Values
	header http.Header
	body   any // as JSON, or of the type content; nil: none
	repeat bool
}

// content is a body that is not JSON.
type content struct {
	kind string // its media type
	data []byte
}

func (r *request) encode() (content, error) {
	switch body := r.body.(type) {
	case nil:
		return content{}, nil
	case content:
		return body, nil
	}
	data, err := json.Marshal(r.body)
	if err != nil {
		return content{}, fmt.Errorf("client: the request is not JSON: %w", err)
	}
	return content{"application/json", data}, nil
}

const (
	maxResponse = 64 << 20
	maxProblem  = 1 << 20
)

// do sends a request and decodes the response into out, unless that is nil.
func (c *Client) do(ctx context.Context, r request, out any) error {
	response, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if out == nil {
		return nil
	}
	if raw, ok := out.(*[]byte); ok {
		*raw, err = io.ReadAll(io.LimitReader(response.Body, maxResponse))
		return err
	}
	if t, ok := out.(tagged); ok {
		t.setETag(response.Header.Get("ETag"))
	}
	decoder := json.NewDecoder(io.LimitReader(response.Body, maxResponse))
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return fmt.Errorf("client: the response of %s is not what this version of the client knows: %w", response.Request.URL.Path, err)
	}
	return nil
}

// tagged is what has an ETag.
type tagged interface{ setETag(tag string) }

// call sends a request that has a body, unless that is nil, and returns the response.
func call[T any](ctx context.Context, c *Client, method string, body any, path ...string) (*T, error) {
	return ask[T](ctx, c, request{method: method, path: path, body: body})
}

// ask sends a request and returns the response.
func ask[T any](ctx context.Context, c *Client, r request) (*T, error) {
	out := new(T)
	if err := c.do(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// tell sends a request whose response has no body.
func (c *Client) tell(ctx context.Context, r request) error { return c.do(ctx, r, nil) }

// send sends a request until it succeeds, or fails for good.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	switch {
	case c.token == nil:
		return nil, errors.New("client: the Client was not made by New")
	case ctx == nil:
		return nil, errors.New("client: the context is nil")
	}
	body, err := r.encode()
	if err != nil {
		return nil, err
	}
	r.repeat = r.repeat || r.method != http.MethodPost
	for attempt := 0; ; attempt++ {
		var response *http.Response
		response, err = c.once(ctx, r, body)
		wait, again := backoff(err, attempt)
		if _, ok := errors.AsType[*Error](err); !ok && c.ifMatch != "" && r.method != http.MethodGet {
			again = false // the first one may have been carried out, and then the condition does not hold any more
		}
		if err == nil || ctx.Err() != nil || !again || !r.repeat || attempt >= c.retries {
			return response, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		}
	}
}

// backoff returns how long to wait after a failure, and whether it may pass.
func backoff(err error, attempt int) (time.Duration, bool) {
	const first, longest = 250 * time.Millisecond, 30 * time.Second
	wait := min(first<<min(attempt, 10), longest)
	if e, ok := errors.AsType[*Error](err); ok {
		return min(max(e.retryAfter, wait), longest), e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return wait, true
	}
	return 0, false
}

func (c *Client) once(ctx context.Context, r request, body content) (*http.Response, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	u := c.url.JoinPath(append([]string{"v1"}, escaped(r.path)...)...)
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(body.data))
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json, application/problem+json")
	}
	if c.ifMatch != "" && r.method != http.MethodGet {
		req.Header.Set("If-Match", c.ifMatch)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body.kind != "" {
		req.Header.Set("Content-Type", body.kind)
	}
	response, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	const success = 2
	if response.StatusCode/100 != success {
		defer response.Body.Close() //nolint:errcheck // only read
		return nil, problemOf(response)
	}
	return response, nil
}

func escaped(segments []string) []string {
	out := make([]string, len(segments))
	for i, s := range segments {
		out[i] = url.PathEscape(s)
	}
	return out
}

// problemOf returns the error of a response.
func problemOf(response *http.Response) error {
	e := new(Error)
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		if err := json.NewDecoder(io.LimitReader(response.Body, maxProblem)).Decode(e); err != nil {
			e = new(Error)
		}
	} else {
		e.Hint = "is it the URL of a Postern server?"
	}
	e.Status, e.Title, e.RequestID = response.StatusCode, http.StatusText(response.StatusCode), response.Header.Get("X-Request-Id")
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.retryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
