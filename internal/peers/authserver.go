package peers

import (
	"context"
	"net/url"
	"testing"
)

// The one user of every [AuthServer].
const (
	User     = "alice"
	Password = "alice's password"
)

// AuthServer is an OAuth authorization server that others wrote. Its clients and
// tokens are forgotten when it ends.
type AuthServer struct {
	Issuer string // what its metadata is found by, RFC 8414 §3

	// Authority signs the certificate of its HTTPS endpoints, and those of its
	// clients. Nil if it has neither.
	Authority *Authority

	vendor vendor
}

// vendor is what one server does in its own way.
type vendor interface {
	// register adds a client with metadata as in RFC 7591 §2.
	register(ctx context.Context, metadata map[string]any) (id, secret string, err error)

	// authorize goes through the pages behind an authorization request as the
	// user, and returns the query of the callback.
	authorize(ctx context.Context, target string, agree bool) (url.Values, error)

	// device goes through the pages behind a verification URI, RFC 8628 §3.3.1.
	device(ctx context.Context, target string) error
}

// Register adds a client with metadata as in RFC 7591 §2. Both its id and its
// secret, "" for a client without, have characters that no request may carry as
// they are.
func (s *AuthServer) Register(tb testing.TB, metadata map[string]any) (id, secret string) {
	tb.Helper()
	id, secret, err := s.vendor.register(tb.Context(), metadata)
	if err != nil {
		tb.Fatalf("register a client: %v", err)
	}
	return id, secret
}

// Agree has the user log in and agree to an authorization request. It returns the
// query of the callback, RFC 6749 §4.1.2.
func (s *AuthServer) Agree(tb testing.TB, authorizationURL string) url.Values {
	tb.Helper()
	return s.authorize(tb, authorizationURL, true)
}

// Deny has the user log in and refuse an authorization request.
func (s *AuthServer) Deny(tb testing.TB, authorizationURL string) url.Values {
	tb.Helper()
	return s.authorize(tb, authorizationURL, false)
}

func (s *AuthServer) authorize(tb testing.TB, authorizationURL string, agree bool) url.Values {
	tb.Helper()
	callback, err := s.vendor.authorize(tb.Context(), authorizationURL, agree)
	if err != nil {
		tb.Fatalf("authorize: %v", err)
	}
	return callback
}

// AgreeOnDevice has the user log in at a verification_uri_complete and agree.
func (s *AuthServer) AgreeOnDevice(tb testing.TB, verificationURI string) {
	tb.Helper()
	if err := s.vendor.device(tb.Context(), verificationURI); err != nil {
		tb.Fatalf("authorize a device: %v", err)
	}
}
