package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/service"
)

// UserDetail is a user.
type UserDetail struct {
	ID       string        `json:"id"`
	Email    string        `json:"email"`
	Name     string        `json:"name"`
	Role     accounts.Role `json:"role" enum:"viewer,author,operator"`
	Disabled bool          `json:"disabled"`
	Invited  bool          `json:"invited" doc:"has not set a password yet"`
	Created  time.Time     `json:"created"`
	SignedIn time.Time     `json:"signed_in,omitzero" doc:"last time; missing: never"`
}

func userOf(u accounts.User) UserDetail {
	return UserDetail{u.ID, u.Email, u.Name, u.Role, u.Disabled, u.Invited, u.Created, u.SignedIn}
}

// UserLink is a link by which a user sets a password.
type UserLink struct {
	URL     string    `json:"url" doc:"to give to the user, who sets a password there, once"`
	Expires time.Time `json:"expires"`
}

// UserID is the parameter of a path.
type UserID struct {
	ID string `path:"id" maxLength:"200" doc:"ID or email address of the user"`
}

type userOutput struct {
	ETag string `header:"ETag" doc:"of name, role and disabled"`
	Body UserDetail
}

func (a *api) addUsers() {
	tags := huma.OperationTags("users")
	type listInput struct {
		Search string `query:"search" maxLength:"200" doc:"a part of the email address or of the name"`
		Cursor string `query:"cursor" maxLength:"200" doc:"next of the page before"`
		Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	}
	type userListOutput struct {
		Body struct {
			Users []UserDetail `json:"users"`
			Next  string       `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/users", "list-users", "List users, by email address", tags), func(ctx context.Context, in *listInput) (*userListOutput, error) {
		users, err := a.Users(ctx, callerOf(ctx), in.Search, in.Cursor, in.Limit+1)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(userListOutput)
		if len(users) > in.Limit {
			users = users[:in.Limit]
			out.Body.Next = users[in.Limit-1].Email
		}
		out.Body.Users = listOf(users, userOf)
		return out, nil
	})
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/users/{id}", "get-user", "Describe a user", tags), func(ctx context.Context, in *UserID) (*userOutput, error) {
		return a.userOutput(a.User(ctx, callerOf(ctx), in.ID))
	})
	type userAddInput struct {
		Body struct {
			Email string        `json:"email" minLength:"3" maxLength:"200"`
			Name  string        `json:"name,omitempty" maxLength:"200" doc:"default: the email address"`
			Role  accounts.Role `json:"role" enum:"viewer,author,operator"`
		}
	}
	type userAddOutput struct {
		Body struct {
			UserDetail

			Link UserLink `json:"link"`
		}
	}
	add := a.operation(http.MethodPost, "/v1/users", "add-user", "Add a user", tags)
	add.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, add, func(ctx context.Context, in *userAddInput) (*userAddOutput, error) {
		u, link, err := a.AddUser(ctx, callerOf(ctx), accounts.User{Email: in.Body.Email, Name: in.Body.Name, Role: in.Body.Role})
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(userAddOutput)
		out.Body.UserDetail, out.Body.Link = userOf(u), UserLink(link)
		return out, nil
	})
	type userPutInput struct {
		UserID
		IfMatch

		Body struct {
			Name     string        `json:"name" minLength:"1" maxLength:"200"`
			Role     accounts.Role `json:"role" enum:"viewer,author,operator"`
			Disabled bool          `json:"disabled" doc:"the user cannot do anything, also not by tokens"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodPut, "/v1/users/{id}", "change-user", "Replace the settings of a user", tags), func(ctx context.Context, in *userPutInput) (*userOutput, error) {
		u := accounts.User{ID: in.ID, Name: in.Body.Name, Role: in.Body.Role, Disabled: in.Body.Disabled}
		if err := a.ChangeUser(ctx, callerOf(ctx), u, in.match()); err != nil {
			return nil, a.failed(err)
		}
		u, err := a.Accounts.User(ctx, in.ID) // also for one who has taken the role operator from himself
		return a.userOutput(u, err)
	})
	a.deletion(a.operation(http.MethodDelete, "/v1/users/{id}", "delete-user", "Delete a user with all tokens", tags), a.DeleteUser)
	type userLinkOutput struct{ Body UserLink }
	huma.Register(a.huma, a.operation(http.MethodPost, "/v1/users/{id}/reset", "reset-user", "Make a link by which a user sets another password", tags), func(ctx context.Context, in *UserID) (*userLinkOutput, error) {
		link, err := a.ResetUser(ctx, callerOf(ctx), in.ID)
		if err != nil {
			return nil, a.failed(err)
		}
		return &userLinkOutput{UserLink(link)}, nil
	})
}

func (a *api) userOutput(u accounts.User, err error) (*userOutput, error) {
	if err != nil {
		return nil, a.failed(err)
	}
	return &userOutput{u.ETag(), userOf(u)}, nil
}

type auditEvent struct {
	Time       time.Time `json:"time"`
	Action     string    `json:"action"`
	Connection string    `json:"connection,omitempty"`
	Account    string    `json:"account,omitempty"`
	Actor      string    `json:"actor,omitempty"`
	Tenant     string    `json:"tenant,omitempty"`
	Task       string    `json:"task,omitempty"`
	Run        string    `json:"run,omitempty" doc:"ID of the run, and the attempt"`
	Detail     string    `json:"detail,omitempty"`
}

func (a *api) addAudit() {
	type input struct {
		Connection string    `query:"connection" maxLength:"255"`
		Actor      string    `query:"actor" maxLength:"200" doc:"a part of who did it"`
		Action     string    `query:"action" maxLength:"100" doc:"what was done, such as delete_task"`
		Name       string    `query:"name" maxLength:"255" doc:"a part of the name of the connection or the task, or of the detail"`
		From       time.Time `query:"from" doc:"at or after that time"`
		To         time.Time `query:"to" doc:"before that time"`
		Cursor     string    `query:"cursor" maxLength:"100" doc:"next of the page before"`
		Limit      int       `query:"limit" default:"100" minimum:"1" maximum:"500"`
	}
	type auditOutput struct {
		Body struct {
			Events []auditEvent `json:"events"`
			Next   string       `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/audit", "read-audit", "Read the audit trail, the latest first", huma.OperationTags("audit")), func(ctx context.Context, in *input) (*auditOutput, error) {
		page, err := a.Audit(ctx, callerOf(ctx), service.AuditQuery{
			Connection: in.Connection, Actor: in.Actor, Action: in.Action, Name: in.Name, Since: in.From, Before: in.To, Cursor: in.Cursor, Limit: in.Limit,
		})
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(auditOutput)
		out.Body.Next, out.Body.Events = page.Next, listOf(page.Events, func(e connection.AuditEvent) auditEvent {
			of := e.Identity
			return auditEvent{e.Time, string(e.Action), e.Key.Connection, e.Key.Account, of.Actor, of.Tenant, of.Task, of.Run, e.Detail}
		})
		return out, nil
	})
}
