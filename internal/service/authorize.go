package service

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
)

// Authorizations under way, so that any node can get the callback. The sealed column is
// encrypted.
const attemptsTable = `
CREATE TABLE postern_service_authorizations (
    state      TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of it and of the secret of the session
    connection TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    expires    BIGINT NOT NULL
);
`

func createTables(ctx context.Context, db *database.DB) error {
	return db.Update(ctx, database.Tables{
		VersionTable: "postern_service_version",
		Migrations:   []*goose.Migration{database.Statements(1, attemptsTable), database.Statements(2, hooksTable)},
	})
}

// Authorize begins to authorize a connection, and returns the URL to send the caller's
// browser to. The callback must come from the same session, or, if a program asked for the
// URL, from a browser in which its user is signed in.
func (s *Service) Authorize(ctx context.Context, caller Caller, name string) (string, error) {
	const op = "get token"
	if err := caller.may(op, accounts.Operator); err != nil {
		return "", err
	}
	c := s.Connections
	detail, err := c.detail(ctx, name)
	if err != nil {
		return "", err
	}
	a, err := c.Authorize(connection.WithActor(ctx, caller.Actor()), name, detail.RedirectURI)
	if err != nil {
		return "", err
	}
	sealed, err := c.SealAuthorization(a)
	if err != nil {
		return "", err
	}
	_, err = c.cfg.DB.ExecContext(ctx, `INSERT INTO postern_service_authorizations (state, connection, user_id, sealed, expires)
		VALUES ($1, $2, $3, $4, $5)`, attemptKey(a.State(), caller.Session), name, caller.ID, sealed, database.Millis(a.Expires))
	if err != nil {
		return "", c.cfg.DB.Failed(ctx, op, name, err)
	}
	return a.URL, nil
}

// CallbackURL is the URL to register with authorization servers, unless a connection has
// another.
func (s *Service) CallbackURL() string { return s.Connections.cfg.Callback }

// ErrNoAttempt is the reason of the error of [Service.Callback] for a callback that none
// waits for: its state is unknown, was used, has expired, or is that of another browser or user.
var ErrNoAttempt = errors.New("no authorization is waiting for it")

// Callback completes an authorization with the query of the callback, RFC 6749 §4.1.2,
// and returns the name of the connection, also with an error of the authorization server.
func (s *Service) Callback(ctx context.Context, caller Caller, query url.Values) (string, error) {
	const op = "get token"
	if err := caller.may(op, accounts.Operator); err != nil {
		return "", err
	}
	c := s.Connections
	none := &hostapi.Error{
		Code: hostapi.CodeDenied, Op: op, Reason: ErrNoAttempt,
		Message: "no authorization is waiting for this response", Hint: "begin again with Get token, in the same browser",
	}
	if len(query["state"]) != 1 {
		return "", none
	}
	state := query.Get("state")
	var name string
	var sealed []byte
	// Deleted before it is used: a state is good once.
	err := c.cfg.DB.QueryRowContext(ctx, `DELETE FROM postern_service_authorizations
		WHERE state IN ($1, $2) AND user_id = $3 AND expires > $4 RETURNING connection, sealed`,
		attemptKey(state, caller.Session), attemptKey(state, ""), caller.ID, database.Millis(time.Now())).Scan(&name, &sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", none
	case err != nil:
		return "", c.cfg.DB.Failed(ctx, op, "", err)
	}
	ctx = connection.WithActor(ctx, caller.Actor())
	a, err := c.ResumeAuthorization(ctx, sealed)
	if err != nil {
		return name, err
	}
	if err := c.Redeem(ctx, a, query); err != nil {
		return name, err
	}
	return name, nil
}

// Prune deletes authorizations that have expired.
func (c *Connections) Prune(ctx context.Context) error {
	_, err := c.cfg.DB.ExecContext(ctx, "DELETE FROM postern_service_authorizations WHERE expires < $1", database.Millis(time.Now()))
	if err != nil {
		return c.cfg.DB.Failed(ctx, "delete expired authorizations", "", err)
	}
	return nil
}

// attemptKey returns what is stored of a state and of the session that it belongs to,
// RFC 6749 §10.12.
func attemptKey(state, session string) string { return hashOf(state + "\n" + session) }
