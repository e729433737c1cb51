package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) clientListCommand() *cobra.Command {
	var search, state, since string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List clients",
		Long:  `Lists clients, the newest first. --json adds their settings.`,
		Example: `  postern client list
  postern client list --search billing --state active --since 30d --json`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&search, "search", "", "those whose name or id has `TEXT`, in any case")
	cmd.Flags().StringVar(&state, "state", "", "those that are `STATE`: active or deactivated")
	cmd.Flags().StringVar(&since, "since", "", "not older than `TIME`: 2006-01-02, 2006-01-02T15:04:05Z, or back from now as in 12h or 7d")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	complete(cmd, "state", cobra.FixedCompletions([]string{"active", "deactivated"}, cobra.ShellCompDirectiveNoFileComp))
	f := a.clientFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		filter := authserver.ClientFilter{Text: search}
		switch state {
		case "":
		case "active", "deactivated":
			active := state == "active"
			filter.Active = &active
		default:
			return usageError("--state", fmt.Sprintf("%q is neither active nor deactivated", terminal.Escape(state)), "")
		}
		var err error
		if filter.CreatedSince, err = parseSince(since, nil); err != nil {
			return err
		}
		registry, done, err := a.openRegistry(cmd.Context(), "client list", f)
		if err != nil {
			return err
		}
		defer done()
		clients, err := allClients(cmd.Context(), registry, filter)
		if err != nil {
			return err
		}
		if asJSON {
			return a.out.writeJSON(clients)
		}
		rows := [][]string{{"NAME", "CLIENT ID", "STATE", "CREATED"}}
		for _, c := range clients {
			rows = append(rows, []string{terminal.Escape(c.Name), c.ID, stateOf(&c), c.Created.Format(time.RFC3339)})
		}
		return a.out.write(aligned(rows))
	}
	return cmd
}
