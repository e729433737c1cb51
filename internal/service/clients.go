package service

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/etag"
)

// APIClients returns a page of API clients, the newest first, without their secrets.
func (s *Service) APIClients(ctx context.Context, caller Caller, f authserver.ClientFilter) (authserver.Part[authserver.Client], error) {
	if err := caller.mayRead("list clients", accounts.Operator); err != nil {
		return authserver.Part[authserver.Client]{}, err
	}
	return s.Clients.Clients(ctx, f)
}

// ClientDetail is an API client, and how it reaches the server.
type ClientDetail struct {
	authserver.Client
	Endpoints  authserver.Endpoints
	Connection string // the table of an oauth.toml that makes Postern this client
}

// APIClient returns an API client.
func (s *Service) APIClient(ctx context.Context, caller Caller, id string) (*ClientDetail, error) {
	if err := caller.mayRead("show client", accounts.Operator); err != nil {
		return nil, err
	}
	c, err := s.Clients.Client(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.clientDetail(c)
}

func (s *Service) clientDetail(c authserver.Client) (*ClientDetail, error) {
	endpoints, err := authserver.EndpointsOf(s.URL)
	if err != nil {
		return nil, err
	}
	table, err := c.Connection(s.URL)
	return &ClientDetail{c, endpoints, table}, err
}

// clientText is an API client in the audit trail.
func clientText(name, id string) string { return name + " (" + id + ")" }

// clientName returns clientText of the client with that ID; the ID alone if it is not known.
func (s *Service) clientName(ctx context.Context, id string) string {
	c, err := s.Clients.Client(ctx, id)
	if err != nil {
		return id // what follows tells why
	}
	return clientText(c.Name, id)
}

// AddClient registers an API client, and returns its secret, "" for a public one, which cannot be
// shown again.
func (s *Service) AddClient(ctx context.Context, caller Caller, settings authserver.ClientSettings) (*ClientDetail, string, error) {
	if err := caller.may("add client", accounts.Operator); err != nil {
		return nil, "", err
	}
	c, secret, err := s.Clients.CreateClient(ctx, settings)
	if err != nil {
		return nil, "", err
	}
	s.record(ctx, caller, actionAddClient, clientText(c.Name, c.ID))
	d, err := s.clientDetail(c)
	return d, secret, err
}

// ChangeClient replaces the settings of an API client. One that becomes confidential gets a
// secret, which is returned.
func (s *Service) ChangeClient(ctx context.Context, caller Caller, id string, settings authserver.ClientSettings, match etag.Match) (*ClientDetail, string, error) {
	if err := caller.may("edit client", accounts.Operator); err != nil {
		return nil, "", err
	}
	c, secret, err := s.Clients.UpdateClient(ctx, id, settings, match)
	if err != nil {
		return nil, "", err
	}
	s.record(ctx, caller, actionChangeClient, clientText(c.Name, id))
	d, err := s.clientDetail(c)
	return d, secret, err
}

// SetClientActive activates or deactivates an API client.
func (s *Service) SetClientActive(ctx context.Context, caller Caller, id string, active bool) error {
	if err := caller.may("edit client", accounts.Operator); err != nil {
		return err
	}
	name := s.clientName(ctx, id)
	if err := s.Clients.SetClientActive(ctx, id, active); err != nil {
		return err
	}
	action := actionDeactivateClient
	if active {
		action = actionActivateClient
	}
	s.record(ctx, caller, action, name)
	return nil
}

// DeleteClient deletes an API client with its sessions.
func (s *Service) DeleteClient(ctx context.Context, caller Caller, id string, match etag.Match) error {
	if err := caller.may("delete client", accounts.Operator); err != nil {
		return err
	}
	name := s.clientName(ctx, id)
	if err := s.Clients.DeleteClient(ctx, id, match); err != nil {
		return err
	}
	s.record(ctx, caller, actionDeleteClient, name)
	return nil
}

// AddSecret gives an API client a second secret, which cannot be shown again.
func (s *Service) AddSecret(ctx context.Context, caller Caller, id string) (*ClientDetail, string, error) {
	if err := caller.may("add secret", accounts.Operator); err != nil {
		return nil, "", err
	}
	c, secret, err := s.Clients.AddSecret(ctx, id)
	if err != nil {
		return nil, "", err
	}
	s.record(ctx, caller, actionAddSecret, clientText(c.Name, id))
	d, err := s.clientDetail(c)
	return d, secret, err
}

// RemoveSecret removes a secret of an API client, but not its last one.
func (s *Service) RemoveSecret(ctx context.Context, caller Caller, id, secretID string) error {
	if err := caller.may("remove secret", accounts.Operator); err != nil {
		return err
	}
	name := s.clientName(ctx, id)
	if err := s.Clients.RemoveSecret(ctx, id, secretID); err != nil {
		return err
	}
	s.record(ctx, caller, actionRemoveSecret, name)
	return nil
}

// Sessions returns what users have allowed API clients, the newest first. Those who are not
// operators see their own.
func (s *Service) Sessions(ctx context.Context, caller Caller, f authserver.SessionFilter) (authserver.Part[authserver.Session], error) {
	if err := caller.mayRead("list sessions", accounts.Viewer); err != nil {
		return authserver.Part[authserver.Session]{}, err
	}
	if !caller.Role.Includes(accounts.Operator) {
		f.UserID = caller.ID
	}
	return s.Clients.Sessions(ctx, f)
}

// RevokeSession ends a session of an API client. Those who are not operators can end their
// own.
func (s *Service) RevokeSession(ctx context.Context, caller Caller, id string) error {
	if err := caller.may("revoke session", accounts.Viewer); err != nil {
		return err
	}
	user := caller.ID
	if caller.Role.Includes(accounts.Operator) {
		user = ""
	}
	if err := s.Clients.RevokeSession(ctx, user, id); err != nil {
		return err
	}
	s.record(ctx, caller, actionRevokeSession, id)
	return nil
}

// Tokens returns the personal access tokens of the caller, the newest first.
func (s *Service) Tokens(ctx context.Context, caller Caller, page authserver.Page) (authserver.Part[authserver.PersonalToken], error) {
	if err := caller.mayRead("list tokens", accounts.Viewer); err != nil {
		return authserver.Part[authserver.PersonalToken]{}, err
	}
	return s.Clients.Tokens(ctx, caller.ID, page)
}

// AddToken makes a personal access token of the caller, which cannot be shown again. API clients
// cannot: it would outlive what the user allowed them.
func (s *Service) AddToken(ctx context.Context, caller Caller, name string, scope authserver.Scope, expires time.Time) (authserver.PersonalToken, string, error) {
	const op = "add token"
	if err := caller.may(op, accounts.Viewer); err != nil {
		return authserver.PersonalToken{}, "", err
	}
	if caller.Client != "" {
		return authserver.PersonalToken{}, "", &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Reason: ErrForbidden,
			Message: "an API client cannot make personal access tokens", Hint: "sign in, and make it on the page of your account",
		}
	}
	t, secret, err := s.Clients.CreateToken(ctx, authserver.User{ID: caller.ID, Name: caller.Name}, name, scope, expires)
	if err != nil {
		return t, "", err
	}
	s.record(ctx, caller, actionAddToken, t.Name)
	return t, secret, nil
}

// RevokeToken revokes a personal access token of the caller.
func (s *Service) RevokeToken(ctx context.Context, caller Caller, id string) error {
	if err := caller.may("revoke token", accounts.Viewer); err != nil {
		return err
	}
	if err := s.Clients.RevokeToken(ctx, caller.ID, id); err != nil {
		return err
	}
	s.record(ctx, caller, actionRevokeToken, id)
	return nil
}
