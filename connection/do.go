package connection

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
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
func (m *Manager) try(ctx context.Context, s *snapshot, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, *taskRequest, error) {
	x := &taskRequest{Context: ctx, manager: m, snapshot: s, grant: grant, op: req.Op(), maxBody: grant.Limits.RequestBytes}
	r, body, err := req.Encode(x) //nolint:contextcheck // x is ctx
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
	if err := x.after(response); err != nil { //nolint:contextcheck // x is ctx
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

// at returns the entries that match u, which are those of its origin.
func (x *taskRequest) at(u *url.URL) []*hostEntry {
	if origin := hostapi.OriginOf(u); origin != x.origin {
		x.origin, x.entries = origin, x.snapshot.at(u, origin)
	}
	return x.entries
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
