package authserver

import (
	"context"
	"net/http"
)

// serveRevoke is the revocation endpoint, RFC 7009. A refresh token ends its session, also
// one that was replaced; an access token alone does not. What is not the client's is not
// touched, and the response does not tell.
func (s *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	s.serveClient(w, r, func(ctx context.Context, client *Client, form params) (any, error) {
		token := form.get("token")
		if token == "" {
			return nil, invalidRequest("token is missing")
		}
		t := s.on("revoke token")
		var err error
		if family := familyOf(token); family != "" {
			_, err = t.exec(ctx, `DELETE FROM postern_auth_sessions WHERE family = $1 AND client = $2`, hashOf(family), client.ID)
		} else {
			_, err = t.exec(ctx, `DELETE FROM postern_auth_access_tokens WHERE hash = $1
				AND session IN (SELECT id FROM postern_auth_sessions WHERE client = $2)`, hashOf(token), client.ID)
		}
		return struct{}{}, err
	})
}

// introspection is a response of the introspection endpoint, RFC 7662 §2.2.
type introspection struct {
	Active    bool   `json:"active"`
	Scope     Scope  `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	Expires   int64  `json:"exp,omitempty"` // seconds since 1970
	Issued    int64  `json:"iat,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Audience  string `json:"aud,omitempty"`
	Issuer    string `json:"iss,omitempty"`
}

// serveIntrospect is the introspection endpoint, RFC 7662, for a client's own tokens.
func (s *Server) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	s.serveClient(w, r, func(ctx context.Context, client *Client, form params) (any, error) {
		token := form.get("token")
		if token == "" {
			return nil, invalidRequest("token is missing")
		}
		return s.introspect(ctx, client, token)
	})
}

func (s *Server) introspect(ctx context.Context, client *Client, token string) (*introspection, error) {
	query, args := `SELECT s.user_id, s.user_name, a.scope, a.created, a.expires
		FROM postern_auth_access_tokens a JOIN postern_auth_sessions s ON s.id = a.session
		WHERE a.hash = $1 AND s.client = $2 AND a.expires > {now}`, []any{hashOf(token), client.ID}
	tokenType := "Bearer"
	if family := familyOf(token); family != "" {
		query, args = `SELECT user_id, user_name, scope, refreshed, expires FROM postern_auth_sessions
			WHERE refresh = $1 AND client = $2 AND expires > {now} AND family = $3`, append(args, hashOf(family))
		tokenType = ""
	}
	i := introspection{Active: true, ClientID: client.ID, TokenType: tokenType, Audience: s.cfg.Issuer, Issuer: s.cfg.Issuer}
	var created, expires int64
	found, err := s.on("introspect token").row(ctx, query, args, &i.Subject, &i.Username, &i.Scope, &created, &expires)
	if err != nil {
		return nil, err
	}
	if !found {
		return new(introspection), nil
	}
	const millis = 1000
	i.Scope, i.Issued, i.Expires = i.Scope.within(client.Scope), created/millis, expires/millis
	return &i, nil
}
