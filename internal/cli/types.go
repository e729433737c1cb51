package cli

import (
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/scripts"
)

func (a *app) typesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "types",
		Short: "Print the types of the script API, for editors",
		Long: `Prints a TypeScript declaration file with the types of the script API of this version,
by which editors check and complete JavaScript. "postern new" writes it beside a new
script; print it again after an update. It lacks the functions that another program
offers to its scripts, which Engine.Types of the Go API adds.`,
		Example: "  postern types > postern.d.ts",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.out.write(scripts.Types()) },
	}
}
