package connection

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
)

// grantType is how a connection comes by its credential.
type grantType struct {
	name string   // as it is written in a file
	keys []string // that it has beside those of every connection
	read func(c *connection, t *table, opts ParseOptions, plaintext bool)

	// params returns the parameters that ask for a first token; nil where the
	// credential is fixed, or a person has to give it.
	params func(c *connection, audience string) (url.Values, error)

	// requestParams are the names of those beside the ones that every grant has.
	requestParams []string

	fixed bool   // the operator wrote the credential down: there is no other to get
	pair  bool   // the credential is a user name and password, not a token
	check string // what to check when the server says invalid_grant
}

// person reports whether somebody has to give the grant: a refused one cannot be
// had again without them.
func (g *grantType) person() bool { return g.params == nil && !g.fixed }

// grantTypes returns every grant. A further one is one more entry.
func grantTypes() []*grantType {
	const connect = "somebody has to give the grant again: postern connect NAME"
	return []*grantType{
		{ // RFC 6749 §4.4
			name: "client_credentials", keys: oauthKeys(), read: (*connection).readOAuth, params: clientCredentials,
		},
		{ // RFC 6749 §4.1
			name: "authorization_code", keys: append(oauthKeys(), "pkce", "authorize_params", "redirect_uri"),
			read: (*connection).readAuthorizationCode, check: connect, requestParams: []string{"code", "redirect_uri", "code_verifier"},
		},
		{ // RFC 8628
			name: "device_code", keys: append(oauthKeys(), "authorize_params"), read: (*connection).readDeviceCode, check: connect,
			requestParams: []string{"device_code"},
		},
		{ // RFC 7523 §2.1
			name: "jwt_bearer", keys: append(oauthKeys(), "claims"), read: (*connection).readJWTBearer, params: jwtBearer,
			check: "check claims, signing_key and signing_key_id", requestParams: []string{"assertion"},
		},
		{ // RFC 8693
			name: "token_exchange", keys: append(oauthKeys(), "subject_token", "subject_token_type", "requested_token_type"),
			read: (*connection).readTokenExchange, params: tokenExchange, check: "check subject_token: it may have expired",
			requestParams: []string{"subject_token", "subject_token_type", "requested_token_type"},
		},
		{ // RFC 6749 §4.3
			name: "password", keys: append(oauthKeys(), "username", "password", "legacy"), read: (*connection).readPasswordGrant,
			params: passwordCredentials, check: "check username and password", requestParams: []string{"username", "password"},
		},
		{ // a token that somebody made by hand
			name: "static", keys: []string{"token", "sealed"}, read: (*connection).readStatic, fixed: true,
		},
		{ // RFC 7617
			name: "basic", keys: []string{"username", "password"}, read: (*connection).readUser, fixed: true, pair: true,
		},
	}
}

// readGrant returns the grant that t asks for, some grant if that is none.
func readGrant(t *table) *grantType {
	names := t.doc.names
	t.need("grant", "use "+nearest.List(names))
	return t.doc.grants[max(0, slices.Index(names, t.one("grant", names...)))]
}

// obtain gets a new credential, with what is held of the connection so far. Its
// error is a *tokenError.
func (w *wire) obtain(ctx context.Context, h *held) (*oauth2.Token, error) {
	c := w.conn
	switch {
	case c.grant.pair:
		return &oauth2.Token{AccessToken: c.basicCredential()}, nil
	case c.grant.fixed:
		return &oauth2.Token{AccessToken: c.token.reveal()}, nil
	}
	key, err := h.bind(c)
	if err != nil {
		return nil, err
	}
	if h.refreshToken != nil {
		token, err := w.exchange(ctx, key, c.refreshParams(h))
		if f, ok := errors.AsType[*tokenError](err); !ok || c.grant.person() || f.code != "invalid_grant" {
			return token, c.forPeople(err)
		}
		// A machine needs nobody's leave to begin anew.
	}
	if c.grant.person() {
		return nil, c.unauthorized(h)
	}
	audience, err := w.audience(ctx)
	if err != nil {
		return nil, err
	}
	params, err := c.grant.params(c, audience)
	if err != nil {
		return nil, &tokenError{needsReauth: true, reason: hostapi.Error{
			Code: hostapi.CodeConnection, Name: c.name, Message: "the assertion cannot be signed", Hint: "check signing_key and signing_alg",
		}}
	}
	return w.exchange(ctx, key, params)
}

// unauthorized is the failure of a grant that only a person can give.
func (c *connection) unauthorized(h *held) *tokenError {
	message := "not authorized yet"
	if h.accessToken != nil {
		message = "its access token has expired or was refused, and there is no refresh token"
	}
	return &tokenError{needsReauth: true, reason: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: c.name, Message: message, Hint: "run: postern connect " + c.name,
	}}
}

// audience returns what an assertion for this server is addressed to.
func (w *wire) audience(ctx context.Context) (string, error) {
	c, err := w.begin(ctx, "token_endpoint")
	if err != nil {
		return "", err
	}
	return c.audience, nil
}

// forPeople gives a grant that was refused for good the code by which a program
// knows that a person is needed.
func (c *connection) forPeople(err error) error {
	if f, ok := errors.AsType[*tokenError](err); ok && f.code == "invalid_grant" && c.grant.person() {
		f.reason.Code = hostapi.CodeNeedsReauth
	}
	return err
}

// withScope adds the scopes that the connection asks for.
func (c *connection) withScope(params url.Values) url.Values {
	if c.scope != "" {
		params.Set("scope", c.scope)
	}
	return params
}

func clientCredentials(c *connection, _ string) (url.Values, error) {
	return c.withScope(url.Values{"grant_type": {"client_credentials"}}), nil
}

func passwordCredentials(c *connection, _ string) (url.Values, error) {
	return c.withScope(url.Values{
		"grant_type": {"password"}, "username": {c.username}, "password": {c.password.reveal()},
	}), nil
}

// refreshParams asks for a token in place of the one that is held, RFC 6749 §6.
func (c *connection) refreshParams(h *held) url.Values {
	params := url.Values{"grant_type": {grantRefresh}, "refresh_token": {h.refreshToken.reveal()}}
	if c.sendScopesOnRefresh {
		c.withScope(params)
	}
	return params
}

// addTokenParams adds to a token request of that grant type what the connection
// says of all of them, and of those that refresh. It may call the grant by another
// name: that of token_params is not meant for a refresh.
func (c *connection) addTokenParams(params url.Values, grantType string) {
	maps.Copy(params, c.target)
	c.tokenParams.addTo(params)
	if grantType == grantRefresh {
		params.Set("grant_type", grantType)
		c.refreshExtra.addTo(params)
	}
}

// jwtBearer asks with an assertion, RFC 7523 §2.1. What claims does not say is
// the client's own.
func jwtBearer(c *connection, audience string) (url.Values, error) {
	now := time.Now()
	claims := map[string]any{
		"iss": c.clientID, "sub": c.clientID, "aud": audience, "jti": rand.Text(),
		"iat": jwt.NewNumericDate(now), "exp": jwt.NewNumericDate(now.Add(assertionLifetime)),
	}
	maps.Copy(claims, c.claims)
	assertion, err := sign(c.signingKey(), c.signingKeyID, claims)
	if err != nil {
		return nil, err
	}
	return c.withScope(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
	}), nil
}

// tokenExchange exchanges a token for another, RFC 8693 §2.1.
func tokenExchange(c *connection, _ string) (url.Values, error) {
	params := url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {c.subjectToken.reveal()}, "subject_token_type": {c.subjectTokenType},
	}
	if c.requestedTokenType != "" {
		params.Set("requested_token_type", c.requestedTokenType)
	}
	return c.withScope(params), nil
}
