package hostapi

import (
	"context"
	"errors"
)

// User is a member of the organization that a workflow belongs to.
type User struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Group is an organization, or a part of one.
type Group struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Email    string   `json:"email,omitempty"`
	ParentID int64    `json:"parentId,omitempty"` // 0: none
	Members  []Member `json:"members,omitempty"`
}

// Member is a user's membership in a group.
type Member struct {
	UserID int64 `json:"userId"`
	Leader bool  `json:"leader,omitempty"`
}

// Directory has the users and groups that a task may look up. It is asked for what a
// script needs and nothing else, so its size costs a task nothing. [StaticDirectory] is
// one; a program that has its users in a database implements its own.
//
// An implementation embeds [BaseDirectory], also if it wraps another Directory, and
// hostapitest.TestDirectory tests it. It is used by many tasks at once, and must not
// return what a task must not see: the context is that of the task, with what the caller
// of Engine.Run put in it. An error is thrown in the script if it is an *[Error]; the
// text of any other error is hidden.
type Directory interface {
	embedsBaseDirectory()

	// User and UserByEmail find a user; ok is false if there is none. Addresses are compared
	// without regard to case, and "" finds none.
	User(ctx context.Context, id int64) (user User, ok bool, err error)
	UserByEmail(ctx context.Context, email string) (user User, ok bool, err error)

	// Group finds a group, without its Members; ok is false if there is none.
	// GroupsByName finds all of exactly that name.
	Group(ctx context.Context, id int64) (group Group, ok bool, err error)
	GroupsByName(ctx context.Context, name string) ([]Group, error)

	// Members returns the leaders of a group, or its other members, in the order of the
	// group; none for an unknown one.
	Members(ctx context.Context, group int64, leaders bool) ([]User, error)

	// Subgroups returns the groups whose ParentID is group, without their Members.
	Subgroups(ctx context.Context, group int64) ([]Group, error)
}

// BaseDirectory is embedded by every implementation of [Directory], and refuses every
// call with [CodeDenied] and the reason [errors.ErrUnsupported], as [BaseConnector] does.
type BaseDirectory struct{}

var _ Directory = BaseDirectory{}

func (BaseDirectory) embedsBaseDirectory() {}

func unsupportedLookup(op string) error {
	return &Error{
		Code: CodeDenied, Op: op, Message: "the directory does not support this lookup",
		Hint: "the program that embeds the engine has to provide it", Reason: errors.ErrUnsupported,
	}
}

// User refuses.
func (BaseDirectory) User(context.Context, int64) (User, bool, error) {
	return User{}, false, unsupportedLookup("user")
}

// UserByEmail refuses.
func (BaseDirectory) UserByEmail(context.Context, string) (User, bool, error) {
	return User{}, false, unsupportedLookup("user")
}

// Group refuses.
func (BaseDirectory) Group(context.Context, int64) (Group, bool, error) {
	return Group{}, false, unsupportedLookup("group")
}

// GroupsByName refuses.
func (BaseDirectory) GroupsByName(context.Context, string) ([]Group, error) {
	return nil, unsupportedLookup("group")
}

// Members refuses.
func (BaseDirectory) Members(context.Context, int64, bool) ([]User, error) {
	return nil, unsupportedLookup("members")
}

// Subgroups refuses.
func (BaseDirectory) Subgroups(context.Context, int64) ([]Group, error) {
	return nil, unsupportedLookup("subgroups")
}
