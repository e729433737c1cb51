package authserver

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Access is what a valid access token allows.
type Access struct {
	User     User   // without Session
	ClientID string // "": it is a personal access token
	TokenID  string // of the Session or the PersonalToken
	Scope    Scope
	Expires  time.Time
}

// AccessError is why a request to the API is refused, RFC 6750 §3.
type AccessError struct {
	Status      int    // 400, 401 or 403
	Code        string // invalid_request, invalid_token or insufficient_scope; "": there is no token
	Description string
	Scope       Scope // what insufficient_scope lacks; "" for others
}

// Error returns the description.
func (e *AccessError) Error() string { return e.Description }

// Challenge returns the value of the header WWW-Authenticate.
func (e *AccessError) Challenge() string {
	challenge := `Bearer realm="postern"`
	if e.Code != "" {
		challenge += `, error="` + e.Code + `", error_description="` + e.Description + `"`
	}
	if e.Scope != "" {
		challenge += `, scope="` + string(e.Scope) + `"`
	}
	return challenge
}

// tokenForm is a b64token, RFC 6750 §2.1.
var tokenForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^[A-Za-z0-9._~+/-]{1,200}=*$`)
})

// Authenticate returns what the access token in the Authorization header of a request to the
// API allows. A token with ScopeRead is refused unless the method is GET, HEAD or OPTIONS,
// whatever other headers say. Errors are *[AccessError], or of the database.
func (g *Registry) Authenticate(ctx context.Context, r *http.Request) (*Access, error) {
	token, err := bearerToken(r)
	if err != nil {
		return nil, err
	}
	var access *Access
	if strings.HasPrefix(token, personalTokenPrefix) {
		access, err = g.personalAccess(ctx, token)
	} else {
		access, err = g.clientAccess(ctx, token)
	}
	switch {
	case err != nil:
		return nil, err
	case access == nil:
		return nil, &AccessError{http.StatusUnauthorized, "invalid_token", "the access token does not exist, has expired or was revoked", ""}
	case !access.Scope.allows(r.Method):
		return nil, &AccessError{http.StatusForbidden, "insufficient_scope", "the access token is for reading only", ScopeAll}
	}
	return access, nil
}

// bearerToken returns the token of a request, RFC 6750 §2.1. Other ways of sending it are
// refused: logs keep URLs.
func bearerToken(r *http.Request) (string, error) {
	if strings.Contains(r.URL.RawQuery, "access_token") {
		if query, _ := url.ParseQuery(r.URL.RawQuery); query.Has("access_token") {
			return "", &AccessError{http.StatusBadRequest, "invalid_request", "the access token belongs in the Authorization header, not in the URL", ""}
		}
	}
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return "", &AccessError{http.StatusUnauthorized, "", "an access token is required: Authorization: Bearer TOKEN", ""}
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case len(headers) > 1:
		return "", &AccessError{http.StatusBadRequest, "invalid_request", "there are several Authorization headers", ""}
	case !strings.EqualFold(scheme, "Bearer"):
		return "", &AccessError{http.StatusUnauthorized, "", "the scheme of the Authorization header has to be Bearer", ""}
	case !tokenForm().MatchString(token):
		return "", &AccessError{http.StatusBadRequest, "invalid_request", "the Authorization header is malformed: Bearer TOKEN", ""}
	}
	return token, nil
}

// clientAccess returns what a client's access token allows, nil if it is not valid.
func (g *Registry) clientAccess(ctx context.Context, token string) (*Access, error) {
	var a Access
	var clientScope Scope
	var active bool
	var expires int64
	found, err := g.on("authenticate").row(ctx, `SELECT s.user_id, s.user_name, s.client, s.id, a.scope, c.scope, c.active, a.expires
		FROM postern_auth_access_tokens a
		JOIN postern_auth_sessions s ON s.id = a.session
		JOIN postern_auth_clients c ON c.id = s.client
		WHERE a.hash = $1 AND a.expires > {now}`, []any{hashOf(token)},
		&a.User.ID, &a.User.Name, &a.ClientID, &a.TokenID, &a.Scope, &clientScope, &active, &expires)
	switch {
	case err != nil || !found:
		return nil, err
	case !active:
		return nil, &AccessError{http.StatusUnauthorized, "invalid_token", "the client is deactivated", ""}
	}
	a.Scope, a.Expires = a.Scope.within(clientScope), database.Time(expires)
	return &a, nil
}

// personalAccess returns what a personal access token allows, nil if it is not valid.
func (g *Registry) personalAccess(ctx context.Context, token string) (*Access, error) {
	const op = "authenticate"
	var a Access
	var expires, unused int64
	found, err := g.on(op).row(ctx, `SELECT id, user_id, user_name, scope, expires, {now} - used
		FROM postern_auth_personal_tokens WHERE hash = $1 AND expires > {now}`, []any{hashOf(token)},
		&a.TokenID, &a.User.ID, &a.User.Name, &a.Scope, &expires, &unused)
	if err != nil || !found {
		return nil, err
	}
	a.Expires = database.Time(expires)
	if unused > usedPrecision.Milliseconds() {
		// The request does not depend on it.
		_, _ = g.on(op).exec(ctx, `UPDATE postern_auth_personal_tokens SET used = {now} WHERE id = $1`, a.TokenID)
	}
	return &a, nil
}
