// Package service is what the server does, for its HTTP API and its pages alike: each
// operation, who may ask for it, and what is recorded of it. It ties the tasks of
// package catalog, the runs of package runs and the connections together; [Service.Execute]
// is where a run meets the engine.
package service

import (
	"context"
	"errors"
	"log/slog"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/runtime"
)

// Service has the operations. Its fields are set by the program that opens what they
// need, see package server, and are not changed afterwards. It is safe for concurrent
// use.
type Service struct {
	Accounts    *accounts.Accounts
	Catalog     *catalog.Catalog
	Clients     *authserver.Registry
	Connections *Connections
	Engine      *runtime.Engine
	Loader      *catalog.Loader
	Runs        *runs.Runs
	Log         *slog.Logger
}

// Caller is who asks for an operation.
type Caller struct {
	ID       string // of the user
	Name     string // the email address of the user
	Role     accounts.Role
	ReadOnly bool   // the access token allows reading only
	Client   string // ID of the API client in the name of the user; "" for the user
}

// Actor returns the caller as audit trails and runs have it.
func (c Caller) Actor() string {
	if c.Client == "" {
		return c.Name
	}
	return c.Name + " by client " + c.Client
}

// The reasons of errors, which [errors.Is] finds.
var (
	// ErrForbidden: the caller may not do that.
	ErrForbidden = errors.New("forbidden")

	// ErrNotFound: what was asked for does not exist, or the caller may not know of it.
	ErrNotFound = errors.New("not found")
)

// may refuses an operation to callers with fewer rights than role; reading needs no more
// than [accounts.Viewer].
func (c Caller) may(op string, role accounts.Role) error {
	switch {
	case !c.Role.Includes(role):
		return &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Reason: ErrForbidden,
			Message: "your role does not allow it", Hint: "it needs the role " + string(role) + ": ask an operator",
		}
	case c.ReadOnly && role != accounts.Viewer:
		return &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Reason: ErrForbidden,
			Message: "the access token is read-only", Hint: "use one with the scope all",
		}
	}
	return nil
}

func invalid(op, name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message, Hint: hint}
}

// record logs an operation that changed something.
func (s *Service) record(ctx context.Context, caller Caller, what, name string) {
	s.Log.InfoContext(ctx, what, "name", name, "actor", caller.Actor())
}
