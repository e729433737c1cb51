package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/runtime"
)

// Where JavaScript runs: values of --isolation.
const (
	inProcess     = "inprocess"
	workerProcess = "process"
)

// isolationFlag adds --isolation to a command.
func isolationFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "isolation", usualIsolation(), "where JavaScript runs: `MODE` is process, for a worker process that is stopped at its limits\n"+
		"whatever the script does, or inprocess, for scripts you trust (default process on Linux, inprocess\nelsewhere)")
	cmd.Flags().Lookup("isolation").DefValue = "" // shown by the usage: it differs from system to system
	complete(cmd, "isolation", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return []cobra.Completion{workerProcess, inProcess}, cobra.ShellCompDirectiveNoFileComp
	})
}

// usualIsolation returns the default of --isolation.
func usualIsolation() string {
	if runtime.WorkersSupported() {
		return workerProcess
	}
	return inProcess
}

// workers returns the workers for an engine that runs that many scripts at once, nil for
// none. isolation is the value of --isolation.
func workers(isolation string, atOnce int) (*runtime.Workers, error) {
	switch {
	case isolation == inProcess:
		return nil, nil
	case isolation != workerProcess:
		return nil, usageError("--isolation", strconv.Quote(isolation)+" is neither process nor inprocess", "")
	case !runtime.WorkersSupported():
		return nil, usageError("--isolation process", "this system has no worker processes", "leave it out: JavaScript then runs in process")
	}
	return &runtime.Workers{Max: atOnce, Spare: -1}, nil
}
