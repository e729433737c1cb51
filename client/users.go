package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// User is a user of the server.
type User struct {
	ID       string    `json:"id"`
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     string    `json:"role"` // viewer, author or operator
	Disabled bool      `json:"disabled"`
	Invited  bool      `json:"invited"` // has not set a password yet
	Created  time.Time `json:"created"`
	SignedIn time.Time `json:"signed_in,omitzero"` // last time; zero: never

	Link *UserLink `json:"link,omitempty"` // of a user who has just been added

	ETag string `json:"-"` // for [Client.IfMatch]; "" in lists
}

func (u *User) setETag(tag string) { u.ETag = tag }

// UserLink is a link by which a user sets a password, once.
type UserLink struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// Users returns the users with a text in the email address or the name ("": all), by email address, page by
// page. An error is the last element.
func (c *Client) Users(ctx context.Context, search string) iter.Seq2[*User, error] {
	return pages[User](ctx, c, list{path: "users", query: queryOf("search", search)})
}

// User returns the user with an ID or email address.
func (c *Client) User(ctx context.Context, id string) (*User, error) {
	return call[User](ctx, c, http.MethodGet, nil, "users", id)
}

// AddUser adds a user with an email address, a role, and a name ("": the email address). The error matches
// [ErrConflict] if there is one.
func (c *Client) AddUser(ctx context.Context, email, role, name string) (*User, error) {
	body := map[string]string{"email": email, "role": role}
	if name != "" {
		body["name"] = name
	}
	return call[User](ctx, c, http.MethodPost, body, "users")
}

// ChangeUser stores Name, Role and Disabled of the user with u.ID. One who is disabled cannot do anything, also
// not by tokens.
func (c *Client) ChangeUser(ctx context.Context, u User) (*User, error) {
	body := map[string]any{"name": u.Name, "role": u.Role, "disabled": u.Disabled}
	return call[User](ctx, c, http.MethodPut, body, "users", u.ID)
}

// ResetUser returns a link by which a user sets another password. The present one is good until then.
func (c *Client) ResetUser(ctx context.Context, id string) (*UserLink, error) {
	return call[UserLink](ctx, c, http.MethodPost, nil, "users", id, "reset")
}

// DeleteUser deletes a user with all tokens and sessions.
func (c *Client) DeleteUser(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"users", id}})
}

// Me is whom the token is for.
type Me struct {
	Email    string `json:"email"`
	Role     string `json:"role"`
	ClientID string `json:"client_id,omitempty"` // of the API client; "": it is a personal access token
	ReadOnly bool   `json:"read_only"`           // the token allows reading only
}

// Me returns whom the token is for.
func (c *Client) Me(ctx context.Context) (*Me, error) {
	return call[Me](ctx, c, http.MethodGet, nil, "me")
}

// Token is a personal access token.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Scope   string    `json:"scope"` // read or all
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"`   // to the minute; zero: never
	Secret  string    `json:"token,omitempty"` // the token itself; only of one that has just been made
}

// Tokens returns the personal access tokens of the user, the newest first, page by page. An error is the last
// element.
func (c *Client) Tokens(ctx context.Context) iter.Seq2[*Token, error] {
	return pages[Token](ctx, c, list{path: "tokens"})
}

// AddToken makes a personal access token of the user: its scope is read or all, and it expires within a year.
func (c *Client) AddToken(ctx context.Context, name, scope string, expires time.Time) (*Token, error) {
	body := map[string]any{"name": name, "scope": scope, "expires": expires}
	return call[Token](ctx, c, http.MethodPost, body, "tokens")
}

// RevokeToken revokes a personal access token of the user.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"tokens", id}})
}

// AuditFilter selects events of the audit trail. Zero fields select all.
type AuditFilter struct {
	Connection string // its name
	Actor      string // a part of who did it
	Action     string // what was done, such as delete_task
	Name       string // a part of the name of the connection or the task, or of the detail
	From, To   time.Time
}

// AuditEvent is an event of the audit trail.
type AuditEvent struct {
	Time       time.Time `json:"time"`
	Action     string    `json:"action"`
	Connection string    `json:"connection,omitempty"`
	Account    string    `json:"account,omitempty"` // of the connection
	Actor      string    `json:"actor,omitempty"`   // who did it
	Task       string    `json:"task,omitempty"`
	Run        string    `json:"run,omitempty"`
	Detail     string    `json:"detail,omitempty"` // such as the name of what was changed
}

// Audit returns events of the audit trail, the latest first, page by page. To itself is not in the range. An error
// is the last element.
func (c *Client) Audit(ctx context.Context, f AuditFilter) iter.Seq2[*AuditEvent, error] {
	return pages[AuditEvent](ctx, c, list{path: "audit", member: "events", query: queryOf(
		"connection", f.Connection, "actor", f.Actor, "action", f.Action, "name", f.Name, "from", timeText(f.From), "to", timeText(f.To),
	)})
}
