package service

import (
	"context"
	"errors"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/accounts"
)

// ImportTokens stores tokens that were obtained elsewhere as those of a connection.
func (s *Service) ImportTokens(ctx context.Context, caller Caller, name string, tokens connection.Imported) error {
	if err := caller.may("import", accounts.Operator); err != nil {
		return err
	}
	return s.Connections.Import(connection.WithActor(ctx, caller.Actor()), name, tokens)
}

// TestConnection gets a token if there is none that is still good, and returns until when
// it is valid.
func (s *Service) TestConnection(ctx context.Context, caller Caller, name string) (time.Time, error) {
	if err := caller.may("test connection", accounts.Operator); err != nil {
		return time.Time{}, err
	}
	token, err := s.Connections.Token(connection.WithActor(ctx, caller.Actor()), name, 0)
	return token.Expiry, err
}

// Disconnect revokes the tokens of a connection at its authorization server, if that can
// revoke, and forgets them.
func (s *Service) Disconnect(ctx context.Context, caller Caller, name string) (revoked bool, err error) {
	if err := caller.may("disconnect", accounts.Operator); err != nil {
		return false, err
	}
	return s.Connections.Revoke(connection.WithActor(ctx, caller.Actor()), name)
}

// KeepAlive refreshes the tokens of connections whose refresh token was not used for longer
// than age, so that it does not expire of idleness. One that fails changes its state, and does
// not keep the others from being refreshed.
func (c *Connections) KeepAlive(ctx context.Context, age time.Duration) error {
	var failures []error
	for _, name := range c.usable() {
		status, err := c.Status(ctx, name)
		if err != nil || !status.Refreshable || status.State == connection.StateNeedsReauth || time.Since(status.Updated) < age {
			continue // the page of the connection tells of an error
		}
		if _, err := c.Refresh(ctx, name); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
