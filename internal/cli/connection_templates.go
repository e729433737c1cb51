package cli

import (
	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection/template"
)

func (a *app) connectionTemplatesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "templates [NAME]",
		Short: "List the built-in templates, or print one",
		Long: `Lists the templates for postern connection add, or prints the one called NAME: change it
and use it as --template FILE.toml.

The generic ones are named after their grants. Those of providers are written from the
documentation of the providers, and were not tested with them.`,
		Example: `  postern connection templates
  postern connection templates gitlab > our-gitlab.toml`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return template.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				t, err := builtinTemplate(args[0])
				if err != nil {
					return err
				}
				return a.out.write(t.Text)
			}
			rows := [][]string{{"NAME", "GRANT", "TITLE"}}
			for _, name := range template.Names() {
				t, err := template.Builtin(name)
				if err != nil {
					return err
				}
				rows = append(rows, []string{t.Name, t.Grant, t.Title})
			}
			return a.out.write(aligned(rows))
		},
	}
}
