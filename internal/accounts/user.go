package accounts

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/label"
)

// Role is what a user may do. Each role includes those before it.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // sees tasks and runs
	Author   Role = "author"   // changes tasks and schedules, and starts runs
	Operator Role = "operator" // manages connections, API clients and users
)

// Roles returns the roles, that with the fewest rights first.
func Roles() []Role { return []Role{Viewer, Author, Operator} }

// Includes reports whether a user with role r has the rights of other.
func (r Role) Includes(other Role) bool { return r.rank() >= other.rank() && r.rank() > 0 }

func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Author:
		return 2
	case Operator:
		return 3
	}
	return 0
}

// User is a person who may sign in.
type User struct {
	ID       string
	Email    string // in lower case
	Name     string
	Role     Role
	Disabled bool
	Invited  bool // has not set a password yet
	Created  time.Time
	SignedIn time.Time // zero: never

	epoch int64
}

// ETag identifies what [Accounts.Change] changes.
func (u User) ETag() string { return etag.Of(u.ID, u.Email, u.Name, u.Role, u.Disabled) }

const userColumns = "id, email, name, role, password = '', epoch, disabled, created, seen"

func scanUser(row interface{ Scan(into ...any) error }) (User, error) {
	var u User
	var disabled, created, seen int64
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.Invited, &u.epoch, &disabled, &created, &seen)
	u.Disabled, u.Created, u.SignedIn = disabled != 0, database.Time(created), database.Time(seen)
	return u, err
}

// Users returns at most limit users (0: all) whose email address or name contains text, in any case, in the order of
// email addresses, beginning after one.
func (a *Accounts) Users(ctx context.Context, text, after string, limit int) ([]User, error) {
	const op = "list users"
	if limit <= 0 {
		limit = math.MaxInt32
	}
	rows, err := a.db.QueryContext(ctx, "SELECT "+userColumns+` FROM postern_accounts_users
		WHERE email > $1 AND `+database.Contains(text, "$2", "email", "name")+` ORDER BY email LIMIT $3`,
		database.Plain(after), database.Containing(text), limit)
	if err != nil {
		return nil, a.db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err
	var users []User
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, a.db.Failed(ctx, op, "", err)
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, a.db.Failed(ctx, op, "", err)
	}
	return users, nil
}

// User returns the user with that ID or email address, or an error that matches
// [ErrNotFound].
func (a *Accounts) User(ctx context.Context, key string) (User, error) {
	return a.user(ctx, a.db, "find user", key)
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (a *Accounts) user(ctx context.Context, q querier, op, key string) (User, error) {
	u, err := scanUser(q.QueryRowContext(ctx,
		"SELECT "+userColumns+" FROM postern_accounts_users WHERE id = $1 OR email = $2", key, normal(key)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return User{}, refused(op, key, ErrNotFound, "there is no such user", "see: postern user list")
	case err != nil:
		return User{}, a.db.Failed(ctx, op, key, err)
	}
	return u, nil
}

// Any reports whether there is a user.
func (a *Accounts) Any(ctx context.Context) (bool, error) {
	var some bool
	if err := a.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM postern_accounts_users)").Scan(&some); err != nil {
		return false, a.db.Failed(ctx, "find users", "", err)
	}
	return some, nil
}

// Add adds a user with an email address, a name and a role, who has no password yet: give
// them the link that [Accounts.Link] makes. The error matches [ErrExists] if another
// user has the address.
func (a *Accounts) Add(ctx context.Context, u User) (User, error) {
	const op = "add user"
	var err error
	if u.Email, err = checkEmail(op, u.Email); err != nil {
		return User{}, err
	}
	u.Name = cmp.Or(strings.TrimSpace(u.Name), u.Email)
	if err := checkUser(op, u); err != nil {
		return User{}, err
	}
	u.ID = uuid.Must(uuid.NewV7()).String()
	u.Invited = true
	u.Created = time.Now().UTC().Truncate(time.Millisecond)
	err = a.db.InTx(ctx, op, func(tx *sql.Tx) error { return a.insert(ctx, tx, op, u, "") })
	return u, err
}

func (a *Accounts) insert(ctx context.Context, tx *sql.Tx, op string, u User, password string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO postern_accounts_users (id, email, name, role, password, epoch, disabled, created, seen)
		VALUES ($1, $2, $3, $4, $5, 0, 0, $6, 0)`, u.ID, u.Email, u.Name, u.Role, password, database.Millis(u.Created))
	switch {
	case err != nil && a.db.Dialect.IsUniqueViolation(err):
		return refused(op, u.Email, ErrExists, "another user has that email address", "")
	case err != nil:
		return a.db.Failed(ctx, op, u.Email, err)
	}
	return nil
}

// Change stores name, role and Disabled of the user with u.ID, which may be the email address. Who is disabled has no
// session any more. The error matches [ErrLastOperator] if there would be no operator
// left who can sign in, or [etag.ErrChanged] if match does not hold.
func (a *Accounts) Change(ctx context.Context, u User, match etag.Match) error {
	const op = "change user"
	u.Name = strings.TrimSpace(u.Name)
	if err := checkUser(op, u); err != nil {
		return err
	}
	disabled := 0
	if u.Disabled {
		disabled = 1
	}
	return a.alter(ctx, op, u.ID, match, func(tx *sql.Tx, id string) error {
		_, err := tx.ExecContext(ctx, `UPDATE postern_accounts_users SET name = $1, role = $2, disabled = $3,
			epoch = epoch + $3 WHERE id = $4`, u.Name, u.Role, disabled, id)
		return err
	})
}

// Delete deletes the user with that ID or email address. The error matches [ErrLastOperator] if there
// would be no operator left who can sign in, or [etag.ErrChanged] if match does not hold.
func (a *Accounts) Delete(ctx context.Context, key string, match etag.Match) error {
	return a.alter(ctx, "delete user", key, match, func(tx *sql.Tx, id string) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM postern_accounts_users WHERE id = $1", id)
		return err
	})
}

// alter changes a user for whom match holds, in a transaction that leaves an operator. The change gets the ID of the user
// with that ID or email address.
func (a *Accounts) alter(ctx context.Context, op, key string, match etag.Match, change func(tx *sql.Tx, id string) error) error {
	return a.db.InTx(ctx, op, func(tx *sql.Tx) error {
		if a.db.Dialect == database.PostgreSQL { // two operators must not remove each other
			if _, err := tx.ExecContext(ctx, "LOCK TABLE postern_accounts_users IN SHARE ROW EXCLUSIVE MODE"); err != nil {
				return a.db.Failed(ctx, op, key, err)
			}
		}
		before, err := a.user(ctx, tx, op, key)
		if err != nil {
			return err
		}
		if err := match.Check(op, before.Email, before.ETag()); err != nil {
			return err
		}
		if err := change(tx, before.ID); err != nil {
			return a.db.Failed(ctx, op, key, err)
		}
		if before.Role != Operator || before.Disabled || before.Invited {
			return nil
		}
		var left bool
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM postern_accounts_users
			WHERE role = $1 AND disabled = 0 AND password <> '')`, Operator).Scan(&left)
		if err != nil {
			return a.db.Failed(ctx, op, key, err)
		}
		if !left {
			return refused(op, before.Email, ErrLastOperator, "no other operator could sign in", "make another user an operator first")
		}
		return nil
	})
}

const maxName = 200 // characters of a name or an email address

func checkUser(op string, u User) error {
	fault := label.Fault(u.Name, maxName)
	switch {
	case fault != "":
		return refused(op, u.Email, nil, "the name "+fault, "")
	case u.Role.rank() == 0:
		return refused(op, u.Email, nil, "the role is not one of viewer, author and operator", "")
	}
	return nil
}

// checkEmail returns an email address in its stored form.
func checkEmail(op, text string) (string, error) {
	parsed, err := mail.ParseAddress(strings.TrimSpace(text))
	if err != nil || parsed.Name != "" || parsed.Address != strings.TrimSpace(text) || len(text) > maxName || label.Fault(parsed.Address, maxName) != "" {
		return "", refused(op, "", nil, "that is not an email address", "write it as name@example.com")
	}
	return normal(parsed.Address), nil
}

// normal returns the form in which email addresses are compared.
func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
