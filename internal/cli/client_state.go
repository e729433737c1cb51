package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) clientDeactivateCommand() *cobra.Command {
	return a.clientChange(&cobra.Command{
		Use:   "deactivate CLIENT",
		Short: "Refuse a client until it is activated again",
		Long: `Refuses a client and its tokens, at once, until it is activated again. Its settings, its
sessions and their tokens stay.`,
		Example: `  postern client deactivate Billing`,
	}, func(ctx context.Context, registry *authserver.Registry, client *authserver.Client) (string, error) {
		return "deactivated", registry.SetClientActive(ctx, client.ID, false)
	})
}

func (a *app) clientActivateCommand() *cobra.Command {
	return a.clientChange(&cobra.Command{
		Use:     "activate CLIENT",
		Short:   "Let a client that was deactivated be used again",
		Long:    `Lets a client that was deactivated be used again, with the tokens that it has.`,
		Example: `  postern client activate Billing`,
	}, func(ctx context.Context, registry *authserver.Registry, client *authserver.Client) (string, error) {
		return "active", registry.SetClientActive(ctx, client.ID, true)
	})
}

func (a *app) clientDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "delete CLIENT",
		Short:   "Delete a client with its tokens",
		Long:    `Deletes a client with its sessions and tokens, for good. postern client deactivate keeps them.`,
		Example: `  postern client delete Billing --yes`,
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return a.clientChange(cmd, func(ctx context.Context, registry *authserver.Registry, client *authserver.Client) (string, error) {
		if !yes {
			question := fmt.Sprintf("Delete the client %s with its tokens?", terminal.Escape(client.Name))
			if err := a.confirm(ctx, "client delete", question, "--yes does it without asking"); err != nil {
				return "", err
			}
		}
		return "deleted", registry.DeleteClient(ctx, client.ID, etag.Match{})
	})
}

// clientChange completes a command that changes one client and reports what it is then.
func (a *app) clientChange(
	cmd *cobra.Command, change func(ctx context.Context, registry *authserver.Registry, client *authserver.Client) (string, error),
) *cobra.Command {
	cmd.Args = oneArg("CLIENT, its id or name")
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeClients(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		op := "client " + cmd.Name()
		return a.onClient(cmd.Context(), op, f, args[0], func(registry *authserver.Registry, client *authserver.Client) error {
			what, err := change(cmd.Context(), registry, client)
			if err != nil {
				return err
			}
			a.out.say("%s: %s", terminal.Escape(client.Name), what)
			return nil
		})
	}
	return cmd
}
