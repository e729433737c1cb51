// Package cli is the postern command: its flags, its messages and its exit
// statuses. It ties the packages of the project together and holds no logic of
// theirs.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
)

// Env is what the command gets from its process. Files are found relative to
// the working directory.
type Env struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer // data
	Stderr io.Writer // messages

	// LookupEnv finds environment variables, as os.LookupEnv does. Nil finds none.
	LookupEnv func(name string) (string, bool)

	// OpenBrowser opens a page in the user's browser. It may take as long as the
	// page is open. Nil opens it as the system does.
	OpenBrowser func(ctx context.Context, url string) error

	// CacheDir is the user's folder for what can be made again, as
	// os.UserCacheDir returns it. Empty means none.
	CacheDir string
}

// Main runs the command and returns its exit status. When ctx ends, the command
// under way is cancelled.
func Main(ctx context.Context, env Env) (status int) {
	a := &app{env: env, out: newPrinter(env.Stdout, env.Stderr)}
	defer func() {
		if x := recover(); x != nil {
			status = a.out.fail(&hostapi.Error{
				Code: hostapi.CodeInternal, Message: fmt.Sprintf("the command failed: %v", x), Hint: "please report this",
			})
		}
	}()
	root := a.root()                              //nolint:contextcheck // a command takes it from its cobra.Command
	root.SetArgs(append([]string{}, env.Args...)) // nil would mean those of the process
	err := asUsage(root.ExecuteContext(ctx))
	if err == nil {
		err = a.out.lost
	}
	return a.out.fail(err)
}

// app is one run of the command.
type app struct {
	env Env
	out *printer
}

// variable returns an environment variable, "" if there is none.
func (e *Env) variable(name string) string {
	if e.LookupEnv == nil {
		return ""
	}
	value, _ := e.LookupEnv(name)
	return value
}

// usageTemplate is the part of every help that follows the description. The
// template functions are cobra's.
const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}
{{- if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}

Run '{{.CommandPath}} COMMAND --help' for details.
{{- end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}

Exit status: 0 ok, 1 the script failed, 2 usage or configuration, 3 connection or
network, 4 limit, denied or cancelled, 5 needs re-authorization, 70 internal.
`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "postern",
		Short: "Run workflow script tasks in a sandbox, with OAuth connections they cannot read",
		Long: "Postern runs workflow script tasks, in JavaScript or WebAssembly, and lets them use\n" +
			"OAuth connections they can never read.",
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
	}
	root.SetIn(a.env.Stdin)
	root.SetOut(a.out)
	root.SetErr(a.env.Stderr)
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		a.runCommand(), a.testCommand(), a.checkCommand(), a.newCommand(), a.typesCommand(), a.playgroundCommand(), a.serveCommand(),
		a.connectCommand(), a.connectionCommand(), a.tokenCommand(), a.policyCommand(), a.keysCommand(), a.storeCommand(), a.clientCommand(),
		a.userCommand(), a.runsCommand(), a.tasksCommand(), a.schedulesCommand(),
		a.versionCommand(),
	)
	a.tighten(root)
	printVersion := root.Flags().Bool("version", false, "print the version")
	a.group(root)
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *printVersion && len(args) == 0 {
			return a.printVersion()
		}
		return help(cmd, args)
	}
	return root
}

// tighten makes the commands that cobra adds refuse what they do not know.
func (a *app) tighten(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			a.group(cmd)
		case "help":
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				command, rest, err := cmd.Root().Find(args)
				if err != nil {
					return err
				}
				if command.HasSubCommands() && len(rest) > 0 {
					return unknownCommand(command, rest[0])
				}
				command.InitDefaultHelpFlag()
				return command.Help()
			}
		}
	}
}

// group makes cmd, which only has commands below it, refuse anything else.
func (a *app) group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs // no command of cmd, or cobra would have found it
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		cmd.SetOut(a.env.Stderr)
		if err := cmd.Help(); err != nil {
			return err
		}
		return statusError(statusConfig)
	}
	return cmd
}

func unknownCommand(cmd *cobra.Command, command string) error {
	hint := cmd.CommandPath() + " --help lists the commands"
	if near := cmd.SuggestionsFor(command); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s %s? %s", cmd.CommandPath(), near[0], hint)
	}
	group := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "postern"), " ")
	return usageError(group, fmt.Sprintf("there is no command %q", command), hint)
}

// flagError says what is wrong with a flag, and which one may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 {
		return unknownCommand(cmd, cmd.Flags().Arg(0)) // the flags are those of the command that was meant
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok && e.GetFlag().Value.Type() == "duration" {
		hint := "write it as 5s or 2m"
		if _, err := strconv.ParseUint(e.GetValue(), 10, 32); err == nil {
			hint = "write it as " + e.GetValue() + "s"
		}
		return usageError(cmd.Name(), fmt.Sprintf("--%s %q is not a time", e.GetFlag().Name, e.GetValue()), hint)
	}
	op := cmd.Name()
	if !cmd.HasParent() {
		op = "" // every message begins with it
	}
	hint := cmd.CommandPath() + " --help lists the flags"
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok && e.GetSpecifiedShortnames() == "" {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		hint = nearest.Hint("--", e.GetSpecifiedName(), known, hint)
	}
	return usageError(op, err.Error(), hint)
}

// oneArg demands exactly one argument, called what in messages.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usageError(cmd.Name(), "no "+what+" given", "postern "+strings.TrimPrefix(cmd.UseLine(), "postern "))
		case 1:
			return nil
		}
		return usageError(cmd.Name(), fmt.Sprintf("takes one %s, got %d", what, len(args)), "put a name with spaces in quotes")
	}
}

// asUsage turns an error of cobra, about how the command was called, into one of ours.
func asUsage(err error) error {
	if _, ok := errors.AsType[statusError](err); err == nil || ok {
		return err
	}
	if _, ok := asHost(err); ok {
		return err
	}
	return usageError("", err.Error(), "postern --help lists the commands")
}

func usageError(op, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: message, Hint: hint}
}
