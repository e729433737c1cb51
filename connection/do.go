package connection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/redact"
)

// Do implements [hostapi.Connector]. A task may reach the hosts of its connections in
// addition to what grant.Allow lists. A stand-in that is the credential of a request to a
// host of its connection is replaced by the token: in the header of the connection, or
// where sealed_in of the connection says so. A request with a stand-in elsewhere, or to
// another host, is refused. A token never follows a redirect to another origin, and
// tokens in the response are replaced by their stand-ins again.
//
// If the API reports that the token has expired, the token is renewed and the request
// is sent once more: the API has not carried it out. If that takes a new authorization
// by the user, the error is [hostapi.CodeNeedsReauth].
func (m *Manager) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if grant == nil {
		grant = new(hostapi.Grant)
	}
	s := m.snapshot(grant)
	response, x, err := m.try(ctx, s, grant, req)
	if err == nil && x.wantsNonce(response) {
		response, x, err = m.try(ctx, s, grant, req)
	}
	if err != nil {
		return nil, err
	}
	again, err := x.renewed(response) //nolint:contextcheck // x is ctx
	switch {
	case err != nil:
		return nil, err
	case again:
		response, _, err = m.try(ctx, s, grant, req)
	}
	return response, err
}

// try sends req once.
func (m *Manager) try(ctx context.Context, s *snapshot, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, *taskRequest, error) { //nolint:contextcheck // x is ctx
	x := &taskRequest{Context: ctx, manager: m, snapshot: s, grant: grant, op: req.Op(), maxBody: grant.Limits.RequestBytes}
	r, body, err := req.Encode(x)
	if err != nil {
		return nil, nil, err
	}
	x.start, x.uses, x.credentialOf, x.hosts, x.sent = r.URL, x.room.uses[:0], x.room.credentialOf[:0], x.room.hosts[:0], x.room.sent[:0]
	if err := m.closed(x.op, ""); err != nil {
		return nil, nil, err
	}
	if err := x.inspect(grant, req, r, body); err != nil {
		return nil, nil, err
	}
	client := m.egress
	for _, e := range x.uses {
		if e.client.Egress != m.egress { // it has its own TLS settings or proxy
			client = e.client.Egress
		}
	}
	opts := egress.Options{
		Tenant: grant.Identity.Tenant, Allow: grant.Allow, Limits: grant.Limits, Cookies: grant.Cookies, Elsewhere: m.egress,
		Spelling: req.Spelling(), Traffic: grant.Traffic,
	}
	if len(grant.Connections) > 0 {
		opts.AllowAt = func(u *url.URL) []hostapi.Rule { return s.rulesOf(grant.Connections, x.at(u)) }
	}
	if t := grant.Trace; t != nil && t.Attempt != nil {
		opts.Attempt = func(a hostapi.Attempt) {
			a.Connections = x.carried()
			t.Attempt(a)
		}
	}
	if opts.Hop = x.fillHop; grant.Cookies != nil {
		opts.Cookies = cleanJar{grant.Cookies, x}
	}
	response, err := client.Send(r, opts)
	if err != nil {
		return nil, nil, x.clean(err) //nolint:contextcheck // what it calls ends by itself
	}
	if err := x.after(response); err != nil {
		return nil, nil, err
	}
	return response, x, nil
}

// taskRequest is one request of a task, with its redirects. It is also their context, which
// says for whom tokens are fetched.
type taskRequest struct {
	context.Context
	manager  *Manager
	snapshot *snapshot // of its run
	grant    *hostapi.Grant
	op       string
	start    *url.URL      // of the first hop
	auth     *entry        // of the request's AuthSetting; nil: none
	body     *hostapi.Body // with stand-ins; nil: it has none
	uses     []*entry      // the connections whose credentials it carries

	credentialOf []*entry       // those of uses whose credential authenticates it
	misplaced    *hostapi.Error // for the first stand-in in a place where it is not replaced

	leftOrigin bool  // a redirect led to another origin
	maxBody    int64 // of a body, in bytes

	sent  []sent     // credentials
	basic redact.Set // user-pass of RFC 7617 with a credential in it

	origin  hostapi.Origin // that at was last called for
	entries []*hostEntry   // of origin

	// hosts are the entries that the request passed, whether or not it carries a
	// credential: an API may return what another request left there.
	hosts []*hostEntry

	standIns int // that findStandIns found
	room     struct {
		uses, credentialOf [1]*entry
		hosts              [1]*hostEntry
		sent, tokens       [1]sent
	} // of the lists, for the usual request: with one credential, to one host
}

// Value implements [context.Context].
func (x *taskRequest) Value(key any) any {
	if key == (grantContextKey{}) && carriesGrant(x.grant) {
		return x.grant
	}
	return x.Context.Value(key)
}

// sent is a credential that was sent.
type sent struct {
	entry *entry
	*cached
}

// tokens are the credentials of one hop.
type tokens []sent

// of returns that of e; ok is false if the hop carries none of it.
func (t tokens) of(e *entry) (token string, ok bool) {
	for _, s := range t {
		if s.entry == e {
			return s.AccessToken(), true
		}
	}
	return "", false
}

// inspect finds the connections whose credentials the request needs, and checks that
// the task may use each of them.
func (x *taskRequest) inspect(grant *hostapi.Grant, req *hostapi.Request, r *http.Request, body *hostapi.Body) error {
	if req.AuthSetting != "" {
		e, err := x.manager.grantedEntry(r.Context(), x.snapshot, "authSetting", grant, req.AuthSetting)
		if err != nil {
			return err
		}
		if r.Header.Get(e.conn.Header) != "" {
			return &hostapi.Error{
				Code: hostapi.CodeInvalidArgument, Op: "authSetting", Name: e.conn.Name,
				Message: "the request sets the header " + e.conn.Header + " as well", Hint: "leave one of the two out",
			}
		}
		x.auth = e
		x.use(e)
		x.credentialOf = append(x.credentialOf, e)
	}
	if err := x.findStandIns(r, body); err != nil {
		return err
	}
	for _, e := range x.uses {
		if _, err := x.manager.grantedEntry(r.Context(), x.snapshot, x.op, grant, e.conn.Name); err != nil {
			return err
		}
		if err := x.mayReach(e.conn); err != nil {
			return err
		}
	}
	if x.misplaced != nil {
		return x.misplaced
	}
	for _, e := range x.uses {
		if e.client.Egress != x.uses[0].client.Egress && (e.conn.OwnRoute() || x.uses[0].conn.OwnRoute()) {
			return x.denied(e.conn.Name, &hostapi.Error{
				Name:    e.conn.Name,
				Message: fmt.Sprintf("one request cannot use both this connection and %q: their tls or proxy settings differ", x.uses[0].conn.Name),
				Hint:    "send two requests",
			})
		}
	}
	for _, e := range x.uses { // only now: a refused request costs no token
		if _, err := e.token(r.Context(), x.op, 0); err != nil {
			return err
		}
	}
	return nil
}

// carried returns the names of the connections whose credentials the current hop carries.
func (x *taskRequest) carried() []string {
	if x.leftOrigin {
		return nil
	}
	var names []string
	for _, e := range x.uses {
		names = append(names, e.name())
	}
	return names
}

func (x *taskRequest) use(e *entry) {
	if !slices.Contains(x.uses, e) {
		x.uses = append(x.uses, e)
	}
}

// findStandIns collects the connections whose stand-ins are in r. The content of files by
// reference is not searched: a stand-in in it is sent as it is, and is of no use there.
func (x *taskRequest) findStandIns(r *http.Request, body *hostapi.Body) error {
	seals := x.manager.sealed(x.snapshot)
	if seals.known(r.URL.Host) || seals.known(r.URL.Path) {
		e := x.denied("", &hostapi.Error{
			Message: "a sealed token is in the host or path of the URL", Hint: "send it with authSetting or bearer: a URL is written to logs",
		})
		e.Reason = new(hostapi.DenialError) // without the host
		return e
	}
	if seals.unknown(r.URL.Host) || seals.unknown(r.URL.Path) || seals.unknown(r.URL.RawQuery) || seals.unknownHeader(r.Header) {
		return x.unknownStandIn()
	}
	seals.swapPairs(r.URL.RawQuery, oauthtoml.InQuery, x.note("the query"))
	seals.swapHeader(r.Header, x.note("a header"))
	for content := range body.InMemory() {
		if !bytes.Contains(content, []byte(hostapi.SealedPrefix)) {
			continue
		}
		if seals.unknown(string(content)) {
			return x.unknownStandIn()
		}
		x.body = body
		seals.swapBody(string(content), r.Header.Get("Content-Type"), x.note("the body"))
	}
	return nil
}

// note returns the function that notes what a stand-in in that part of the request means.
func (x *taskRequest) note(part string) swap {
	return func(e *entry, place string) (string, bool) {
		x.use(e)
		x.standIns++
		switch {
		case !e.conn.Takes(place):
			if x.misplaced == nil {
				x.misplaced = x.misplacedIn(e.conn, part, place)
			}
		case place != oauthtoml.InBody && !slices.Contains(x.credentialOf, e):
			x.credentialOf = append(x.credentialOf, e)
		}
		return "", false
	}
}

// misplacedIn is the error for a stand-in in a part of a request where it is no credential.
// What is sent there may be stored, and read by other means.
func (x *taskRequest) misplacedIn(c *oauthtoml.Connection, part, place string) *hostapi.Error {
	e := x.denied(c.Name, &hostapi.Error{
		Name: c.Name, Message: "a sealed token is in " + part + ", where it is not the credential of the request",
		Hint: fmt.Sprintf("use authSetting(%q)", c.Name),
	})
	if name, ok := strings.CutPrefix(place, oauthtoml.InHeader); ok {
		e.Message = fmt.Sprintf("a sealed token is in the header %s, and the connection sends it in %s", oauthtoml.Shorten(name), c.Header)
	}
	if place != "" {
		e.Hint += fmt.Sprintf(", or add %q to sealed_in of the connection, if the API expects the token there", oauthtoml.Shorten(place))
	}
	return e
}

func (x *taskRequest) unknownStandIn() error {
	return x.denied("", &hostapi.Error{
		Message: "the request has an unknown sealed token",
		Hint:    "get it in this run, with getOAuth2Token: it is valid only in the process that made it",
	})
}

// denied completes e, the error of a request that may not use that connection, or is
// denied for another reason if the name is "".
func (x *taskRequest) denied(connection string, e *hostapi.Error) *hostapi.Error {
	e.Code, e.Op, e.Reason = hostapi.CodeDenied, x.op, &hostapi.DenialError{Target: hostPort(x.start), Connection: connection}
	return e
}

// hostPort returns the host:port of u.
func hostPort(u *url.URL) string {
	origin := hostapi.OriginOf(u)
	return net.JoinHostPort(origin.Host, origin.Port)
}

// mayReach refuses to send a credential to a host that is not one of its connection.
func (x *taskRequest) mayReach(c *oauthtoml.Connection) error {
	host := x.start.Host
	if c.MayReach(x.start) {
		return nil
	}
	e := x.denied(c.Name, new(hostapi.Error))
	switch {
	case c.Lists(x.start):
		e.Message = fmt.Sprintf("connection %q may send its token to %s by https only", c.Name, host)
		e.Hint = "write https:// in the URL"
	default:
		e.Message = fmt.Sprintf("connection %q may not send its token to %s", c.Name, host)
		e.Hint = fmt.Sprintf("add %q to hosts of the connection, if it is the API's", host)
	}
	return e
}

// at returns the entries that match u, which are those of its origin.
func (x *taskRequest) at(u *url.URL) []*hostEntry {
	if origin := hostapi.OriginOf(u); origin != x.origin {
		x.origin, x.entries = origin, x.snapshot.at(u, origin)
	}
	return x.entries
}

// fillHop puts the credentials into a request that is about to be sent, unless a
// redirect has led to another origin.
func (x *taskRequest) fillHop(r *http.Request) error {
	for _, p := range x.at(r.URL) {
		if slices.Contains(x.hosts, p) {
			continue
		}
		if err := x.manager.learn(r.Context(), x.snapshot, p); err != nil {
			return x.unknownTokens(err)
		}
		x.hosts = append(x.hosts, p)
	}
	if len(x.hosts) > 0 { // a part of a response may have a part of a token
		r.Header.Del("Range")
		r.Header.Del("If-Range")
	}
	x.leftOrigin = x.leftOrigin || x.origin != hostapi.OriginOf(x.start)
	if x.leftOrigin {
		if x.holdsSecret(r.URL.String()) { //nolint:contextcheck // what it calls ends by itself
			return x.secretInRedirect()
		}
		return nil
	}
	tokens := tokens(x.room.tokens[:0])
	for _, e := range x.uses {
		c, err := e.token(r.Context(), x.op, 0)
		if err != nil {
			return err
		}
		tokens = append(tokens, sent{e, c})
		if s := (sent{e, c}); !slices.Contains(x.sent, s) {
			x.sent = append(x.sent, s)
			x.manager.used(r.Context(), e, r.URL.Host)
		}
	}
	if err := x.fits(r, tokens); err != nil {
		return err
	}
	x.fill(r, tokens)
	for _, s := range x.sent {
		if err := x.prove(r, s); err != nil {
			return err
		}
	}
	return nil
}

// maxHeader bounds headers and query together once tokens have replaced the stand-ins,
// in bytes.
const maxHeader = 256 << 10

// fits refuses a request that would grow too large: a token may be many times as long
// as its stand-in.
func (x *taskRequest) fits(r *http.Request, tokens tokens) error {
	longest := 0
	for _, t := range tokens {
		longest = max(longest, 3*len(t.AccessToken())) // if every byte is escaped
	}
	if x.standIns <= 1 && longest <= maxHeader && x.grant.Cookies == nil {
		return nil
	}
	head := strings.Count(r.URL.RawQuery, hostapi.SealedPrefix)
	for _, values := range r.Header {
		for _, v := range values {
			head += strings.Count(v, hostapi.SealedPrefix)
		}
	}
	if head*longest > maxHeader {
		return &hostapi.Error{
			Code: hostapi.CodeLimit, Op: x.op, Name: x.start.Host,
			Message: "the headers and the query would exceed " + strconv.Itoa(maxHeader>>10) + " KiB with their tokens",
			Hint:    "use the token fewer times in the request",
		}
	}
	body := 0
	for content := range x.body.InMemory() {
		body += bytes.Count(content, []byte(hostapi.SealedPrefix))
	}
	if body > 1 && x.body.Size()+int64(body*longest) > x.maxBody {
		e := limit.Reached(hostapi.Limits{RequestBytes: x.maxBody}, "request_bytes")
		e.Op, e.Name, e.Hint = x.op, x.start.Host, "the body is larger with its tokens; use them fewer times, or "+e.Hint
		return e
	}
	return nil
}

// holdsSecret reports whether text, in any case of letters, contains what the task must not
// see in a response.
func (x *taskRequest) holdsSecret(text string) bool {
	in := func(s *redact.Set) bool { return s.FoundFold(text) }
	if !slices.ContainsFunc(x.secrets(), in) {
		return false
	}
	own, others := x.sortedSecrets()
	return slices.ContainsFunc(own, in) || slices.ContainsFunc(others, in)
}

// clean returns err unless its text contains a secret. A server that knows a token can
// redirect to a URL that contains it.
func (x *taskRequest) clean(err error) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if ok && x.holdsSecret(e.Name+" "+e.Message+" "+e.Hint) {
		return x.secretInRedirect()
	}
	return err
}

func (x *taskRequest) secretInRedirect() error {
	return x.denied("", &hostapi.Error{Name: x.start.Host, Message: "a redirect leads to a URL that contains a token"})
}

// fill replaces stand-ins by tokens, each escaped as its position in the request needs
// it.
func (x *taskRequest) fill(r *http.Request, tokens tokens) {
	seals := x.manager.sealed(x.snapshot)
	with := func(e *entry, place string) (string, bool) {
		token, ok := tokens.of(e) // not one from a cookie of an earlier response
		return token, ok && e.conn.Takes(place)
	}
	if x.auth != nil {
		token, _ := tokens.of(x.auth)
		x.auth.conn.SetHeader(r.Header, token)
	}
	sealed := r.Header.Get("Authorization")
	seals.swapHeader(r.Header, with)
	x.fillCookies(r, tokens)
	if filled := r.Header.Get("Authorization"); filled != sealed && isBasic(filled) {
		// An API that echoes headers returns user and password as one base64 text.
		_, from, _ := strings.Cut(filled, " ")
		_, to, _ := strings.Cut(sealed, " ")
		x.basic.Replace(from, to)
	}
	if strings.Contains(r.URL.RawQuery, hostapi.SealedPrefix) {
		u := *r.URL
		u.RawQuery = seals.swapPairs(u.RawQuery, oauthtoml.InQuery, with)
		r.URL = &u
	}
	if x.body == nil || r.Body == nil || r.ContentLength <= 0 {
		return // a redirect may have turned the request into a GET
	}
	contentType := r.Header.Get("Content-Type")
	_ = r.Body.Close() // it has not been read
	x.body.Map(func(content []byte) []byte { return []byte(seals.swapBody(string(content), contentType, with)) }).SetTo(r)
}

// fillCookies puts tokens into the cookies of the jar whose place in Set-Cookie they had: the
// server sent them, and gets them back. A stand-in that the server sent is not in the jar,
// see [cleanJar], and one in a cookie of the script has been refused.
func (x *taskRequest) fillCookies(r *http.Request, tokens tokens) {
	for i, cookies := range r.Header["Cookie"] {
		r.Header["Cookie"][i] = x.manager.sealed(x.snapshot).swapParts(cookies, "", func(e *entry, _ string) (string, bool) {
			return tokens.of(e)
		})
	}
}
