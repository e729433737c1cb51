package oauthclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// metadata describes an authorization server: the endpoints in the file, completed by
// the metadata that the server publishes, RFC 8414 §2.
type metadata struct {
	Issuer    string // "": the file has none
	endpoints map[string]*url.URL
	bad       map[string]oauthtoml.Problem // published endpoints that cannot be used
	pushed    bool                         // the server requires pushed authorization requests, RFC 9126 §5

	NamesIssuer bool // authorization responses have iss, RFC 9207 §3
}

// Has reports whether the server has an endpoint of that name, even an unusable one.
func (m *metadata) Has(key string) bool {
	_, bad := m.bad[key]
	return bad || m.endpoints[key] != nil
}

// discovery fetches a server's metadata and caches them for metadataLifetime.
type discovery struct {
	conn   *oauthtoml.Connection
	egress *egress.Client

	lock  chan struct{} // a mutex that a context can interrupt: full while locked
	found *metadata
	until time.Time
}

func newDiscovery(c *oauthtoml.Connection, e *egress.Client) *discovery {
	return &discovery{conn: c, egress: e, lock: make(chan struct{}, 1)}
}

const (
	metadataLifetime = 24 * time.Hour
	maxMetadata      = 1 << 20
)

// Get returns the metadata. It waits for a concurrent fetch until ctx ends. Its error
// is an [Error].
func (d *discovery) Get(ctx context.Context) (*metadata, error) {
	if d.conn.Issuer == "" {
		return &metadata{endpoints: d.conn.Endpoints}, nil
	}
	select {
	case d.lock <- struct{}{}:
		defer func() { <-d.lock }()
	case <-ctx.Done():
		return nil, d.ended(ctx)
	}
	if d.found != nil && time.Now().Before(d.until) {
		return d.found, nil
	}
	found, err := d.fetch(ctx)
	if err != nil {
		if d.found != nil && !err.NeedsReauth {
			return d.found, nil // outdated metadata are better than none
		}
		return nil, err
	}
	d.found, d.until = found, time.Now().Add(metadataLifetime)
	return found, nil
}

// fetch requests the URL of RFC 8414 §3.1, then that of OpenID Connect Discovery §4,
// which is older and the only one of some servers.
func (d *discovery) fetch(ctx context.Context) (*metadata, *Error) {
	issuer, err := url.Parse(d.conn.Issuer)
	if err != nil {
		return nil, d.fail(true, "is not a URL")
	}
	path := strings.TrimSuffix(issuer.EscapedPath(), "/")
	origin := issuer.Scheme + "://" + issuer.Host
	var last *Error
	for _, location := range []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/openid-configuration",
	} {
		m, err := d.fetchFrom(ctx, location)
		if m != nil {
			return m, nil
		}
		if err != nil && (last == nil || !err.NeedsReauth) {
			last = err
		}
	}
	if last == nil {
		last = d.fail(true, "could not be fetched: 404")
	}
	return nil, last
}

func (d *discovery) fail(permanent bool, message string) *Error {
	return &Error{NeedsReauth: permanent, Err: hostapi.Error{
		Code: hostapi.CodeConnection, Name: d.conn.Name, Message: "the metadata of issuer " + hostOf(d.conn.Issuer) + " " + message,
		Hint: "check issuer, or write token_endpoint and the others instead",
	}}
}

// unusable is the error of a call to a published endpoint that cannot be used.
func (d *discovery) unusable(key string, p oauthtoml.Problem) *Error {
	f := d.fail(true, "has an endpoint that cannot be used: "+key+" "+p.Message)
	f.Err.Hint = "write " + key + " in the file"
	return f
}

// ended is the error of a call whose context has ended.
func (d *discovery) ended(ctx context.Context) *Error {
	f := d.fail(false, "")
	why := contextFailure(ctx, d.conn)
	f.Err.Code, f.Err.Message, f.Err.Cause = why.Code, f.Err.Message+"could not be fetched: the server "+why.Message, why.Cause
	return f
}

func hostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "…"
	}
	return u.Host
}

// fetchFrom returns the metadata at a URL; nil if there are none.
func (d *discovery) fetchFrom(ctx context.Context, location string) (*metadata, *Error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, d.fail(true, "cannot be requested")
	}
	request.Header.Set("Accept", "application/json")
	response, err := d.egress.RoundTrip(request, d.conn.EndpointRules(http.MethodGet, request.URL))
	if err != nil {
		return nil, d.unreachable(ctx, err)
	}
	defer response.Body.Close() //nolint:errcheck // the body has been read or abandoned
	body, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata+1))
	switch {
	case err != nil:
		return nil, d.unreachable(ctx, err)
	case response.StatusCode == http.StatusNotFound:
		return nil, nil
	case response.StatusCode != http.StatusOK:
		return nil, d.fail(response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests, fmt.Sprintf("could not be fetched: %d", response.StatusCode))
	case len(body) > maxMetadata:
		return nil, d.fail(true, "has more than 1 MiB")
	}
	return d.read(body)
}

// unreachable is the error of a request without a response, worded like that of
// [call.unreachable].
func (d *discovery) unreachable(ctx context.Context, err error) *Error {
	if ctx.Err() != nil {
		return d.ended(ctx)
	}
	f := d.fail(false, "could not be fetched: the server closed the connection mid-response")
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		f = d.fail(e.Code == hostapi.CodeDenied, "could not be fetched: the server cannot be reached: "+e.Message)
		f.Err.Code, f.Err.Cause = e.Code, panicIn(e)
		if e.Hint != "" {
			f.Err.Hint = e.Hint
		}
	}
	return f
}

func (d *discovery) read(body []byte) (*metadata, *Error) {
	var document map[string]any
	if json.Unmarshal(body, &document) != nil {
		return nil, d.fail(true, "is not JSON")
	}
	// RFC 8414 §3.3: otherwise another server may be impersonating this one.
	if document["issuer"] != d.conn.Issuer {
		f := d.fail(true, "names another issuer")
		if issuer := text(document["issuer"]); sameOrigin(issuer, d.conn.Issuer) && !d.conn.HoldsSecret(issuer) {
			f.Err.Hint = fmt.Sprintf("write issuer = %q, as the server does", oauthtoml.Shorten(issuer))
		}
		return nil, f
	}
	m := &metadata{Issuer: d.conn.Issuer, endpoints: maps.Clone(d.conn.Endpoints), bad: make(map[string]oauthtoml.Problem)}
	if m.endpoints == nil {
		m.endpoints = make(map[string]*url.URL)
	}
	m.pushed, _ = document["require_pushed_authorization_requests"].(bool)
	if aliases, ok := document["mtls_endpoint_aliases"].(map[string]any); ok && d.conn.ByCertificate() {
		maps.Copy(document, aliases) // RFC 8705 §5
	}
	m.NamesIssuer, _ = document["authorization_response_iss_parameter_supported"].(bool)
	for key, v := range document {
		if _, given := m.endpoints[key]; given || v == nil || !strings.HasSuffix(key, "_endpoint") {
			continue
		}
		text, ok := v.(string)
		if !ok {
			m.bad[key] = oauthtoml.Problem{Message: "is not text"}
			continue
		}
		if u, p := oauthtoml.CheckEndpoint(text); p != nil {
			m.bad[key] = *p // an error only if it is used
		} else {
			m.endpoints[key] = u
		}
	}
	return m, nil
}

func sameOrigin(a, b string) bool {
	first, errA := hostapi.CheckURL(a)
	second, errB := hostapi.CheckURL(b)
	return errA == nil && errB == nil && hostapi.OriginOf(first) == hostapi.OriginOf(second)
}
