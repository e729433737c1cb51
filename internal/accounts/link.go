package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/internal/database"
)

// Link is permission to set a password, once. Its token is part of a URL.
type Link struct {
	Token   string
	Expires time.Time
}

// Link makes a link for the user with that ID to set a password. Earlier ones of the user
// are no longer valid.
func (a *Accounts) Link(ctx context.Context, id string) (Link, error) {
	const op = "make a link"
	var link Link
	err := a.db.InTx(ctx, op, func(tx *sql.Tx) error {
		u, err := a.user(ctx, tx, op, id)
		if err != nil {
			return err
		}
		link, err = a.newLink(ctx, tx, op, &u.ID)
		return err
	})
	return link, err
}

// SetupLink makes a link by which the first operator is added, see [Accounts.SetUp]. It
// has no meaning once there is a user.
func (a *Accounts) SetupLink(ctx context.Context) (Link, error) {
	const op = "make the set-up link"
	var link Link
	err := a.db.InTx(ctx, op, func(tx *sql.Tx) (err error) {
		link, err = a.newLink(ctx, tx, op, nil)
		return err
	})
	return link, err
}

func (a *Accounts) newLink(ctx context.Context, tx *sql.Tx, op string, user *string) (Link, error) {
	link := Link{Token: rand.Text(), Expires: time.Now().Add(a.linkTTL)}
	_, err := tx.ExecContext(ctx, "DELETE FROM postern_accounts_links WHERE user_id = $1 OR (user_id IS NULL AND $1 IS NULL)", user)
	if err != nil {
		return Link{}, a.db.Failed(ctx, op, "", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO postern_accounts_links (hash, user_id, expires) VALUES ($1, $2, $3)",
		digest("link", link.Token), user, database.Millis(link.Expires))
	if err != nil {
		return Link{}, a.db.Failed(ctx, op, "", err)
	}
	return link, nil
}

// FindLink returns the user who may set a password with a token; nil if it is that of
// [Accounts.SetupLink]. The error matches [ErrNotFound] if the link is not valid.
func (a *Accounts) FindLink(ctx context.Context, token string) (*User, error) {
	return a.findLink(ctx, a.db, "open the link", token)
}

func (a *Accounts) findLink(ctx context.Context, q querier, op, token string) (*User, error) {
	var id sql.NullString
	err := q.QueryRowContext(ctx, "SELECT user_id FROM postern_accounts_links WHERE hash = $1 AND expires > $2",
		digest("link", token), database.Millis(time.Now())).Scan(&id)
	invalid := refused(op, "", ErrNotFound, "the link is not valid, or was used before", "ask an operator for another one")
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, invalid
	case err != nil:
		return nil, a.db.Failed(ctx, op, "", err)
	case id.Valid:
		u, err := a.user(ctx, q, op, id.String)
		return &u, err
	}
	var some bool
	if err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM postern_accounts_users)").Scan(&some); err != nil {
		return nil, a.db.Failed(ctx, op, "", err)
	}
	if some {
		return nil, invalid
	}
	return nil, nil //nolint:nilnil // the set-up link, as documented
}

// SetUp adds the first operator, with the token of [Accounts.SetupLink].
func (a *Accounts) SetUp(ctx context.Context, token string, u User, password string) (User, error) {
	const op = "set up"
	var err error
	if u.Email, err = checkEmail(op, u.Email); err != nil {
		return User{}, err
	}
	if u.Name == "" {
		u.Name = u.Email
	}
	u.Role = Operator
	if err := checkUser(op, u); err != nil {
		return User{}, err
	}
	if err := checkPassword(op, password); err != nil {
		return User{}, err
	}
	if _, err := a.FindLink(ctx, token); err != nil {
		return User{}, err // before the work of a hash
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	u.ID, u.Created = uuid.Must(uuid.NewV7()).String(), time.Now().UTC().Truncate(time.Millisecond)
	err = a.db.InTx(ctx, op, func(tx *sql.Tx) error {
		if a.db.Dialect == database.PostgreSQL { // two browsers must not both add the first
			if _, err := tx.ExecContext(ctx, "LOCK TABLE postern_accounts_users IN SHARE ROW EXCLUSIVE MODE"); err != nil {
				return a.db.Failed(ctx, op, "", err)
			}
		}
		switch other, err := a.findLink(ctx, tx, op, token); {
		case err != nil:
			return err
		case other != nil:
			return refused(op, "", ErrNotFound, "the link is that of a user", "")
		}
		if err := a.useLink(ctx, tx, op, token); err != nil {
			return err
		}
		if err := a.insert(ctx, tx, op, u, phc); err != nil {
			return err
		}
		return a.seen(ctx, tx, op, &u)
	})
	return u, err
}

// SetPassword sets the password of the user of a link, which ends all of their sessions.
func (a *Accounts) SetPassword(ctx context.Context, token, password string) (User, error) {
	const op = "set the password"
	if err := checkPassword(op, password); err != nil {
		return User{}, err
	}
	if _, err := a.FindLink(ctx, token); err != nil {
		return User{}, err
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = a.db.InTx(ctx, op, func(tx *sql.Tx) error {
		found, err := a.findLink(ctx, tx, op, token)
		switch {
		case err != nil:
			return err
		case found == nil:
			return refused(op, "", ErrNotFound, "the link is that of the set-up", "")
		}
		if err := a.useLink(ctx, tx, op, token); err != nil {
			return err
		}
		if err := a.store(ctx, tx, op, found.ID, phc, &u); err != nil {
			return err
		}
		return a.seen(ctx, tx, op, &u)
	})
	return u, err
}

// ChangePassword sets the password of a user who knows the present one, and ends all of their
// sessions. The error matches [ErrCredentials] if it is another.
func (a *Accounts) ChangePassword(ctx context.Context, id, present, password string) (User, error) {
	const op = "change the password"
	if err := checkPassword(op, password); err != nil {
		return User{}, err
	}
	var stored string
	err := a.db.QueryRowContext(ctx, "SELECT password FROM postern_accounts_users WHERE id = $1", id).Scan(&stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return User{}, a.db.Failed(ctx, op, "", err)
	}
	switch ok, err := a.verify(ctx, present, stored); {
	case err != nil:
		return User{}, err
	case !ok:
		return User{}, refused(op, "", ErrCredentials, "the present password is another", "")
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = a.db.InTx(ctx, op, func(tx *sql.Tx) error { return a.store(ctx, tx, op, id, phc, &u) })
	return u, err
}

// store stores a password and reads the user.
func (a *Accounts) store(ctx context.Context, tx *sql.Tx, op, id, phc string, u *User) error {
	_, err := tx.ExecContext(ctx, "UPDATE postern_accounts_users SET password = $1, epoch = epoch + 1 WHERE id = $2", phc, id)
	if err != nil {
		return a.db.Failed(ctx, op, "", err)
	}
	*u, err = a.user(ctx, tx, op, id)
	return err
}

// useLink makes a link invalid. Of two requests with the same link, one succeeds.
func (a *Accounts) useLink(ctx context.Context, tx *sql.Tx, op, token string) error {
	result, err := tx.ExecContext(ctx, "DELETE FROM postern_accounts_links WHERE hash = $1", digest("link", token))
	if err != nil {
		return a.db.Failed(ctx, op, "", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return refused(op, "", ErrNotFound, "the link was used before", "ask an operator for another one")
	}
	return nil
}

// digest is what is stored of a secret or an address, separate for each purpose.
func digest(purpose, text string) string {
	sum := sha256.Sum256([]byte(purpose + "\x00" + text))
	return hex.EncodeToString(sum[:])
}
