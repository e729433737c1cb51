package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpShowsDefaultsOnce holds that no flag of any command shows its default twice:
// once in its usage, and once more, or empty, behind it.
func TestHelpShowsDefaultsOnce(t *testing.T) {
	t.Parallel()
	a := &app{out: newPrinter(io.Discard, io.Discard)}
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		var flag string
		for line := range strings.Lines(cmd.LocalFlags().FlagUsages()) {
			if strings.HasPrefix(strings.TrimSpace(line), "-") {
				flag = ""
			}
			flag += line
			if strings.Count(flag, "(default") > 1 || strings.Contains(flag, "(default )") {
				t.Errorf("%s shows a default twice:\n%s", cmd.CommandPath(), flag)
			}
		}
		for _, command := range cmd.Commands() {
			look(command)
		}
	}
	look(a.root())
}
