package connection

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

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
