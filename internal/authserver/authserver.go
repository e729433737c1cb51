// Package authserver is the OAuth 2 authorization server for the programs that use Postern's
// own API: the registry of clients, the authorization code grant with PKCE (RFC 6749 §4.1,
// RFC 7636), refresh tokens that are replaced at each use, personal access tokens, revocation
// (RFC 7009), introspection (RFC 7662) and metadata (RFC 8414). It follows RFC 9700.
//
// Tokens are random and opaque, so that what was revoked or deactivated stops at once. The
// database has only their SHA-256. Each change is one transaction.
package authserver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Config configures [New].
type Config struct {
	DB *database.DB // required

	// Issuer is the URL under which browsers and clients reach the server, RFC 8414 §2:
	// https, or http for a loopback address. Required.
	Issuer string

	AccessTokenTTL  time.Duration // default 12 hours
	RefreshTokenTTL time.Duration // since it was issued; default 30 days
	SessionTTL      time.Duration // since the user agreed, however often it is refreshed; default 365 days
	CodeTTL         time.Duration // default and at most 60 seconds

	// SessionsPerUser is how many sessions a user has with one client. One more ends the
	// oldest. Default 10.
	SessionsPerUser int

	// RefreshGrace is how long a repeated refresh gets the same response again, for clients
	// that lost it, until the new refresh token has been used. At most 30 seconds. Default 0:
	// it ends the session.
	RefreshGrace time.Duration

	// TokenRate is how many requests per second a client may make from one address to the
	// token, revocation and introspection endpoints, with ten times as many at once, and at
	// least 20. A failed authentication counts as ten. Default 10.
	TokenRate float64

	// User returns the user who is signed in, by the cookie of the browser. Required.
	User func(r *http.Request) (User, bool)

	// SignIn sends the browser to sign in, and then back to r.URL with GET. Required.
	SignIn func(w http.ResponseWriter, r *http.Request)

	// Render writes a page. Headers such as the Content-Security-Policy are set before it is
	// called; with these, scripts, style sheets and images may come from this server alone.
	// Default: plain pages.
	Render func(w http.ResponseWriter, r *http.Request, page HTMLPage)

	// Address returns from where a request came, for TokenRate. Default: the IP address of
	// the connection.
	Address func(r *http.Request) string

	// Log gets what the server could not do for clients. Default: it is dropped.
	Log *slog.Logger
}

// User is who is signed in.
type User struct {
	ID   string // never changes
	Name string // as it is shown

	// Session is a secret of the browser's session, at least 128 random bits: forms of
	// another session are refused.
	Session string
}

const (
	defaultAccessTTL  = 12 * time.Hour
	defaultRefreshTTL = 30 * 24 * time.Hour
	defaultSessionTTL = 365 * 24 * time.Hour
	maxCodeTTL        = time.Minute
	maxRefreshGrace   = 30 * time.Second
	defaultSessions   = 10
	defaultRate       = 10
)

// Server is the authorization server. It is safe for concurrent use.
type Server struct {
	*Registry

	cfg    Config
	issuer *url.URL
	limit  *limiter
	forms  *http.CrossOriginProtection
}

// New opens the Registry of cfg.DB, and returns the server over it.
func New(ctx context.Context, cfg Config) (*Server, error) {
	issuer, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	registry, err := Open(ctx, cfg.DB)
	if err != nil {
		return nil, err
	}
	forms := http.NewCrossOriginProtection()
	if err := forms.AddTrustedOrigin(issuer.Scheme + "://" + issuer.Host); err != nil { // a proxy may change Host
		return nil, invalid("authorization server", "issuer", "is not a URL", "")
	}
	return &Server{registry, cfg, issuer, newLimiter(cfg.TokenRate), forms}, nil
}

// complete sets defaults and refuses what is not accepted.
func (c *Config) complete() (*url.URL, error) {
	const op = "authorization server"
	issuer, problem := parseIssuer(c.Issuer)
	if problem != "" {
		return nil, invalid(op, "issuer", problem, "write the URL under which the server is reached: https://postern.example.com")
	}
	if c.DB == nil || c.User == nil || c.SignIn == nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "DB, User or SignIn of its Config is not set"}
	}
	setDefault(&c.AccessTokenTTL, defaultAccessTTL)
	setDefault(&c.RefreshTokenTTL, defaultRefreshTTL)
	setDefault(&c.SessionTTL, max(defaultSessionTTL, c.RefreshTokenTTL))
	setDefault(&c.CodeTTL, maxCodeTTL)
	setDefault(&c.SessionsPerUser, defaultSessions)
	setDefault(&c.TokenRate, defaultRate)
	if c.Render == nil {
		c.Render = plainPages()
	}
	if c.Address == nil {
		c.Address = addressOf
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Issuer = issuer.String()
	return issuer, c.checkBounds(op)
}

func (c *Config) checkBounds(op string) error {
	switch {
	case c.AccessTokenTTL < time.Second:
		return invalid(op, "access_token_ttl", "is shorter than a second", "")
	case c.RefreshTokenTTL < c.AccessTokenTTL:
		return invalid(op, "refresh_token_ttl", "is shorter than access_token_ttl", "")
	case c.SessionTTL < c.RefreshTokenTTL:
		return invalid(op, "session_ttl", "is shorter than refresh_token_ttl", "")
	case c.CodeTTL < time.Millisecond || c.CodeTTL > maxCodeTTL:
		return invalid(op, "code_ttl", fmt.Sprintf("is not above zero and at most %v", maxCodeTTL), "")
	case c.RefreshGrace < 0 || c.RefreshGrace > maxRefreshGrace:
		return invalid(op, "refresh_grace", fmt.Sprintf("is not between 0s and %v", maxRefreshGrace), "")
	case c.SessionsPerUser < 1:
		return invalid(op, "sessions_per_user", "is not above zero", "")
	case c.TokenRate < 0:
		return invalid(op, "token_rate", "is not above zero", "")
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// parseIssuer reads an issuer identifier, RFC 8414 §2, and returns what is wrong with it.
func parseIssuer(text string) (issuer *url.URL, problem string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, "is missing"
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, "is not a URL"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") || u.User != nil:
		return nil, "has more than a scheme, a host and a path"
	case u.Scheme == "http" && !hostapi.IsLoopback(u.Hostname()):
		return nil, "begins with http://, which is for loopback addresses only"
	case u.EscapedPath() != u.Path || strings.ContainsAny(u.Path, "{}"):
		return nil, "has a path with special characters"
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/")}, ""
}

// The paths of the endpoints, below that of the issuer.
const (
	authorizePath  = "/oauth2/authorize"
	tokenPath      = "/oauth2/token" //nolint:gosec // a path
	revokePath     = "/oauth2/revoke"
	introspectPath = "/oauth2/introspect"
	metadataPath   = "/.well-known/oauth-authorization-server" // before the path of the issuer, RFC 8414 §3.1
)

// Handler returns the endpoints, with paths that begin with that of the issuer.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	base := s.issuer.Path
	mux.HandleFunc("GET "+base+authorizePath, s.serveAuthorize)
	mux.HandleFunc("POST "+base+authorizePath, s.serveAuthorize)
	for path, serve := range map[string]http.HandlerFunc{tokenPath: s.serveToken, revokePath: s.serveRevoke, introspectPath: s.serveIntrospect} {
		mux.HandleFunc("POST "+base+path, serve)
		mux.HandleFunc(base+path, func(w http.ResponseWriter, _ *http.Request) {
			protect(w)
			w.Header().Set("Allow", http.MethodPost)
			writeError(w, &oauthError{status: http.StatusMethodNotAllowed, code: "invalid_request", description: "the method has to be POST"})
		})
	}
	mux.HandleFunc("GET "+metadataPath+base, s.serveMetadata)
	return mux
}

// addressOf returns the IP address of a connection. Of IPv6 it is the network, of which a
// client usually has all addresses.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap().WithZone("")
	const networkBits = 64
	if network, err := addr.Prefix(networkBits); err == nil && addr.Is6() {
		return network.String()
	}
	return addr.String()
}
