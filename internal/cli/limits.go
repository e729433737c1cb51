package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// limitFlag adds --limit to a command.
func limitFlag(cmd *cobra.Command, into *[]string) {
	cmd.Flags().StringArrayVar(into, "limit", nil, "raise or lower a limit of the task: `NAME=VALUE`, such as requests=500, log_lines=5000 or\n"+
		"response_bytes=20MiB; repeatable. The limits: "+strings.Join(limit.Names(), ", "))
	complete(cmd, "limit", func(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if strings.Contains(text, "=") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var list []cobra.Completion
		for _, name := range limit.Names() {
			list = append(list, name+"=")
		}
		return list, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	})
}

// setLimits changes limits by assignments NAME=VALUE. A value is written as in
// [limits] of an oauth.toml, without quotes.
func setLimits(limits *hostapi.Limits, assignments []string) error {
	for _, assignment := range assignments {
		name, text, ok := strings.Cut(assignment, "=")
		if !ok {
			return usageError("--limit "+strconv.Quote(assignment), "is not NAME=VALUE", "write it as requests=500")
		}
		if err := limit.SetText(limits, name, text); err != nil {
			message, hint := explanation(err)
			return usageError("--limit "+name, message, hint)
		}
	}
	return nil
}

// limits returns the limits that the flags make of those of the file.
func (f *runFlags) limits(limits hostapi.Limits) (hostapi.Limits, error) {
	limits = raiseTime(limits, f.timeout)
	return limits, setLimits(&limits, f.limit)
}

// raise returns how this command raises a limit that was reached.
func raise(l *hostapi.LimitError) string {
	if l.Most == "" {
		return fmt.Sprintf("raise it with --limit %s=%s, or %[1]s in [limits] of oauth.toml, and in the task file if it sets one", l.Limit, limit.Placeholder(l.Limit))
	}
	hint := "the task sets it, and the engine allows " + l.Most + ": raise " + l.Limit + " in [limits] of the task file"
	if l.Limit == "time" {
		hint += ", or --timeout"
	}
	return hint
}
