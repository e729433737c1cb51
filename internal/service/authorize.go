package service

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed" // of the tables
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/report"
)

//go:embed tables.sql
var tables string

func createTables(ctx context.Context, db *database.DB) error {
	return db.Update(ctx, database.SQL("postern_service_version", tables))
}

// Authorization is an authorization of a connection that was begun. The URL has the state,
// RFC 6749 §10.12; the ID alone does not let others complete it.
type Authorization struct {
	ID      string
	URL     string // to send the browser to; "": it was begun before, or is on another device
	State   AuthorizationState
	Failure *report.Failure // of one that failed; nil otherwise
	Expires time.Time

	// Of one on another device, RFC 8628 §3.2, while it is pending; "" otherwise. The page at
	// VerificationURIComplete, which may be "", has the code in it.
	UserCode, VerificationURI, VerificationURIComplete string
}

// AuthorizationState is how far an authorization has come.
type AuthorizationState string

// The states.
const (
	AuthorizationPending   AuthorizationState = "pending"
	AuthorizationSucceeded AuthorizationState = "succeeded"
	AuthorizationFailed    AuthorizationState = "failed"
)

// authorizationRedeeming is stored while the code is redeemed.
const authorizationRedeeming = "redeeming"

// redeemTime bounds how long the code is redeemed.
const redeemTime = 2 * time.Minute

// authorizationKept is for how long one tells after its callback how it ended.
const authorizationKept = 10 * time.Minute

// Authorize begins to authorize a connection. The callback must come from the same session,
// or, if a program asked for the URL, from a browser in which its user is signed in. With the grant
// device_code there is no callback: the server waits for the user to agree on another device.
func (s *Service) Authorize(ctx context.Context, caller Caller, name string) (Authorization, error) {
	const op = "get token"
	if err := caller.may(op, accounts.Operator); err != nil {
		return Authorization{}, err
	}
	c := s.Connections
	detail, err := c.detail(ctx, name)
	if err != nil {
		return Authorization{}, err
	}
	ctx = connection.WithActor(ctx, caller.Actor())
	if detail.Description.Grant == "device_code" {
		return s.authorizeDevice(ctx, caller, name)
	}
	a, err := c.Authorize(ctx, name, detail.RedirectURI)
	if err != nil {
		return Authorization{}, err
	}
	sealed, err := c.SealAuthorization(a)
	if err != nil {
		return Authorization{}, err
	}
	out := Authorization{ID: attemptKey(a.State(), caller.Session), URL: a.URL, State: AuthorizationPending, Expires: a.Expires}
	return out, s.beginAuthorization(ctx, caller, name, out, false, sealed)
}

// beginAuthorization stores an authorization.
func (s *Service) beginAuthorization(ctx context.Context, caller Caller, name string, a Authorization, device bool, sealed []byte) error {
	db := s.Connections.cfg.DB
	flag := 0
	if device {
		flag = 1
	}
	_, err := db.ExecContext(ctx, `INSERT INTO postern_service_authorizations (id, connection, user_id, actor, device, sealed, status, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, name, caller.ID, caller.Actor(), flag, sealed, a.State, database.Millis(a.Expires))
	if err != nil {
		return db.Failed(ctx, "get token", name, err)
	}
	return nil
}

// Authorization returns an authorization that the caller has begun, until it expires.
func (s *Service) Authorization(ctx context.Context, caller Caller, name, id string) (Authorization, error) {
	const op = "find authorization"
	if err := caller.mayRead(op, accounts.Operator); err != nil {
		return Authorization{}, err
	}
	a := Authorization{ID: id}
	var status, failure string
	var sealed []byte
	var device, held, expires, now int64
	db := s.Connections.cfg.DB
	err := db.QueryRowContext(ctx, `SELECT device, sealed, status, failure, held_until, expires, `+db.Dialect.Now+` FROM postern_service_authorizations
		WHERE id = $1 AND connection = $2 AND user_id = $3 AND expires > $4`,
		database.Plain(id), database.Plain(name), caller.ID, database.Millis(time.Now())).Scan(&device, &sealed, &status, &failure, &held, &expires, &now)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return a, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: "there is no such authorization", Hint: "it may have expired: begin again", Reason: ErrNotFound,
		}
	case err != nil:
		return a, db.Failed(ctx, op, name, err)
	}
	a.Expires, a.State = database.Time(expires), AuthorizationState(status)
	switch {
	case failure != "":
		a.Failure = new(report.Failure)
		return a, json.Unmarshal([]byte(failure), a.Failure)
	case status == authorizationRedeeming && held < now:
		a.State, a.Failure = AuthorizationFailed, report.NewFailure(&hostapi.Error{
			Code: hostapi.CodeClosed, Op: "get token", Name: name, Message: "the server ended while it exchanged the code for tokens", Hint: "authorize the connection again",
		}, nil)
	case status == authorizationRedeeming:
		a.State = AuthorizationPending
	case device != 0 && a.State == AuthorizationPending:
		s.describeDevice(ctx, &a, sealed)
	}
	return a, nil
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
	id, name, sealed, err := s.takeAuthorization(ctx, caller.ID, []string{attemptKey(state, caller.Session), attemptKey(state, "")})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", none
	case err != nil:
		return "", c.cfg.DB.Failed(ctx, op, "", err)
	}
	ctx, cancel := context.WithTimeout(connection.WithActor(ctx, caller.Actor()), redeemTime)
	defer cancel()
	a, err := c.ResumeAuthorization(ctx, sealed)
	if err == nil {
		err = c.Redeem(ctx, a, query)
	}
	return name, cmp.Or(err, s.endAuthorization(context.WithoutCancel(ctx), id, name, err)) // the browser may have gone
}

// takeAuthorization returns a pending authorization, which is not pending from then on: a
// state is good once. The error is [sql.ErrNoRows] if there is none.
func (s *Service) takeAuthorization(ctx context.Context, user string, ids []string) (id, name string, sealed []byte, err error) {
	db, now := s.Connections.cfg.DB, time.Now()
	err = db.InTx(ctx, "get token", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT id, connection, sealed FROM postern_service_authorizations
			WHERE id IN ($1, $2) AND user_id = $3 AND device = 0 AND status = $4 AND expires > $5`,
			ids[0], ids[1], user, AuthorizationPending, database.Millis(now)).Scan(&id, &name, &sealed)
		if err != nil {
			return err
		}
		//nolint:gosec // the text of a dialect
		result, err := tx.ExecContext(ctx, `UPDATE postern_service_authorizations SET status = $1, sealed = $2, expires = $3,
				held_until = `+db.Dialect.Now+` + CAST($4 AS BIGINT) WHERE id = $5 AND status = $6`,
			authorizationRedeeming, []byte{}, database.Millis(now.Add(authorizationKept)), redeemTime.Milliseconds(), id, AuthorizationPending)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 0 {
			return cmp.Or(err, sql.ErrNoRows) // another request was first
		}
		return nil
	})
	return id, name, sealed, err
}

// endAuthorization stores how an authorization ended.
func (s *Service) endAuthorization(ctx context.Context, id, name string, failure error) error {
	status, text := AuthorizationSucceeded, ""
	if failure != nil {
		encoded, err := json.Marshal(report.NewFailure(failure, nil))
		if err != nil {
			return err
		}
		status, text = AuthorizationFailed, string(encoded)
	}
	db := s.Connections.cfg.DB
	_, err := db.ExecContext(ctx, `UPDATE postern_service_authorizations SET status = $1, failure = $2, sealed = $3 WHERE id = $4`, status, text, []byte{}, id)
	if err != nil {
		return db.Failed(ctx, "get token", name, err)
	}
	return nil
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
