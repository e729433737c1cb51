package connection

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/postern-dev/postern/egress"
)

// A source obtains a new credential, for each grant in its way. Its error is a
// *tokenError.
type source interface {
	obtain(ctx context.Context) (*oauth2.Token, error)
}

// newSource returns the source of the connection's grant. A further grant is
// one more case here.
func newSource(c *connection, e *egress.Client) source {
	w := &wire{conn: c, egress: e}
	switch c.grant {
	case grantClientCredentials:
		return clientCredentials{w}
	case grantPassword:
		return passwordCredentials{w}
	case grantBasic:
		return fixed(c.basicCredential())
	default:
		return fixed(c.token)
	}
}

// fixed is a credential that the operator wrote down.
type fixed secret

func (f fixed) obtain(context.Context) (*oauth2.Token, error) {
	return &oauth2.Token{AccessToken: string(f)}, nil
}

// clientCredentials is the grant of RFC 6749 §4.4.
type clientCredentials struct{ wire *wire }

func (g clientCredentials) obtain(ctx context.Context) (*oauth2.Token, error) {
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

func (g passwordCredentials) obtain(ctx context.Context) (*oauth2.Token, error) {
	c := g.wire.conn
	config := oauth2.Config{
		Endpoint: oauth2.Endpoint{TokenURL: c.tokenEndpoint().String(), AuthStyle: oauth2.AuthStyleInParams},
		Scopes:   scopeParam(c),
	}
	token, err := config.PasswordCredentialsToken(g.wire.context(ctx), c.username, string(c.password))
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
