package oauthtoml

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

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// Connection is one named entry of an oauth.toml, checked. It never changes.
type Connection struct {
	// read returns the connection with its secrets, which this one is without. Nil:
	// it has them.
	read func() (*Connection, error)

	Name  string
	Grant *GrantType

	Issuer    string              // RFC 8414 §2; empty: its metadata is not asked for
	Endpoints map[string]*url.URL // by key, such as "token_endpoint"

	ClientID      string
	ClientSecrets []secret.Text // tried in this order
	AuthMethod    string        // token_endpoint_auth_method, RFC 7591 §2
	BasicEncoding string        // basicForm or basicRaw
	PrivateKey    secret.Key
	SigningKeyID  string
	SigningAlg    jose.SignatureAlgorithm

	Username string
	// secretUsername is the username again if it came from a reference: an API
	// key may be one, with an empty password.
	SecretUsername secret.Text
	Password       secret.Text
	Token          secret.Text

	// Of the grants that have them.
	PKCE               bool
	RedirectURI        string         // where it is fixed; empty: a free port of this machine
	Claims             map[string]any // of an assertion
	SubjectToken       secret.Text
	SubjectTokenType   string
	RequestedTokenType string
	DPoP               bool // tokens are bound to a key, RFC 9449

	scope               string // joined, as it is sent; empty: omitted
	ScopeSeparator      string
	Scopes              []string
	SendScopesOnRefresh bool
	Target              url.Values // audience and resource
	TokenParams         Extra
	RefreshExtra        Extra         // refresh_params
	AuthorizeExtra      Extra         // authorize_params
	TokenHeaders        Extra         // one value each
	ListParams          []string      // names of those that are lists in the file, and so in JSON
	ExtraSecrets        []secret.Text // those among the above
	TokenBody           string        // bodyForm, bodyJSON or bodyQuery
	TokenRequest        *Body         // of the request for a first token; nil: see tokenBody
	refreshRequest      *Body         // of a refresh, likewise
	TokenMethod         string        // of token requests: POST, or GET with the parameters in the query
	Response            Paths
	refreshResponse     Paths         // of the answer to a refresh
	RefreshEnded        []string      // codes of an answer that mean the same as invalid_grant there
	RefreshBefore       time.Duration // how long before its end a token is renewed; 0: by its lifetime

	ExpiredStatus []int      // of the API, which say that the token has expired
	ExpiredWhen   *Condition // or what its answer says; may be nil

	Header string // name of the header that carries the credential, as it is sent
	Scheme string // before the credential in that header; may be empty
	Hosts  []hostapi.Rule
	Sealed bool

	TLS      *tls.Config       // of its servers; nil: as for all
	TLSSum   [sha256.Size]byte // of what tls was made from
	Proxy    *url.URL          // to its servers; nil: as for all
	Timeout  time.Duration     // of one token request
	Expires  time.Time         // of what the file holds of it; zero: it is not said
	Warnings []string
}

// BasicCredential is the user-pass of RFC 7617 §2.
func (c *Connection) BasicCredential() string {
	return base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password.Reveal()))
}

// SetHeader puts the credential where the connection's API expects it.
func (c *Connection) SetHeader(h http.Header, credential string) {
	if c.Scheme != "" {
		credential = c.Scheme + " " + credential
	}
	SetHeader(h, c.Header, credential)
}

// MayReach reports whether the connection's credential may be sent to u: a
// listed host, by https unless it is this machine.
func (c *Connection) MayReach(u *url.URL) bool {
	return c.Lists(u) && (u.Scheme == "https" || isLoopback(hostapi.OriginOf(u).Host))
}

// Lists reports whether u is at one of the connection's hosts.
func (c *Connection) Lists(u *url.URL) bool {
	for _, rule := range c.Hosts {
		if rule.MatchHost(u) {
			return true
		}
	}
	return false
}

// EgressRules are the connection's hosts as rules for egress. A listed host is
// one that the operator named: with a port, it may have a private address.
func (c *Connection) EgressRules() []hostapi.Rule {
	rules := make([]hostapi.Rule, len(c.Hosts))
	for i, rule := range c.Hosts {
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

// EndpointRules let a request through to u. A rule with a port opens private
// addresses: those are for what the operator wrote down, the issuer's origin, those
// of endpoints, and hosts, and not for wherever a server's metadata point.
func (c *Connection) EndpointRules(method string, u *url.URL) []hostapi.Rule {
	origin := hostapi.OriginOf(u)
	rule := hostapi.Rule{Methods: []string{method}, Scheme: origin.Scheme, Host: origin.Host}
	if c.namesOrigin(origin) {
		rule.Port = origin.Port
	}
	return append(c.EgressRules(), rule)
}

func (c *Connection) namesOrigin(origin hostapi.Origin) bool {
	if issuer, err := url.Parse(c.Issuer); err == nil && hostapi.OriginOf(issuer) == origin {
		return true
	}
	for _, endpoint := range c.Endpoints {
		if hostapi.OriginOf(endpoint) == origin {
			return true
		}
	}
	return false
}

// Secrets returns what must never be seen outside the connection.
func (c *Connection) Secrets() []string {
	var list []string
	for _, s := range slices.Concat(c.ClientSecrets, c.ExtraSecrets, []secret.Text{c.SecretUsername, c.Password, c.Token, c.SubjectToken}) {
		if s != nil {
			list = append(list, s.Reveal())
		}
	}
	return list
}

// HoldsSecret reports whether text contains one of the connection's secrets.
func (c *Connection) HoldsSecret(text string) bool {
	return slices.ContainsFunc(c.Secrets(), func(s string) bool { return strings.Contains(text, s) })
}

// WithSecrets returns the connection with its secrets.
func (c *Connection) WithSecrets() (*Connection, error) {
	if c.read == nil {
		return c, nil
	}
	return c.read()
}
