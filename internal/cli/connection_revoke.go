package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) connectionRevokeCommand() *cobra.Command {
	var paths []string
	var yes bool
	var remote remoteFlags
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Revoke a connection's grant and delete its tokens",
		Long: `Revokes the tokens of the connection NAME at its server, and deletes them from the store.
If the server has no revocation endpoint they are only deleted. If the server cannot be
reached nothing is deleted. The connection itself stays in oauth.toml.`,
		Example: `  postern connection revoke crm
  postern connection revoke 'crm#ada' --yes`,
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: a.completeConnections(&remote),
		RunE: func(cmd *cobra.Command, args []string) error {
			if remote.server != "" {
				return a.revokeRemote(cmd, &remote, args[0], yes)
			}
			s, err := a.session(cmd.Context(), "connection revoke", paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			return a.revoke(cmd.Context(), s, args[0], yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	a.connectionsFlag(cmd, &paths)
	remote.add(cmd, remoteConnectionUsage)
	return cmd
}

func (a *app) revoke(ctx context.Context, s *session, name string, yes bool) error {
	const op = "connection revoke"
	d, err := s.set.Describe(name)
	if err != nil {
		return err
	}
	notRevoked := "its server has no revocation endpoint"
	if !hasFixedCredential(d) { // else Revoke returns the error
		if err := s.needStore(op, name, "there is no store"); err != nil {
			return err
		}
		status, err := s.manager.Status(ctx, name)
		switch {
		case errors.Is(err, connection.ErrUnreadable): // it can still be deleted
			notRevoked = "its stored tokens could not be decrypted"
		case err != nil:
			return err
		case status.State == connection.StateUnused:
			a.out.say("nothing to revoke: the store has no token of %s", terminal.Escape(name))
			return nil
		}
		if !yes {
			question := fmt.Sprintf("Revoke the grant of %s and delete its tokens?", terminal.Escape(name))
			if err := a.confirm(ctx, op+" "+name, question, "--yes does it without asking"); err != nil {
				return err
			}
		}
	}
	revoked, err := s.manager.Revoke(ctx, name)
	if err != nil {
		return err
	}
	if !revoked {
		return a.out.write([]byte(terminal.Escape(name) + ": deleted; " + notRevoked + ", so revoke the grant there by hand\n"))
	}
	return a.out.write([]byte(terminal.Escape(name) + ": revoked and deleted\n"))
}
