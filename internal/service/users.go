package service

import (
	"context"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/etag"
)

// UserLink is a URL by which a user sets a password, once.
type UserLink struct {
	URL     string
	Expires time.Time
}

// Users returns at most limit users whose email address or name contains text, by email address, beginning after one.
func (s *Service) Users(ctx context.Context, caller Caller, text, after string, limit int) ([]accounts.User, error) {
	if err := caller.mayRead("list users", accounts.Operator); err != nil {
		return nil, err
	}
	return s.Accounts.Users(ctx, text, after, limit)
}

// User returns the user with that ID or email address.
func (s *Service) User(ctx context.Context, caller Caller, key string) (accounts.User, error) {
	if err := caller.mayRead("find user", accounts.Operator); err != nil {
		return accounts.User{}, err
	}
	return s.Accounts.User(ctx, key)
}

// AddUser adds a user with an email address, a name and a role, and returns the link by which
// they set a password.
func (s *Service) AddUser(ctx context.Context, caller Caller, u accounts.User) (accounts.User, UserLink, error) {
	if err := caller.may("add user", accounts.Operator); err != nil {
		return accounts.User{}, UserLink{}, err
	}
	u, err := s.Accounts.Add(ctx, u)
	if err != nil {
		return u, UserLink{}, err
	}
	s.record(ctx, caller, actionAddUser, u.Email)
	link, err := s.userLink(ctx, u.ID)
	return u, link, err
}

// email returns the email address of the user with that ID or email address, for the audit trail; what it gets if it is not known.
func (s *Service) email(ctx context.Context, key string) string {
	u, err := s.Accounts.User(ctx, key)
	if err != nil {
		return key // what follows tells why
	}
	return u.Email
}

// ChangeUser stores name, role and Disabled of the user with u.ID, which may be the email address. A user who is disabled
// cannot do anything, also not by tokens.
func (s *Service) ChangeUser(ctx context.Context, caller Caller, u accounts.User, match etag.Match) error {
	if err := caller.may("change user", accounts.Operator); err != nil {
		return err
	}
	if err := s.Accounts.Change(ctx, u, match); err != nil {
		return err
	}
	s.record(ctx, caller, actionChangeUser, s.email(ctx, u.ID))
	return nil
}

// ResetUser returns a link by which the user with that ID or email address sets another password. The present
// one is good until then.
func (s *Service) ResetUser(ctx context.Context, caller Caller, id string) (UserLink, error) {
	if err := caller.may("reset user", accounts.Operator); err != nil {
		return UserLink{}, err
	}
	link, err := s.userLink(ctx, id)
	if err != nil {
		return UserLink{}, err
	}
	s.record(ctx, caller, actionResetUser, s.email(ctx, id))
	return link, nil
}

func (s *Service) userLink(ctx context.Context, id string) (UserLink, error) {
	link, err := s.Accounts.Link(ctx, id)
	return UserLink{s.URL + "/setup/" + link.Token, link.Expires}, err
}

// DeleteUser deletes the user with that ID or email address, with all tokens and sessions of the user. Runs and the
// audit trail keep the email address.
func (s *Service) DeleteUser(ctx context.Context, caller Caller, key string, match etag.Match) error {
	if err := caller.may("delete user", accounts.Operator); err != nil {
		return err
	}
	u, err := s.Accounts.User(ctx, key)
	if err != nil {
		return err
	}
	if err := s.Accounts.Delete(ctx, u.ID, match); err != nil {
		return err
	}
	s.record(ctx, caller, actionDeleteUser, u.Email)
	return s.Clients.RevokeUser(ctx, u.ID)
}

// SetUp adds the first operator by the link that the server printed.
func (s *Service) SetUp(ctx context.Context, token string, u accounts.User, password string) (accounts.User, error) {
	return s.recorded(ctx, actionSetUp)(s.Accounts.SetUp(ctx, token, u, password))
}

// SetPassword sets the password of the user of a link.
func (s *Service) SetPassword(ctx context.Context, token, password string) (accounts.User, error) {
	return s.recorded(ctx, actionSetPassword)(s.Accounts.SetPassword(ctx, token, password))
}

// ChangePassword sets the password of a user who knows the present one.
func (s *Service) ChangePassword(ctx context.Context, id, present, password string) (accounts.User, error) {
	return s.recorded(ctx, actionChangePassword)(s.Accounts.ChangePassword(ctx, id, present, password))
}

// recorded returns a function that records what a user did with their own password, unless it
// failed.
func (s *Service) recorded(ctx context.Context, action connection.Action) func(accounts.User, error) (accounts.User, error) {
	return func(u accounts.User, err error) (accounts.User, error) {
		if err == nil {
			s.record(ctx, Caller{ID: u.ID, Name: u.Email, Role: u.Role}, action, u.Email)
		}
		return u, err
	}
}
