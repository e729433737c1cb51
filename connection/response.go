package connection

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// secrets returns all credentials that a response is searched for.
func (x *taskRequest) secrets() []*redact.Set {
	sets := make([]*redact.Set, 0, 4)
	if !x.basic.Empty() {
		sets = append(sets, &x.basic)
	}
	for _, p := range x.hosts {
		sets = p.secrets(sets)
	}
	// One that was renewed several times while the request was in progress may have been
	// forgotten since, but was in this request.
	if slices.ContainsFunc(x.sent, func(s sent) bool { return !s.entry.held.has(s.AccessToken()) }) {
		sets = append(sets, x.asSent())
	}
	return sets
}

// asSent returns the credentials that the request has carried, each with what the task wrote
// for it. After [Manager.Replace], that may be another stand-in than the connection's.
func (x *taskRequest) asSent() *redact.Set {
	set := new(redact.Set)
	for _, s := range x.sent {
		switch token := s.AccessToken(); {
		case s.entry.standIn != "":
			set.Replace(token, s.entry.standIn)
		case s.entry == x.auth: // not sealed, but the script has not asked for it
			set.Hide(token)
		}
	}
	return set
}

// sortedSecrets returns those of secrets that are replaced for this task, and those of other
// connections. A task may see the credentials of its connections that are not sealed.
func (x *taskRequest) sortedSecrets() (own, others []*redact.Set) {
	own = []*redact.Set{&x.basic, x.asSent()}
	for _, p := range x.hosts {
		for _, c := range p.held() {
			switch {
			case !x.snapshot.grants.has(x.grant.Connections, c.name):
				others = append(others, c.set.Load())
			case !c.visible():
				own = append(own, c.set.Load())
			}
		}
	}
	return own, others
}

// after removes credentials from a response, and updates the state of static ones.
func (x *taskRequest) after(response *hostapi.Response) error {
	if len(x.hosts) > 0 {
		if err := x.checkCoding(response); err != nil {
			return err
		}
	}
	if err := x.seal(response); err != nil {
		return err
	}
	if x.leftOrigin {
		return nil // the response is not the API's
	}
	for _, s := range x.sent {
		if s.entry.conn.Grant.Static && slices.Contains(x.credentialOf, s.entry) {
			s.entry.observe(x, response.Status)
			if err := s.entry.health.trouble(); err != nil {
				return withOp(s.entry.hostFailed(err), x.op)
			}
		}
	}
	return nil
}

// seal replaces the credentials in a response that the task could have sent there. It refuses
// a response that has one of another connection.
func (x *taskRequest) seal(response *hostapi.Response) error {
	found, err := foundIn(x, response, x.secrets())
	if err != nil {
		return x.interrupted(err)
	}
	if !found {
		return nil
	}
	own, others := x.sortedSecrets()
	if response.Body, err = redact.Bytes(x, response.Body, own...); err != nil {
		return x.interrupted(err)
	}
	for name, values := range response.Header {
		if foldedIn(name, own) {
			delete(response.Header, name)
			continue
		}
		for i, v := range values {
			if values[i], err = redact.Text(x, v, own...); err != nil {
				return x.interrupted(err)
			}
		}
	}
	switch found, err = foundIn(x, response, others); {
	case err != nil:
		return x.interrupted(err)
	case found:
		return &hostapi.Error{
			Code: hostapi.CodeDenied, Op: x.op, Name: x.start.Host, Reason: &hostapi.DenialError{Target: hostPort(x.start)},
			Message: "the response contains the credential of a connection that the task was not granted",
			Hint:    "the API has stored it: the operator should replace the credential, and delete what has it",
		}
	}
	return nil
}

// foundIn reports whether a response has one of the credentials, also in the name of a header.
func foundIn(ctx context.Context, response *hostapi.Response, sets []*redact.Set) (bool, error) {
	if found, err := redact.Found(ctx, response.Body, sets...); found || err != nil {
		return found, err
	}
	for name, values := range response.Header {
		if foldedIn(name, sets) { //nolint:contextcheck // a header is short
			return true, nil
		}
		for _, v := range values {
			if slices.ContainsFunc(sets, func(s *redact.Set) bool { return s.Found(v) }) { //nolint:contextcheck // as above
				return true, nil
			}
		}
	}
	return false, nil
}

// foldedIn reports whether the name of a header has one of the credentials. net/http has
// changed the case of its letters.
func foldedIn(header string, sets []*redact.Set) bool {
	if len(header) < redact.MinLength || usualHeaders[header] {
		return false
	}
	return slices.ContainsFunc(sets, func(s *redact.Set) bool { return s.FoundFold(header) })
}

// usualHeaders are names that need not be searched in every response.
var usualHeaders = func() map[string]bool { //nolint:gochecknoglobals // a table, never changed
	names := make(map[string]bool)
	for name := range strings.FieldsSeq(`Accept-Ranges Access-Control-Allow-Credentials Access-Control-Allow-Headers
		Access-Control-Allow-Methods Access-Control-Allow-Origin Access-Control-Expose-Headers Cache-Control Connection
		Content-Disposition Content-Encoding Content-Language Content-Length Content-Security-Policy Content-Type
		Last-Modified Location Permissions-Policy Referrer-Policy Retry-After Set-Cookie Strict-Transport-Security
		Transfer-Encoding Www-Authenticate X-Content-Type-Options X-Frame-Options X-Powered-By X-Request-Id X-Xss-Protection`) {
		names[name] = true
	}
	return names
}()

// checkCoding refuses a response that is compressed in a way that was not requested, in which
// no credential could be found.
func (x *taskRequest) checkCoding(response *hostapi.Response) error {
	for _, value := range response.Header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(value, ",") {
			coding = strings.ToLower(strings.TrimSpace(coding))
			if len(response.Body) > 0 && slices.Contains([]string{"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz"}, coding) {
				return &hostapi.Error{
					Code: hostapi.CodeNetwork, Op: x.op, Name: x.start.Host, Message: "the response has the content coding " + coding + ", which was not requested",
					Hint: "the server ignores Accept-Encoding (RFC 9110 §12.5.3): the operator of the API",
				}
			}
		}
	}
	return nil
}

// unknownTokens is the error if the store cannot say which tokens a response may have.
func (x *taskRequest) unknownTokens(err error) error {
	e := &hostapi.Error{
		Code: hostapi.CodeOf(err), Op: x.op, Name: x.start.Host, Message: "the store cannot say which tokens the response may contain", Cause: err,
	}
	if he, ok := errors.AsType[*hostapi.Error](err); ok {
		e.Hint = he.Hint
	}
	return e
}

// interrupted is the error of a context that ended while a response was searched.
func (x *taskRequest) interrupted(err error) error {
	return &hostapi.Error{
		Code: hostapi.CodeOf(err), Op: x.op, Name: x.start.Host, Message: "gave up searching the response for tokens", Cause: err,
	}
}

// renewed reports whether the response says that a credential has expired, and there is
// a new one now. The error says that the user has to authorize the connection again.
func (x *taskRequest) renewed(response *hostapi.Response) (bool, error) {
	if x.leftOrigin {
		return false, nil
	}
	renewed := false
	for _, s := range x.sent {
		if !slices.Contains(x.credentialOf, s.entry) || !saysExpired(s.entry.conn, response) {
			continue
		}
		replaced, err := s.entry.replace(x, x.op, s.cached)
		if hostapi.CodeOf(err) == hostapi.CodeNeedsReauth {
			return false, err // the API's response would not say what to do
		}
		renewed = renewed || replaced
	}
	return renewed, nil
}
