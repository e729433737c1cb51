package authserver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// storedSession is a row of postern_auth_sessions.
type storedSession struct {
	id, client        string
	scope             Scope
	refresh, previous []byte
	seed              []byte
	age               int64 // milliseconds since it began
	since             int64 // milliseconds since the refresh token was issued
	left              int64 // milliseconds until it expires
}

// session returns and locks the session that a refresh token belongs or belonged to, nil if
// there is none.
func (s statements) session(ctx context.Context, token string) (*storedSession, error) {
	family := familyOf(token)
	if family == "" {
		return nil, nil //nolint:nilnil // none is an answer
	}
	var o storedSession
	found, err := s.row(ctx, `SELECT id, client, scope, refresh, previous, seed, {now} - created, {now} - refreshed, expires - {now}
		FROM postern_auth_sessions WHERE family = $1 {lock}`, []any{hashOf(family)},
		&o.id, &o.client, &o.scope, &o.refresh, &o.previous, &o.seed, &o.age, &o.since, &o.left)
	if err != nil || !found {
		return nil, err
	}
	return &o, nil
}

// refresh replaces a refresh token, RFC 6749 §6. One that was replaced before ends the
// session, since only one of the two who have it can be the client: RFC 9700 §4.14.2.
func (s *Server) refresh(ctx context.Context, client *Client, form params) (response *issued, err error) {
	token := form.get("refresh_token")
	if token == "" {
		return nil, invalidRequest("refresh_token is missing")
	}
	scope, known := parseScope(form.get("scope"))
	if !known {
		return nil, &oauthError{code: "invalid_scope", description: "scope has to be " + list(Scopes())}
	}
	var refusal *oauthError
	err = s.inTx(ctx, "refresh", func(t statements) error {
		session, err := t.session(ctx, token)
		if err != nil {
			return err
		}
		if session == nil || session.client != client.ID {
			refusal = invalidGrant("there is no such refresh token of the client, or its session has ended")
			return nil
		}
		allowed := session.scope.within(client.Scope)
		setDefault(&scope, allowed)
		current := equal(session.refresh, hashOf(token))
		switch {
		case !current && !s.repeats(session, token):
			refusal = invalidGrant("the refresh token was used before; its session has ended")
			_, err = t.exec(ctx, `DELETE FROM postern_auth_sessions WHERE id = $1`, session.id)
		case session.left <= 0:
			refusal = invalidGrant("the refresh token has expired")
		case !allowed.covers(scope):
			refusal = &oauthError{code: "invalid_scope", description: "scope is wider than what was granted"}
		case current:
			response, err = s.rotate(ctx, t, session, token, scope)
		default:
			access, refresh := successors(token, session.seed)
			left := s.cfg.AccessTokenTTL - time.Duration(session.since)*time.Millisecond
			response = newIssued(access, refresh, session.scope, left)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case refusal != nil:
		return nil, refusal
	}
	return response, nil
}

// repeats reports whether a refresh is the last one again, within the grace and before its
// result was used.
func (s *Server) repeats(session *storedSession, token string) bool {
	return len(session.seed) > 0 && equal(session.previous, hashOf(token)) && session.since <= s.cfg.RefreshGrace.Milliseconds()
}

// rotate replaces the current refresh token of a session. A narrower scope stays, since the
// new token has that of the request.
func (s *Server) rotate(ctx context.Context, t statements, session *storedSession, token string, scope Scope) (*issued, error) {
	seed := make([]byte, sha256.Size)
	_, _ = rand.Read(seed) // never fails
	access, refresh := successors(token, seed)
	var previous []byte
	if s.cfg.RefreshGrace > 0 {
		previous = session.refresh
	} else {
		seed = nil
	}
	ttl := min(s.cfg.RefreshTokenTTL, s.cfg.SessionTTL-time.Duration(session.age)*time.Millisecond)
	_, err := t.exec(ctx, `UPDATE postern_auth_sessions SET refresh = $2, previous = $3, seed = $4, scope = $5,
		refreshed = {now}, expires = {now} + $6 WHERE id = $1`,
		session.id, hashOf(refresh), previous, seed, string(scope), ttl.Milliseconds())
	if err == nil {
		err = s.storeAccess(ctx, t, session.id, access, scope)
	}
	if err != nil {
		return nil, err
	}
	return newIssued(access, refresh, scope, s.cfg.AccessTokenTTL), nil
}
