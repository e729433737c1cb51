package authserver

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"
)

// issued is a token response, RFC 6749 §5.1.
type issued struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token"`
	Scope        Scope  `json:"scope"`
}

func newIssued(access, refresh string, scope Scope, ttl time.Duration) *issued {
	return &issued{AccessToken: access, TokenType: "Bearer", ExpiresIn: int64(ttl.Round(time.Second) / time.Second), RefreshToken: refresh, Scope: scope}
}

// serveToken is the token endpoint, RFC 6749 §3.2.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	s.serveClient(w, r, func(ctx context.Context, client *Client, form params) (any, error) {
		switch {
		case !s.isOurs(form):
			return nil, invalidTarget()
		case !form.has("grant_type"):
			return nil, invalidRequest("grant_type is missing")
		}
		switch form.get("grant_type") {
		case "authorization_code":
			return s.redeem(ctx, client, form)
		case "refresh_token":
			return s.refresh(ctx, client, form)
		}
		return nil, &oauthError{code: "unsupported_grant_type", description: "grant_type has to be authorization_code or refresh_token"}
	})
}

// serveClient responds to an authenticated client with what serve returns, as JSON.
func (s *Server) serveClient(
	w http.ResponseWriter, r *http.Request, serve func(ctx context.Context, client *Client, form params) (any, error),
) {
	protect(w)
	w.Header().Set("Access-Control-Allow-Origin", "*") // for pages that are public clients: no cookie counts here
	form, refusal := readForm(w, r)
	if refusal != nil {
		writeError(w, refusal)
		return
	}
	client, err := s.authenticate(r, form)
	var response any
	if err == nil {
		response, err = serve(r.Context(), client, form)
	}
	if err != nil {
		writeError(w, s.asOAuthError(r, err))
		return
	}
	writeJSON(w, http.StatusOK, response)
}

// credentials are how a request authenticates its client, RFC 6749 §2.3.
type credentials struct {
	id, secret string
	method     AuthMethod
}

// credentialsOf returns the credentials of a request.
func credentialsOf(r *http.Request, form params) (credentials, *oauthError) {
	c := credentials{form.get("client_id"), form.get("client_secret"), AuthMethodPost}
	if c.secret == "" {
		c.method = AuthMethodNone
	}
	headers := r.Header.Values("Authorization")
	switch {
	case form.has("client_assertion") || form.has("client_assertion_type"):
		return c, invalidClient("assertions of clients are not supported")
	case len(headers) > 0:
		id, secret, ok := basicAuth(r)
		switch {
		case !ok || len(headers) > 1:
			return c, invalidClient("the Authorization header is not of the Basic scheme")
		case c.secret != "" || c.id != "" && c.id != id:
			return c, invalidRequest("the client authenticates in the Authorization header and in the body")
		}
		c = credentials{id, secret, AuthMethodBasic}
	case c.id == "":
		return c, invalidClient("client_id is missing")
	}
	return c, nil
}

// basicAuth returns the credentials of the Authorization header, which are encoded as in a
// form, RFC 6749 §2.3.1.
func basicAuth(r *http.Request) (id, secret string, ok bool) {
	rawID, rawSecret, ok := r.BasicAuth()
	id, err := url.QueryUnescape(rawID)
	secret, wrong := url.QueryUnescape(rawSecret)
	return id, secret, ok && err == nil && wrong == nil
}

// authenticate returns the client that made a request, RFC 6749 §3.2.1.
func (s *Server) authenticate(r *http.Request, form params) (*Client, error) {
	given, refusal := credentialsOf(r, form)
	if refusal != nil {
		return nil, refusal
	}
	ctx := r.Context()
	const op = "authenticate client"
	client, err := s.on(op).client(ctx, given.id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	known := err == nil
	key := limitKey{client.ID, s.cfg.Address(r)} // without a client if there is no such one
	if wait, ok := s.limit.take(key); !ok {
		return nil, &oauthError{status: http.StatusTooManyRequests, code: "temporarily_unavailable", description: "there are too many requests", wait: wait}
	}
	var hashes [][]byte
	if known {
		if hashes, err = s.on(op).secretHashes(ctx, client.ID); err != nil {
			return nil, err
		}
	}
	hash, matches := hashOf(given.secret), false
	for _, h := range hashes {
		matches = equal(h, hash) || matches
	}
	if !known || given.method != client.AuthMethod || !matches && given.method != AuthMethodNone {
		s.limit.failed(key)
		return nil, invalidClient("there is no such client, its secret is another, or it has to authenticate in another way")
	}
	if !client.Active {
		return nil, invalidClient("the client is deactivated")
	}
	return &client, nil
}

// verifierForm is a code_verifier, RFC 7636 §4.1.
var verifierForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
})

// storedCode is a row of postern_auth_codes.
type storedCode struct {
	client, redirectURI, challenge string
	redirectSent                   bool
	scope                          Scope
	user                           User
	left                           int64   // milliseconds until it expires
	session                        *string // nil: not redeemed
}

// redeem exchanges a code for tokens, RFC 6749 §4.1.3. Only a request that is right in
// everything uses up the code: another client cannot.
func (s *Server) redeem(ctx context.Context, client *Client, form params) (response *issued, err error) {
	if !form.has("code") {
		return nil, invalidRequest("code is missing")
	}
	if form.has("code_verifier") && !verifierForm().MatchString(form.get("code_verifier")) {
		return nil, invalidRequest("code_verifier has to be 43 to 128 characters of A-Z, a-z, 0-9 and - . _ ~")
	}
	hash := hashOf(form.get("code"))
	var refusal *oauthError
	err = s.inTx(ctx, "redeem code", func(t statements) error {
		active, err := t.lockClient(ctx, client.ID)
		if err != nil {
			return err
		}
		code, err := t.code(ctx, hash)
		if err != nil {
			return err
		}
		if refusal = code.check(client, form); refusal == nil && !active {
			refusal = invalidGrant("the client is deactivated")
		}
		switch {
		case refusal == nil:
			response, err = s.startSession(ctx, t, client, code, hash)
		case code != nil && code.client == client.ID && code.session != nil: // RFC 9700 §4.5: what was issued for it may be in wrong hands
			_, err = t.exec(ctx, `DELETE FROM postern_auth_sessions WHERE id = $1`, *code.session)
		}
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound): // the client was deleted in between
		return nil, invalidGrant("there is no such client")
	case err != nil:
		return nil, err
	case refusal != nil:
		return nil, refusal
	}
	return response, nil
}

// code returns a code, nil if there is no such one. Only a transaction that has locked its
// client changes it.
func (s statements) code(ctx context.Context, hash []byte) (*storedCode, error) {
	var c storedCode
	found, err := s.row(ctx, `SELECT client, user_id, user_name, redirect_uri, redirect_sent, challenge, scope, expires - {now}, session
		FROM postern_auth_codes WHERE hash = $1`, []any{hash},
		&c.client, &c.user.ID, &c.user.Name, &c.redirectURI, &c.redirectSent, &c.challenge, &c.scope, &c.left, &c.session)
	if err != nil || !found {
		return nil, err
	}
	return &c, nil
}

// check returns why a code is refused.
func (c *storedCode) check(client *Client, form params) *oauthError {
	verifier := form.get("code_verifier")
	switch {
	case c == nil || c.client != client.ID:
		return invalidGrant("there is no such code of the client")
	case c.session != nil:
		return invalidGrant("the code was used before; tokens issued for it are revoked")
	case c.left <= 0:
		return invalidGrant("the code has expired")
	case form.has("redirect_uri") && form.get("redirect_uri") != c.redirectURI, !form.has("redirect_uri") && c.redirectSent:
		return invalidGrant("redirect_uri is not that of the authorization request")
	case c.challenge == "" && verifier != "": // RFC 9700 §4.8.2: an attacker may have removed the challenge
		return invalidGrant("code_verifier without a code_challenge in the authorization request")
	case c.challenge != "" && !equal([]byte(challengeOf(verifier)), []byte(c.challenge)):
		return invalidGrant("code_verifier does not match code_challenge")
	}
	return nil
}

// challengeOf returns the code_challenge of a code_verifier by S256, RFC 7636 §4.2.
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// startSession creates the session of a code, with its first tokens.
func (s *Server) startSession(ctx context.Context, t statements, client *Client, code *storedCode, hash []byte) (*issued, error) {
	id, err := newID()
	if err != nil {
		return nil, t.failed(ctx, err)
	}
	access, refresh := newSecret(accessTokenPrefix), newRefreshToken()
	scope := code.scope.within(client.Scope)
	_, err = t.exec(ctx, `INSERT INTO postern_auth_sessions
		(id, client, user_id, user_name, scope, family, refresh, created, refreshed, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, {now}, {now}, {now} + $8)`,
		id, client.ID, code.user.ID, code.user.Name, string(scope), hashOf(familyOf(refresh)), hashOf(refresh), s.cfg.RefreshTokenTTL.Milliseconds())
	if err == nil {
		_, err = t.exec(ctx, `UPDATE postern_auth_codes SET session = $2 WHERE hash = $1`, hash, id)
	}
	if err == nil {
		err = s.storeAccess(ctx, t, id, access, scope)
	}
	if err == nil {
		_, err = t.exec(ctx, `DELETE FROM postern_auth_sessions WHERE id IN (
			SELECT id FROM postern_auth_sessions WHERE user_id = $1 AND client = $2 ORDER BY created DESC, id DESC LIMIT 1000 OFFSET $3)`,
			code.user.ID, client.ID, s.cfg.SessionsPerUser)
	}
	if err != nil {
		return nil, err
	}
	return newIssued(access, refresh, scope, s.cfg.AccessTokenTTL), nil
}

// maxAccessTokens is how many access tokens of a session work at the same time. Each refresh
// adds one.
const maxAccessTokens = 20

// storeAccess stores an access token of a session, and forgets the oldest beyond the maximum.
func (s *Server) storeAccess(ctx context.Context, t statements, session, token string, scope Scope) error {
	_, err := t.exec(ctx, `INSERT INTO postern_auth_access_tokens (hash, session, scope, created, expires) VALUES ($1, $2, $3, {now}, {now} + $4)`,
		hashOf(token), session, string(scope), s.cfg.AccessTokenTTL.Milliseconds())
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM postern_auth_access_tokens WHERE hash IN (
		SELECT hash FROM postern_auth_access_tokens WHERE session = $1 ORDER BY created DESC, hash LIMIT 1000 OFFSET $2)`, session, maxAccessTokens)
	return err
}
