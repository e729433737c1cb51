package connection

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Do implements [hostapi.Connector]. The task may reach the hosts of its
// connections beside what its grant allows. A stand-in in the request, in a
// header, the query or the body, is replaced by its token when the request goes
// to a host of that connection; to any other host the request is refused. A
// token never follows a redirect to another origin, and what comes back of it
// is replaced by the stand-in again.
func (m *Manager) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	r, err := req.HTTP(ctx)
	if err != nil {
		return nil, err
	}
	if grant == nil {
		grant = new(hostapi.Grant)
	}
	x := &exchange{manager: m, op: strings.ToLower(req.Method), start: r.URL}
	if err := x.inspect(grant, req, r); err != nil {
		return nil, err
	}
	opts := egress.Options{Allow: m.allow(grant), Limits: grant.Limits}
	if len(x.uses) == 0 {
		return m.egress.Send(r, opts)
	}
	opts.Hop = x.hop
	response, err := m.egress.Send(r, opts)
	if err != nil {
		return nil, err
	}
	x.after(response)
	return response, nil
}

// allow returns the rules of the grant and of its connections.
func (m *Manager) allow(grant *hostapi.Grant) []hostapi.Rule {
	if len(grant.Connections) == 0 {
		return grant.Allow
	}
	rules := slices.Clone(grant.Allow)
	for _, name := range grant.Connections {
		if e := m.entries[name]; e != nil {
			rules = append(rules, e.rules...)
		}
	}
	return rules
}

// exchange is one request that carries credentials, with its redirects.
type exchange struct {
	manager *Manager
	op      string
	start   *url.URL // of the first hop
	auth    *entry   // of the request's AuthSetting; nil if it has none
	body    []byte   // with stand-ins; nil if it has none
	uses    []*entry // all connections involved
	left    bool     // a redirect has led to another origin

	sent  []*redaction // of the credentials that were sent
	basic redaction    // of pairs that were made with one, RFC 7617
}

// inspect finds the connections whose credentials the request asks for, and
// makes sure that it may have each of them.
func (x *exchange) inspect(grant *hostapi.Grant, req *hostapi.Request, r *http.Request) error {
	if req.AuthSetting != "" {
		e, err := x.manager.granted("authSetting", grant, req.AuthSetting)
		if err != nil {
			return err
		}
		if r.Header.Get(e.conn.header) != "" {
			return &hostapi.Error{
				Code: hostapi.CodeInvalidArgument, Op: "authSetting", Name: e.conn.name,
				Message: "the request sets the header " + e.conn.header + " as well", Hint: "leave one of the two out",
			}
		}
		x.auth = e
		x.use(e)
	}
	if err := x.find(req, r); err != nil {
		return err
	}
	for _, e := range x.uses {
		if _, err := x.manager.granted(x.op, grant, e.conn.name); err != nil {
			return err
		}
		if err := x.mayReach(e.conn); err != nil {
			return err
		}
	}
	for _, e := range x.uses { // only now: a refused request costs no token
		if _, err := e.token(r.Context(), x.op, 0); err != nil {
			return err
		}
	}
	return nil
}

func (x *exchange) use(e *entry) {
	if !slices.Contains(x.uses, e) {
		x.uses = append(x.uses, e)
	}
}

// find notes the connections whose stand-ins are in r.
func (x *exchange) find(req *hostapi.Request, r *http.Request) error {
	seals := x.manager.seals
	note := func(e *entry) string { x.use(e); return e.standIn }
	inPlace := false
	seals.swap(r.URL.Host+" "+r.URL.Path, func(e *entry) string { inPlace = true; return "" })
	if inPlace {
		return &hostapi.Error{
			Code: hostapi.CodeDenied, Op: x.op, Message: "a sealed token stands in the host or path of the URL",
			Hint: "send it in a header, the query or the body, where it is kept out of logs",
		}
	}
	seals.swap(r.URL.RawQuery, note)
	seals.swapHeader(r.Header, note)
	if r.ContentLength <= 0 {
		return nil
	}
	body := req.Body
	if body == nil { // made of parameters or parts
		reader, err := r.GetBody()
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(reader); err != nil {
			return err
		}
	}
	if bytes.Contains(body, []byte(hostapi.SealedPrefix)) {
		seals.swap(string(body), func(e *entry) string { x.use(e); x.body = body; return "" })
	}
	return nil
}

// mayReach refuses a credential to a place that is not of its connection.
func (x *exchange) mayReach(c *connection) error {
	host := x.start.Host
	e := &hostapi.Error{Code: hostapi.CodeDenied, Op: x.op}
	switch {
	case c.mayReach(x.start):
		return nil
	case c.lists(x.start):
		e.Message = fmt.Sprintf("connection %q may send its token to %s by https only", c.name, host)
		e.Hint = "write https:// in the URL"
	default:
		e.Message = fmt.Sprintf("connection %q may not send its token to %s", c.name, host)
		e.Hint = fmt.Sprintf("add %q to hosts of the connection, if it is the API's", host)
	}
	return e
}

// hop puts the credentials into a request that is about to be sent, if it still
// goes to the place that was asked for.
func (x *exchange) hop(r *http.Request, _ int) error {
	x.left = x.left || !sameOrigin(r.URL, x.start)
	if x.left {
		if u := r.URL.String(); slices.ContainsFunc(x.sent, func(s *redaction) bool { return s.found(u) }) {
			return &hostapi.Error{
				Code: hostapi.CodeDenied, Op: x.op, Name: r.URL.Host, Message: "a redirect leads here, and its URL holds a token",
			}
		}
		return nil
	}
	tokens := make(map[*entry]string, len(x.uses))
	for _, e := range x.uses {
		c, err := e.token(r.Context(), x.op, 0)
		if err != nil {
			return err
		}
		tokens[e] = c.AccessToken
		if !slices.Contains(x.sent, &c.redaction) {
			x.sent = append(x.sent, &c.redaction)
		}
	}
	x.fill(r, tokens)
	return nil
}

// fill puts tokens in place of their stand-ins, each written as its place in
// the request needs it.
func (x *exchange) fill(r *http.Request, tokens map[*entry]string) {
	seals := x.manager.seals
	plain := func(e *entry) string { return tokens[e] }
	if x.auth != nil {
		x.auth.conn.setHeader(r.Header, tokens[x.auth])
	}
	sealed := r.Header.Get("Authorization")
	seals.swapHeader(r.Header, plain)
	if filled := r.Header.Get("Authorization"); filled != sealed {
		// An API that echoes headers sends the pair back in base64 as a whole.
		_, from, _ := strings.Cut(filled, " ")
		_, to, _ := strings.Cut(sealed, " ")
		x.basic.pair(from, to)
	}
	if strings.Contains(r.URL.RawQuery, hostapi.SealedPrefix) {
		u := *r.URL
		u.RawQuery = seals.swap(u.RawQuery, func(e *entry) string { return url.QueryEscape(tokens[e]) })
		r.URL = &u
	}
	if x.body == nil || r.Body == nil || r.ContentLength <= 0 {
		return // a redirect may have turned the request into a GET
	}
	escape := escaper(r.Header.Get("Content-Type"))
	body := seals.swap(string(x.body), func(e *entry) string { return escape(tokens[e]) })
	_ = r.Body.Close() // nothing of it was read
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	r.Body, _ = r.GetBody() // never fails, see above
}

// after takes the credentials out of an answer, and learns from it.
func (x *exchange) after(response *hostapi.Response) {
	for _, r := range append([]*redaction{&x.basic}, x.sent...) {
		response.Body = r.bytes(response.Body)
		for _, values := range response.Header {
			for i, v := range values {
				values[i] = r.text(v)
			}
		}
	}
	if x.left {
		return // it is not the API that answered
	}
	for _, e := range x.uses {
		if e.conn.grant == grantStatic || e.conn.grant == grantBasic {
			e.health.answered(response.Status)
		}
	}
}

// sameOrigin compares scheme, host and port, RFC 6454 §5.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && portOf(a) == portOf(b) &&
		hostapi.CanonicalHost(a.Hostname()) == hostapi.CanonicalHost(b.Hostname())
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return hostapi.DefaultPort(u.Scheme)
}
