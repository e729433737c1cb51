// Package accounts has the people who may use the server: their roles, passwords and
// sessions, and the links by which they set a password. Start with [New].
package accounts

import (
	"cmp"
	"context"
	_ "embed" // of the tables
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Config configures [New].
type Config struct {
	// DB is the database, whose tables New creates or updates. Required.
	DB *database.DB

	// IdleTimeout ends a session that was not used for that long. Default 12 h.
	IdleTimeout time.Duration

	// Lifetime ends every session. Default 7 days.
	Lifetime time.Duration

	// Insecure lets the cookie of a session go over HTTP without TLS to other hosts than
	// loopback, for a server in a network that is trusted. The name of the cookie has no
	// prefix then. Default false: browsers send it over TLS, or to loopback, only.
	Insecure bool

	// LinkLifetime is how long a link to set a password is valid. Default 24 h.
	LinkLifetime time.Duration

	// PasswordMemory is the memory in KiB that hashing a password takes, and with it the time.
	// Default 19 MiB. Tests take less.
	PasswordMemory uint32
}

// Accounts has the users and their sessions. It is safe for concurrent use.
type Accounts struct {
	db       *database.DB
	sessions *scs.SessionManager
	hashing  chan struct{} // bounds the memory of hashing
	linkTTL  time.Duration
	memory   uint32 // of a hash, KiB
}

// The reasons of errors, which [errors.Is] finds.
var (
	// ErrNotFound: there is no such user, link or session.
	ErrNotFound = errors.New("not found")

	// ErrExists: another user has that email address.
	ErrExists = errors.New("exists already")

	// ErrLastOperator: without that user, no operator could sign in.
	ErrLastOperator = errors.New("the last operator")

	// ErrCredentials: email address and password are not those of a user that may sign in.
	ErrCredentials = errors.New("the email address or the password is wrong")
)

//go:embed tables.sql
var tables string

// New creates or updates the tables, and returns the accounts in them.
func New(ctx context.Context, cfg Config) (*Accounts, error) {
	err := cfg.DB.Update(ctx, database.SQL("postern_accounts_version", tables))
	if err != nil {
		return nil, err
	}
	return &Accounts{
		db: cfg.DB, sessions: newSessions(cfg), hashing: make(chan struct{}, hashers),
		linkTTL: cmp.Or(cfg.LinkLifetime, 24*time.Hour), memory: cmp.Or(cfg.PasswordMemory, argonMemory),
	}, nil
}

// refused is the error for a request that cannot be carried out.
func refused(op, name string, reason error, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message, Hint: hint, Reason: reason}
}
