// Package service is what the server does, for its HTTP API and its pages alike: each
// operation, who may ask for it, and what is recorded of it. It ties the tasks of
// package catalog, the runs of package runs and the connections together; [Service.Execute]
// is where a run meets the engine.
package service

import (
	"context"
	"errors"
	"log/slog"

	"github.com/postern-dev/postern/connection"
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
	URL         string // of the server, for links

	// TenantLimits returns the limits of a run of a tenant, within those of the engine. Nil: tenants
	// have none.
	TenantLimits func(tenant string) hostapi.Limits

	// Stopping ends when the server stops: calls that wait for a run return. Nil: never.
	Stopping context.Context //nolint:containedctx // of the server, not of a call
}

// Caller is who asks for an operation.
type Caller struct {
	ID       string // of the user
	Name     string // the email address of the user
	Role     accounts.Role
	ReadOnly bool   // the access token allows reading only
	Client   string // ID of the API client in the name of the user; "" for the user

	// Session is the secret of the browser's session; "" for a program.
	Session string
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

// mayRead refuses an operation that changes nothing to callers with fewer rights than
// role.
func (c Caller) mayRead(op string, role accounts.Role) error {
	if c.Role.Includes(role) {
		return nil
	}
	return &hostapi.Error{
		Code: hostapi.CodeDenied, Op: op, Reason: ErrForbidden,
		Message: "your role does not allow it", Hint: "it needs the role " + string(role) + ": ask an operator",
	}
}

// Needs returns the error of a caller with fewer rights than role, for a page that shows the form
// of an operation.
func (c Caller) Needs(op string, role accounts.Role) error { return c.mayRead(op, role) }

// may refuses an operation that changes something to callers with fewer rights than role,
// and to those who may only read.
func (c Caller) may(op string, role accounts.Role) error {
	if err := c.mayRead(op, role); err != nil {
		return err
	}
	if c.ReadOnly {
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

// record adds an operation that changed something to the audit trail and to the log. A
// failure is logged only: what was done has been done.
func (s *Service) record(ctx context.Context, caller Caller, action connection.Action, name string) {
	e := connection.AuditEvent{Action: action, Detail: name}
	if action == connection.ActionAdd || action == actionChange || action == actionDelete {
		e.Key.Connection, e.Detail = name, ""
	}
	e.Identity.Actor = caller.Actor()
	s.Log.InfoContext(ctx, "changed", "action", action, "name", name, "actor", caller.Actor())
	if err := s.Connections.cfg.Store.Audit(ctx, e); err != nil {
		s.Log.ErrorContext(ctx, "the audit trail lacks an event", "err", err)
	}
}

// Actions of the audit trail beside those of package connection.
const (
	actionChange connection.Action = "change" // a connection was changed
	actionDelete connection.Action = "delete" // a connection was deleted

	actionRegisterTask   connection.Action = "register_task"
	actionActivateTask   connection.Action = "activate_task"
	actionDeleteTask     connection.Action = "delete_task"
	actionDeleteVersion  connection.Action = "delete_version"
	actionAddHook        connection.Action = "add_hook"
	actionDeleteHook     connection.Action = "delete_hook"
	actionSaveSchedule   connection.Action = "save_schedule"
	actionDeleteSchedule connection.Action = "delete_schedule"
	actionResetSchedule  connection.Action = "reset_schedule"

	actionAddClient        connection.Action = "add_client"
	actionChangeClient     connection.Action = "change_client"
	actionActivateClient   connection.Action = "activate_client"
	actionDeactivateClient connection.Action = "deactivate_client"
	actionDeleteClient     connection.Action = "delete_client"
	actionAddSecret        connection.Action = "add_client_secret" //nolint:gosec // a name
	actionRemoveSecret     connection.Action = "remove_client_secret"
	actionRevokeSession    connection.Action = "revoke_session"
	actionAddToken         connection.Action = "add_token"
	actionRevokeToken      connection.Action = "revoke_token"

	actionAddUser    connection.Action = "add_user"
	actionChangeUser connection.Action = "change_user"
	actionResetUser  connection.Action = "reset_user"
	actionDeleteUser connection.Action = "delete_user"

	actionSetUp          connection.Action = "set_up" // the first operator set a password
	actionSetPassword    connection.Action = "set_password"
	actionChangePassword connection.Action = "change_password"
)
