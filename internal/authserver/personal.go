package authserver

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// PersonalToken is an access token that a user made for one of their programs.
type PersonalToken struct {
	ID      string    `json:"id"`
	UserID  string    `json:"user_id"`
	Name    string    `json:"name"`
	Scope   Scope     `json:"scope"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"` // to the minute; the zero time: never
}

const (
	maxPersonalTokens = 100 // of a user
	maxPersonalTTL    = 366 * 24 * time.Hour
	usedPrecision     = time.Minute
)

// CreateToken makes a personal access token for a user, which cannot be shown again. It
// expires at a time that is at most a year away. Scope "" is ScopeRead.
func (g *Registry) CreateToken(ctx context.Context, user User, name string, scope Scope, expires time.Time) (token PersonalToken, secret string, err error) {
	const op = "add personal access token"
	if name, err = checkName(op, name); err != nil {
		return token, "", err
	}
	if scope == "" {
		scope = ScopeRead
	}
	ttl := time.Until(expires)
	switch {
	case user.ID == "":
		return token, "", invalid(op, name, "it has no user", "")
	case !slices.Contains(Scopes(), scope):
		return token, "", invalid(op, "scope", "does not exist", "use "+list(Scopes()))
	case ttl <= 0:
		return token, "", invalid(op, "expiry", "is not in the future", "")
	case ttl > maxPersonalTTL:
		return token, "", invalid(op, "expiry", "is more than a year away", "make a new token before it expires")
	}
	id, err := newID()
	if err != nil {
		return token, "", err
	}
	secret = newSecret(personalTokenPrefix)
	err = g.inTx(ctx, op, func(s statements) error {
		var n int
		if _, err := s.row(ctx, `SELECT count(*) FROM postern_auth_personal_tokens WHERE user_id = $1`, []any{user.ID}, &n); err != nil {
			return err
		}
		if n >= maxPersonalTokens {
			return conflict(op, name, fmt.Sprintf("the user has %d tokens", n), "revoke some that are not used")
		}
		_, err := s.exec(ctx, `INSERT INTO postern_auth_personal_tokens (id, hash, user_id, user_name, name, scope, created, expires, used)
			VALUES ($1, $2, $3, $4, $5, $6, {now}, $7, 0)`, id, hashOf(secret), user.ID, user.Name, name, string(scope), expires.UnixMilli())
		if err != nil {
			return err
		}
		var created int64
		_, err = s.row(ctx, `SELECT created FROM postern_auth_personal_tokens WHERE id = $1`, []any{id}, &created)
		token = PersonalToken{ID: id, UserID: user.ID, Name: name, Scope: scope, Created: database.Time(created), Expires: database.Time(expires.UnixMilli())}
		return err
	})
	if err != nil {
		return PersonalToken{}, "", err
	}
	return token, secret, nil
}

// Tokens lists the personal access tokens of a user, the newest first. Those that expired
// are listed for 30 days more.
func (g *Registry) Tokens(ctx context.Context, userID string, page Page) (Part[PersonalToken], error) {
	const op = "list personal access tokens"
	created, id, limit, err := page.from(op)
	if err != nil {
		return Part[PersonalToken]{}, err
	}
	var found []listed[PersonalToken]
	err = g.on(op).rows(ctx, `SELECT id, user_id, name, scope, created, expires, used FROM postern_auth_personal_tokens
		WHERE (created < $1 OR created = $1 AND id < $2) AND user_id = $3 ORDER BY created DESC, id DESC LIMIT $4`,
		[]any{created, id, database.Plain(userID), limit + 1},
		func(rows *sql.Rows) error {
			var t PersonalToken
			var created, expires, used int64
			err := rows.Scan(&t.ID, &t.UserID, &t.Name, &t.Scope, &created, &expires, &used)
			t.Created, t.Expires, t.Used = database.Time(created), database.Time(expires), database.Time(used)
			found = append(found, listed[PersonalToken]{t, created, t.ID})
			return err
		})
	return partOf(found, limit), err
}

// RevokeToken revokes a personal access token of a user.
func (g *Registry) RevokeToken(ctx context.Context, userID, id string) error {
	const op = "revoke personal access token"
	if !isID(id) {
		return notFound(op, database.Plain(id), "token")
	}
	n, err := g.on(op).exec(ctx, `DELETE FROM postern_auth_personal_tokens WHERE id = $1 AND user_id = $2`, id, database.Plain(userID))
	if err == nil && n == 0 {
		err = notFound(op, id, "token")
	}
	return err
}
