// Package connection knows an operator's named connections: how to get an
// access token for each, and to which hosts that token may go. It is the only
// package that ever holds a token.
//
// [Load] reads an oauth.toml into a [Set]. [NewManager] makes a [Manager] of
// it, which is the [hostapi.Connector] that tasks use. A script names a
// connection and gets a stand-in for its token; the Manager puts the real one
// in place on the wire, in a request to one of the connection's hosts, and
// takes it out of the answer again.
package connection

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/postern-dev/postern/hostapi"
)

// connection is one named entry of an oauth.toml, checked. It never changes.
type connection struct {
	// read returns the connection with its secrets, which this one is without. Nil:
	// it has them.
	read func() (*connection, error)

	name  string
	grant *grantType

	issuer    string              // RFC 8414 §2; empty: its metadata is not asked for
	endpoints map[string]*url.URL // by key, such as "token_endpoint"

	clientID      string
	clientSecrets []secret // tried in this order
	authMethod    string   // token_endpoint_auth_method, RFC 7591 §2
	basicEncoding string   // basicForm or basicRaw
	privateKey    privateKey
	signingKeyID  string
	signingAlg    jose.SignatureAlgorithm

	username string
	// secretUsername is the username again if it came from a reference: an API
	// key may be one, with an empty password.
	secretUsername secret
	password       secret
	token          secret

	// Of the grants that have them.
	pkce               bool
	redirectURI        string         // where it is fixed; empty: a free port of this machine
	claims             map[string]any // of an assertion
	subjectToken       secret
	subjectTokenType   string
	requestedTokenType string
	dpop               bool // tokens are bound to a key, RFC 9449

	scope               string // joined, as it is sent; empty: omitted
	scopeSeparator      string
	scopes              []string
	sendScopesOnRefresh bool
	target              url.Values // audience and resource
	tokenParams         extra
	refreshExtra        extra         // refresh_params
	authorizeExtra      extra         // authorize_params
	tokenHeaders        extra         // one value each
	listParams          []string      // names of those that are lists in the file, and so in JSON
	extraSecrets        []secret      // those among the above
	tokenBody           string        // bodyForm, bodyJSON or bodyQuery
	tokenRequest        *bodyTemplate // of the request for a first token; nil: see tokenBody
	refreshRequest      *bodyTemplate // of a refresh, likewise
	tokenMethod         string        // of token requests: POST, or GET with the parameters in the query
	response            responsePaths
	refreshResponse     responsePaths // of the answer to a refresh
	refreshEnded        []string      // codes of an answer that mean the same as invalid_grant there
	refreshBefore       time.Duration // how long before its end a token is renewed; 0: by its lifetime

	expiredStatus []int      // of the API, which say that the token has expired
	expiredWhen   *condition // or what its answer says; may be nil

	header string // name of the header that carries the credential, as it is sent
	scheme string // before the credential in that header; may be empty
	hosts  []hostapi.Rule
	sealed bool

	tls      *tls.Config       // of its servers; nil: as for all
	tlsSum   [sha256.Size]byte // of what tls was made from
	proxy    *url.URL          // to its servers; nil: as for all
	timeout  time.Duration     // of one token request
	expires  time.Time         // of what the file holds of it; zero: it is not said
	warnings []string
}

// basicCredential is the user-pass of RFC 7617 §2.
func (c *connection) basicCredential() string {
	return base64.StdEncoding.EncodeToString([]byte(c.username + ":" + c.password.reveal()))
}

// setHeader puts the credential where the connection's API expects it.
func (c *connection) setHeader(h http.Header, credential string) {
	if c.scheme != "" {
		credential = c.scheme + " " + credential
	}
	setHeader(h, c.header, credential)
}

// mayReach reports whether the connection's credential may be sent to u: a
// listed host, by https unless it is this machine.
func (c *connection) mayReach(u *url.URL) bool {
	return c.lists(u) && (u.Scheme == "https" || isLoopback(hostapi.OriginOf(u).Host))
}

func (c *connection) lists(u *url.URL) bool {
	for _, rule := range c.hosts {
		if rule.MatchHost(u) {
			return true
		}
	}
	return false
}

// egressRules are the connection's hosts as rules for egress. A listed host is
// one that the operator named: with a port, it may have a private address.
func (c *connection) egressRules() []hostapi.Rule {
	rules := make([]hostapi.Rule, len(c.hosts))
	for i, rule := range c.hosts {
		if !isLoopback(rule.Host) {
			rule.Scheme = "https"
		}
		rules[i] = rule
	}
	return rules
}

// isLoopback looks at the name alone, the host of a rule or an origin: what it
// resolves to is checked by egress.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
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

// secrets returns what must never be seen outside the connection.
func (c *connection) secrets() []string {
	var list []string
	for _, s := range slices.Concat(c.clientSecrets, c.extraSecrets, []secret{c.secretUsername, c.password, c.token, c.subjectToken}) {
		if s != nil {
			list = append(list, s.reveal())
		}
	}
	return list
}

// holds reports whether text contains one of the connection's secrets.
func (c *connection) holds(text string) bool {
	return slices.ContainsFunc(c.secrets(), func(s string) bool { return strings.Contains(text, s) })
}

// whole returns the connection with its secrets.
func (c *connection) whole() (*connection, error) {
	if c.read == nil {
		return c, nil
	}
	return c.read()
}
