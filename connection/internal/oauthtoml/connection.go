package oauthtoml

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Connection is one connection of an oauth.toml, checked. It is immutable.
type Connection struct {
	secrets *resolution // of a connection without its secrets; nil: it has them

	// table and dir are what the connection was read from; nil and "" with its secrets.
	table *stricttoml.Table
	dir   string // of relative paths
	given []Given

	publicOnly bool // see Options.PublicOnly

	Name  string
	Grant *GrantType

	Issuer    string              // RFC 8414 §2; "": no metadata are fetched
	Endpoints map[string]*url.URL // by key, such as "token_endpoint"

	ClientID      string
	ClientSecrets []secret.Text // tried in this order
	AuthMethod    string        // token_endpoint_auth_method, RFC 7591 §2
	BasicEncoding string        // BasicForm or BasicRaw
	PrivateKey    secret.Key
	SigningKeyID  string
	SigningAlg    jose.SignatureAlgorithm

	Username string
	// SecretUsername is Username if that came from a reference: an API key may be one,
	// with an empty password.
	SecretUsername secret.Text
	Password       secret.Text
	Token          secret.Text

	// Keys of particular grants.
	PKCE               bool
	RedirectURI        string         // "": a free port on loopback
	Claims             map[string]any // of an assertion
	SubjectToken       secret.Text
	SubjectTokenType   string
	RequestedTokenType string
	DPoP               bool // tokens are bound to a key, RFC 9449

	scope               string // joined for a request; "": omitted
	ScopeSeparator      string
	Scopes              []string
	SendScopesOnRefresh bool
	Target              url.Values // audience and resource
	TokenParams         Extra
	RefreshExtra        Extra         // refresh_params
	AuthorizeExtra      Extra         // authorize_params
	TokenHeaders        Extra         // one value each
	ListParams          []string      // names of parameters that are lists in the file, and so in JSON
	ExtraSecrets        []secret.Text // the secrets in these tables
	TokenBody           string        // BodyForm, BodyJSON or BodyQuery
	TokenRequest        *Body         // of the request for a first token; nil: see TokenBody
	refreshRequest      *Body         // of a refresh, likewise
	TokenMethod         string        // of token requests: POST, or GET with the parameters in the query
	Response            Paths
	refreshResponse     Paths         // of the response to a refresh
	RefreshEnded        []string      // error codes of a refresh that mean invalid_grant
	RefreshBefore       time.Duration // how long before its expiry a token is renewed; 0: by its lifetime

	ExpiredStatus []int      // statuses of the API that mean that the token has expired
	ExpiredWhen   *Condition // the same by the content of a response; may be nil

	Header string // name of the header for the credential, in the case to send
	Scheme string // precedes the credential in that header; may be empty
	Hosts  []hostapi.Rule
	Sealed bool

	SealedIn []string // places other than Header where a stand-in is replaced

	TLS      *tls.Config       // for its servers; nil: default
	TLSSum   [sha256.Size]byte // identifies the settings of TLS
	Proxy    *url.URL          // for its servers; nil: default
	Timeout  time.Duration     // of one token request
	Expires  time.Time         // of the credential in the file; zero: not set
	Warnings []string
}

// BasicCredential returns the encoded user-pass of RFC 7617 §2.
func (c *Connection) BasicCredential() string {
	return base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password.Reveal()))
}

// SetHeader sets the credential in the header that the connection's API expects.
func (c *Connection) SetHeader(h http.Header, credential string) {
	if c.Scheme != "" {
		credential = c.Scheme + " " + credential
	}
	SetHeader(h, c.Header, credential)
}

// MayReach reports whether the credential may be sent to u: a listed host, by https
// except on loopback.
func (c *Connection) MayReach(u *url.URL) bool {
	return c.Lists(u) && (u.Scheme == "https" || hostapi.IsLoopback(hostapi.OriginOf(u).Host))
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

// EgressRules returns the connection's hosts as rules for egress. A host with a port
// may have a private address, since the operator listed it.
func (c *Connection) EgressRules() []hostapi.Rule {
	rules := make([]hostapi.Rule, len(c.Hosts))
	for i, rule := range c.Hosts {
		if !hostapi.IsLoopback(rule.Host) {
			rule.Scheme = "https"
		}
		rule.PublicOnly = c.publicOnly
		rules[i] = rule
	}
	return rules
}

// checkPublic records a mistake if the connection may use public addresses only, and host
// is certainly none. What a name resolves to is checked when it is dialled.
func (c *Connection) checkPublic(t *table, key, host string) {
	if !c.publicOnly {
		return
	}
	addr, err := netip.ParseAddr(host)
	private := hostapi.IsLoopback(host) || err == nil && (!addr.IsGlobalUnicast() || addr.IsPrivate())
	if private {
		t.fail(key, Problem{"has an address that is not public", "write a public host"})
	}
}

// EndpointRules returns the rules that allow a request to u. A rule with a port also
// allows private addresses. So the port is set only for origins that the operator wrote
// down: the issuer, endpoints and hosts, but not for URLs in a server's metadata.
func (c *Connection) EndpointRules(method string, u *url.URL) []hostapi.Rule {
	origin := hostapi.OriginOf(u)
	rule := hostapi.Rule{Methods: []string{method}, Scheme: origin.Scheme, Host: origin.Host, PublicOnly: c.publicOnly}
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

// Secrets returns all secrets of the connection.
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

// WithSecrets returns the connection with its secrets resolved.
func (c *Connection) WithSecrets(ctx context.Context) (*Connection, error) {
	if c.secrets == nil {
		return c, nil
	}
	whole, err := c.secrets.get(ctx)
	if errors.Is(err, errStillWaiting) {
		return nil, &hostapi.Error{
			Code: hostapi.CodeOf(ctx.Err()), Name: c.Name, Message: "gave up waiting for the secrets of the connection", Cause: limit.Cause(ctx),
		}
	}
	return whole, err
}

// Same reports whether c and d have the same definition: the same keys and values in the
// file, relative to the same folder, and the same secrets that were given as values. What
// a reference refers to is not compared, see [Connection.SameSecrets]. d may be nil.
func (c *Connection) Same(d *Connection) bool {
	return c == d || d != nil && c.table != nil && d.table != nil &&
		c.Name == d.Name && c.dir == d.dir && c.publicOnly == d.publicOnly && c.table.Equal(d.table) &&
		slices.EqualFunc(c.given, d.given, func(a, b Given) bool { return a.Ref == b.Ref && a.Value.Reveal() == b.Value.Reveal() })
}

// SameSecrets reports whether the secrets, key and certificates of c are those of whole,
// which has its own. Those of c count as the same until they have been resolved.
func (c *Connection) SameSecrets(whole *Connection) bool {
	d := c.secrets.known()
	return d == nil || slices.Equal(d.Secrets(), whole.Secrets()) && d.TLSSum == whole.TLSSum && sameKey(d.PrivateKey, whole.PrivateKey)
}

func sameKey(a, b secret.Key) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	public, ok := a().Public().(interface {
		Equal(other crypto.PublicKey) bool
	})
	return ok && public.Equal(b().Public())
}
