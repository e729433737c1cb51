package testservers

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

// AuthServer is a third-party OAuth authorization server. Its clients and tokens are lost when
// it ends.
type AuthServer struct {
	Issuer string // the issuer identifier, RFC 8414 §2

	// Authority signs the certificate of its HTTPS endpoints, and those of its
	// clients. Nil if it has neither.
	Authority *Authority

	vendor vendor
}

// vendor implements what differs between the servers.
type vendor interface {
	// register adds a client with metadata as in RFC 7591 §2.
	register(ctx context.Context, metadata map[string]any) (id, secret string, err error)

	// authorize submits the pages of an authorization request as the user, and returns
	// the query of the callback.
	authorize(ctx context.Context, target string, agree bool) (url.Values, error)

	// device submits the pages of a verification URI, RFC 8628 §3.3.1.
	device(ctx context.Context, target string) error
}

// Register adds a client with metadata as in RFC 7591 §2. Both its id and its secret, "" for a
// public client, have characters that must be encoded in requests.
func (s *AuthServer) Register(tb testing.TB, metadata map[string]any) (id, secret string) {
	tb.Helper()
	id, secret, err := s.vendor.register(tb.Context(), metadata)
	if err != nil {
		tb.Fatalf("register a client: %v", err)
	}
	return id, secret
}

// Agree logs the user in and approves an authorization request. It returns the query of the
// callback, RFC 6749 §4.1.2.
func (s *AuthServer) Agree(tb testing.TB, authorizationURL string) url.Values {
	tb.Helper()
	return s.authorize(tb, authorizationURL, true)
}

// Deny logs the user in and denies an authorization request.
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

// AgreeOnDevice logs the user in at a verification_uri_complete and approves.
func (s *AuthServer) AgreeOnDevice(tb testing.TB, verificationURI string) {
	tb.Helper()
	if err := s.vendor.device(tb.Context(), verificationURI); err != nil {
		tb.Fatalf("authorize a device: %v", err)
	}
}
