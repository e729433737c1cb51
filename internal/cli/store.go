package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) storeVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Look after the store of tokens",
		Long: "Looks after the store that [store] in the file of connections names. Its keys have\n" +
			"verbs of their own: postern keys.",
	}
	cmd.AddCommand(a.storeBackupVerb())
	return a.group(cmd)
}

func (a *app) storeBackupVerb() *cobra.Command {
	var paths []string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the store into a new file",
		Long: `Copies the store, as it is at this moment, into a new file that its owner alone may read.
Others may go on using the store meanwhile. What is secret is sealed in the copy as well,
under the same master key: keep that apart from it. A refresh token that a server has
replaced since is of no use: restore a backup only where the store itself is lost.

Only SQLite is copied this way. PostgreSQL has pg_dump.`,
		Example: `  postern store backup postern-2026-01-31.db`,
		Args:    oneArg("FILE to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			const op = "store backup"
			s, err := a.storeSession(cmd.Context(), op, paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if err := s.store.Backup(cmd.Context(), args[0]); err != nil {
				return err
			}
			a.out.say("%s: the store as it is now; it opens with the master key that the store has", escape(args[0]))
			return nil
		},
	}
	a.connectionsFlag(cmd, &paths)
	return cmd
}
