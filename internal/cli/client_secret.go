package cli

import (
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) clientSecretCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Replace the secret of a client while it runs",
		Long: `Replaces the secret of a client while it runs: add a second one, give it to the client, and
remove the first one. Both are valid meanwhile.`,
	}
	cmd.AddCommand(a.clientSecretAddCommand(), a.clientSecretRemoveCommand())
	return a.group(cmd)
}

func (a *app) clientSecretAddCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "add CLIENT",
		Short:   "Give a client a second secret",
		Long:    `Makes a second secret for a client, and prints it. It cannot be shown again.`,
		Example: `  postern client secret add Billing`,
		Args:    oneArg("CLIENT, its id or name"),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeClients(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		const op = "client secret add"
		return a.onClient(cmd.Context(), op, f, args[0], func(registry *authserver.Registry, client *authserver.Client) error {
			changed, secret, err := registry.AddSecret(cmd.Context(), client.ID)
			if err != nil {
				return err
			}
			return a.printClient(&changed, secret, "", asJSON)
		})
	}
	return cmd
}

func (a *app) clientSecretRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "remove CLIENT SECRET-ID",
		Short:   "Remove one of two secrets of a client",
		Long:    `Removes one of two secrets of a client, by the id that postern client show has for it.`,
		Example: `  postern client secret remove Billing 0199f7a2-5c1e-7d3a-9b64-2f8e0c7d1a35`,
		Args: func(cmd *cobra.Command, args []string) error {
			const needed = 2
			if len(args) != needed {
				return usageError(cmd.Name(), "takes a CLIENT and a SECRET-ID", "postern client show CLIENT has the ids")
			}
			return nil
		},
	}
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeClients(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		const op = "client secret remove"
		return a.onClient(cmd.Context(), op, f, args[0], func(registry *authserver.Registry, client *authserver.Client) error {
			if err := registry.RemoveSecret(cmd.Context(), client.ID, args[1]); err != nil {
				return err
			}
			a.out.say("%s: secret removed", terminal.Escape(client.Name))
			return nil
		})
	}
	return cmd
}
