package authserver

import (
	"context"
	"database/sql"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Session is what a user allowed a client: a refresh token, and the access tokens of it.
type Session struct {
	ID         string    `json:"id"`
	ClientID   string    `json:"client_id"`
	ClientName string    `json:"client_name"`
	UserID     string    `json:"user_id"`
	UserName   string    `json:"user_name"`
	Scope      Scope     `json:"scope"`
	Created    time.Time `json:"created"`
	Refreshed  time.Time `json:"refreshed"` // when its refresh token was issued
	Expires    time.Time `json:"expires"`   // when its refresh token expires
}

// SessionFilter selects sessions.
type SessionFilter struct {
	ClientID string // "": of all clients
	UserID   string // "": of all users
	Page
}

// Sessions lists sessions, the newest first.
func (g *Registry) Sessions(ctx context.Context, filter SessionFilter) (Part[Session], error) {
	const op = "list sessions"
	created, id, limit, err := filter.from(op)
	if err != nil {
		return Part[Session]{}, err
	}
	var found []listed[Session]
	err = g.on(op).rows(ctx, `SELECT s.id, s.client, c.name, s.user_id, s.user_name, s.scope, s.created, s.refreshed, s.expires
		FROM postern_auth_sessions s JOIN postern_auth_clients c ON c.id = s.client
		WHERE (s.created < $1 OR s.created = $1 AND s.id < $2) AND ($3 = '' OR s.client = $3) AND ($4 = '' OR s.user_id = $4) AND s.expires > {now}
		ORDER BY s.created DESC, s.id DESC LIMIT $5`,
		[]any{created, id, database.Plain(filter.ClientID), database.Plain(filter.UserID), limit + 1},
		func(rows *sql.Rows) error {
			var s Session
			var created, refreshed, expires int64
			err := rows.Scan(&s.ID, &s.ClientID, &s.ClientName, &s.UserID, &s.UserName, &s.Scope, &created, &refreshed, &expires)
			s.Created, s.Refreshed, s.Expires = database.Time(created), database.Time(refreshed), database.Time(expires)
			found = append(found, listed[Session]{s, created, s.ID})
			return err
		})
	return partOf(found, limit), err
}

// RevokeSession ends a session of a user, or of any for "": its tokens do not work any more.
func (g *Registry) RevokeSession(ctx context.Context, userID, id string) error {
	const op = "revoke session"
	if !isID(id) {
		return notFound(op, database.Plain(id), "session")
	}
	n, err := g.on(op).exec(ctx, `DELETE FROM postern_auth_sessions WHERE id = $1 AND ($2 = '' OR user_id = $2)`, id, database.Plain(userID))
	if err == nil && n == 0 {
		err = notFound(op, id, "session")
	}
	return err
}

// RevokeUser ends all sessions of a user, and revokes the user's codes and personal access
// tokens.
func (g *Registry) RevokeUser(ctx context.Context, userID string) error {
	return g.inTx(ctx, "revoke user", func(s statements) error {
		for _, table := range []string{"postern_auth_sessions", "postern_auth_codes", "postern_auth_personal_tokens"} {
			if _, err := s.exec(ctx, `DELETE FROM `+table+` WHERE user_id = $1`, database.Plain(userID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepPersonal is how long expired personal access tokens are still listed, so that their
// users see why they stopped working.
const keepPersonal = 30 * 24 * time.Hour

// Prune deletes what has expired, and returns how many rows that was.
func (g *Registry) Prune(ctx context.Context) (int, error) {
	const op = "delete expired tokens"
	total := 0
	for _, statement := range []struct {
		text string
		args []any
	}{
		{`DELETE FROM postern_auth_sessions WHERE expires <= {now}`, nil},
		{`DELETE FROM postern_auth_codes WHERE expires <= {now} AND session IS NULL`, nil},
		{`DELETE FROM postern_auth_access_tokens WHERE expires <= {now}`, nil},
		{`DELETE FROM postern_auth_personal_tokens WHERE expires + $1 <= {now}`, []any{keepPersonal.Milliseconds()}},
	} {
		n, err := g.on(op).exec(ctx, statement.text, statement.args...)
		if err != nil {
			return total, err
		}
		total += int(n)
	}
	// What would repeat a response is of no use after the grace.
	_, err := g.on(op).exec(ctx, `UPDATE postern_auth_sessions SET previous = NULL, seed = NULL
		WHERE seed IS NOT NULL AND refreshed + $1 < {now}`, maxRefreshGrace.Milliseconds())
	return total, err
}
