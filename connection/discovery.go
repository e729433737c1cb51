package connection

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// metadata is what is known of an authorization server: what the file says, and
// where it says nothing, what the server publishes, RFC 8414 §2.
type metadata struct {
	issuer    string // "" if the file names none
	endpoints map[string]*url.URL
	pushed    bool // authorization requests have to be pushed, RFC 9126 §5

	namesIssuer bool // answers to authorization requests name the issuer, RFC 9207 §3
}

func (m *metadata) endpoint(key string) *url.URL { return m.endpoints[key] }

// discovery fetches a server's metadata and keeps it for a while.
type discovery struct {
	conn   *connection
	egress *egress.Client

	mu    sync.Mutex
	found *metadata
	until time.Time
}

const (
	metadataLifetime = 24 * time.Hour
	maxMetadata      = 1 << 20
)

// get returns the metadata. Its error is a *tokenError.
func (d *discovery) get(ctx context.Context) (*metadata, error) {
	if d.conn.issuer == "" {
		return &metadata{endpoints: d.conn.endpoints}, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found != nil && time.Now().Before(d.until) {
		return d.found, nil
	}
	found, err := d.fetch(ctx)
	if err != nil {
		if d.found != nil && !err.needsReauth {
			return d.found, nil // what was true yesterday is better than nothing
		}
		return nil, err
	}
	d.found, d.until = found, time.Now().Add(metadataLifetime)
	return found, nil
}

// fetch asks at the place of RFC 8414 §3.1, then at that of OpenID Connect
// Discovery §4, which is older and the only one that some servers have.
func (d *discovery) fetch(ctx context.Context) (*metadata, *tokenError) {
	issuer, err := url.Parse(d.conn.issuer)
	if err != nil {
		return nil, d.fail(true, "is not a URL")
	}
	path := strings.TrimSuffix(issuer.EscapedPath(), "/")
	origin := issuer.Scheme + "://" + issuer.Host
	var last *tokenError
	for _, place := range []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/openid-configuration",
	} {
		m, err := d.fetchFrom(ctx, place)
		if m != nil {
			return m, nil
		}
		if err != nil && (last == nil || !err.needsReauth) {
			last = err
		}
	}
	if last == nil {
		last = d.fail(true, "cannot be had: 404")
	}
	return nil, last
}

func (d *discovery) fail(lasting bool, message string) *tokenError {
	return &tokenError{needsReauth: lasting, reason: hostapi.Error{
		Code: hostapi.CodeConnection, Name: d.conn.name, Message: "the metadata of issuer " + hostOf(d.conn.issuer) + " " + message,
		Hint: "check issuer, or write token_endpoint and the others instead",
	}}
}

func hostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "…"
	}
	return u.Host
}

// fetchFrom returns the metadata at a place; nil if there is none.
func (d *discovery) fetchFrom(ctx context.Context, place string) (*metadata, *tokenError) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return nil, d.fail(true, "cannot be asked for")
	}
	request.Header.Set("Accept", "application/json")
	response, err := d.egress.RoundTrip(request, d.conn.endpointRules(http.MethodGet, request.URL))
	if err != nil {
		return nil, d.fail(false, "cannot be had: the server cannot be reached")
	}
	defer response.Body.Close() //nolint:errcheck // the body has been read or given up
	body, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata+1))
	switch {
	case err != nil:
		return nil, d.fail(false, "cannot be had: the answer broke off")
	case response.StatusCode == http.StatusNotFound:
		return nil, nil
	case response.StatusCode != http.StatusOK:
		return nil, d.fail(response.StatusCode < 500 && response.StatusCode != http.StatusTooManyRequests, "cannot be had: "+response.Status[:min(3, len(response.Status))])
	case len(body) > maxMetadata:
		return nil, d.fail(true, "has more than 1 MiB")
	}
	return d.read(body)
}

func (d *discovery) read(body []byte) (*metadata, *tokenError) {
	var document map[string]any
	if json.Unmarshal(body, &document) != nil {
		return nil, d.fail(true, "is not JSON")
	}
	// RFC 8414 §3.3: otherwise another server may be impersonating this one.
	if document["issuer"] != d.conn.issuer {
		return nil, d.fail(true, "names another issuer")
	}
	m := &metadata{issuer: d.conn.issuer, endpoints: maps.Clone(d.conn.endpoints)}
	if m.endpoints == nil {
		m.endpoints = make(map[string]*url.URL)
	}
	m.pushed, _ = document["require_pushed_authorization_requests"].(bool)
	if aliases, ok := document["mtls_endpoint_aliases"].(map[string]any); ok && d.conn.byCertificate() {
		maps.Copy(document, aliases) // RFC 8705 §5
	}
	m.namesIssuer, _ = document["authorization_response_iss_parameter_supported"].(bool)
	for key, v := range document {
		text, ok := v.(string)
		if _, given := m.endpoints[key]; given || !ok || !strings.HasSuffix(key, "_endpoint") {
			continue
		}
		u, p := checkEndpoint(text)
		if p != nil {
			return nil, d.fail(true, "has an endpoint that "+p.message)
		}
		m.endpoints[key] = u
	}
	return m, nil
}

// endpointRules let a request through to u. A rule with a port opens private
// addresses: those are for what the operator wrote down, the issuer's origin, those
// of endpoints, and hosts, and not for wherever a server's metadata point.
func (c *connection) endpointRules(method string, u *url.URL) []hostapi.Rule {
	origin := hostapi.OriginOf(u)
	rule := hostapi.Rule{Methods: []string{method}, Scheme: origin.Scheme, Host: origin.Host}
	if c.wrote(origin) {
		rule.Port = origin.Port
	}
	return append(c.egressRules(), rule)
}

func (c *connection) wrote(origin hostapi.Origin) bool {
	if issuer, err := url.Parse(c.issuer); err == nil && hostapi.OriginOf(issuer) == origin {
		return true
	}
	for _, endpoint := range c.endpoints {
		if hostapi.OriginOf(endpoint) == origin {
			return true
		}
	}
	return false
}
