package connection

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/internal/nearest"
)

// grantType is how a connection comes by its credential.
type grantType struct {
	name string   // as it is written in a file
	keys []string // that it has beside those of every connection
	read func(c *connection, t *table, opts ParseOptions, plaintext bool)

	source func(c *connection, e *egress.Client) source
	fixed  bool   // the operator wrote the credential down: there is no other to get
	pair   bool   // the credential is a user name and password, not a token
	check  string // what to check when the server says invalid_grant
}

// grantTypes returns every grant. A further one is one more entry.
func grantTypes() []*grantType {
	return []*grantType{
		{ // RFC 6749 §4.4
			name: "client_credentials", keys: oauthKeys(), read: (*connection).readOAuth,
			source: func(c *connection, e *egress.Client) source { return clientCredentials{&wire{c, e}} },
		},
		{ // RFC 6749 §4.3
			name: "password", keys: append(oauthKeys(), "username", "password", "legacy"), read: (*connection).readPasswordGrant,
			source: func(c *connection, e *egress.Client) source { return passwordCredentials{&wire{c, e}} },
			check:  "check username and password",
		},
		{ // a token that somebody made by hand
			name: "static", keys: []string{"token", "sealed"}, read: (*connection).readStatic,
			source: func(c *connection, _ *egress.Client) source { return fixed{c.token} },
			fixed:  true,
		},
		{ // RFC 7617
			name: "basic", keys: []string{"username", "password"}, read: (*connection).readUser,
			source: func(c *connection, _ *egress.Client) source { return fixed{newSecret(c.basicCredential())} },
			fixed:  true, pair: true,
		},
	}
}

// readGrant returns the grant that t asks for, some grant if that is none.
func readGrant(t *table) *grantType {
	all := grantTypes()
	names := make([]string, len(all))
	for i, g := range all {
		names[i] = g.name
	}
	use := "use " + nearest.List(names)
	t.need("grant", use)
	if g := t.text("grant"); slices.Contains([]string{"authorization_code", "device_code", "jwt_bearer", "token_exchange"}, g) {
		t.fail("grant", problem{fmt.Sprintf("%q is not supported by this version", g), use})
	}
	return all[max(0, slices.Index(names, t.one("grant", names...)))]
}

// A source obtains a new credential, with what is held of the connection so far.
// Its error is a *tokenError.
type source interface {
	obtain(ctx context.Context, h *held) (*oauth2.Token, error)
}

// fixed is a credential that the operator wrote down.
type fixed struct{ credential secret }

func (f fixed) obtain(context.Context, *held) (*oauth2.Token, error) {
	return &oauth2.Token{AccessToken: f.credential.reveal()}, nil
}

// clientCredentials is the grant of RFC 6749 §4.4.
type clientCredentials struct{ wire *wire }

func (g clientCredentials) obtain(ctx context.Context, _ *held) (*oauth2.Token, error) {
	config := clientcredentials.Config{
		TokenURL: g.wire.conn.tokenEndpoint().String(),
		Scopes:   scopeParam(g.wire.conn),
		// With no id and no secret this style adds nothing: wire authenticates
		// the client. Automatic choice would send every failing request twice.
		AuthStyle: oauth2.AuthStyleInParams,
	}
	token, err := config.Token(g.wire.context(ctx))
	return token, g.wire.explain(ctx, err)
}

// passwordCredentials is the grant of RFC 6749 §4.3.
type passwordCredentials struct{ wire *wire }

func (g passwordCredentials) obtain(ctx context.Context, _ *held) (*oauth2.Token, error) {
	c := g.wire.conn
	config := oauth2.Config{
		Endpoint: oauth2.Endpoint{TokenURL: c.tokenEndpoint().String(), AuthStyle: oauth2.AuthStyleInParams},
		Scopes:   scopeParam(c),
	}
	token, err := config.PasswordCredentialsToken(g.wire.context(ctx), c.username, c.password.reveal())
	return token, g.wire.explain(ctx, err)
}

// scopeParam returns the scopes in one piece, since x/oauth2 would join several
// with spaces whatever the connection's separator is.
func scopeParam(c *connection) []string {
	if c.scope == "" {
		return nil
	}
	return []string{c.scope}
}

// context returns ctx with the one HTTP client that x/oauth2 may use.
func (w *wire) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport:     w,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}
