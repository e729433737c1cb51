package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
)

// defaultConnections is the file that is read if there is one.
const defaultConnections = "oauth.toml"

// noConnections is the hint where a connection is named and there are none.
const noConnections = "there are no connections here: name an oauth.toml with --connections FILE"

// connectionsVariable names the connections files, separated as in PATH, where
// --connections does not.
const connectionsVariable = "POSTERN_CONNECTIONS"

// connectionsFlag adds --connections to a command.
func (a *app) connectionsFlag(cmd *cobra.Command, paths *[]string) {
	cmd.Flags().StringArrayVar(paths, "connections", filepath.SplitList(a.env.variable(connectionsVariable)),
		"read connections from `FILE` (default $"+connectionsVariable+", or "+defaultConnections+" if it is there);\n"+
			"repeatable: of several with the same name that of the first file counts")
	cmd.Flag("connections").DefValue = "[]" // the usage says it
	complete(cmd, "connections", extensions("toml"))
}

// complete sets how a shell completes the value of a flag of cmd.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, f) // fails only for a flag that is not there
}

// extensions completes to files with one of those extensions.
func extensions(list ...string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return list, cobra.ShellCompDirectiveFilterFileExt
	}
}

// connections are what connections files say together.
type connections struct {
	set   *connection.Set
	files []connectionFile // the first one counts
}

type connectionFile struct {
	path string
	set  *connection.Set
}

// fileOf returns the path of the file that has the connection of that name, or of
// one of its accounts; the first file if none has it.
func (c *connections) fileOf(name string) string {
	base := keyOf(name).Connection
	for _, f := range c.files {
		if slices.Contains(f.set.Names(), base) {
			return f.path
		}
	}
	return c.files[0].path
}

// storeFile returns the path of the file whose [store] counts; the first file if
// none has one.
func (c *connections) storeFile() string {
	for _, f := range c.files {
		if url, _ := f.set.Store(); url != "" {
			return f.path
		}
	}
	return c.files[0].path
}

// keyOf returns the connection, and the account of it, that a name has: NAME or
// NAME#ACCOUNT.
func keyOf(name string) connection.Key {
	base, account, _ := strings.Cut(name, "#")
	return connection.Key{Connection: base, Account: account}
}

// nameOf is the reverse of keyOf.
func nameOf(key connection.Key) string {
	if key.Account == "" {
		return key.Connection
	}
	return key.Connection + "#" + key.Account
}

// openConnections reads the files at paths. With none it is the default file, or no
// connections at all where that is not there.
func openConnections(ctx context.Context, paths []string, opts connection.ParseOptions) (*connections, error) {
	if len(paths) == 0 {
		info, err := os.Stat(defaultConnections)
		if errors.Is(err, fs.ErrNotExist) {
			set, err := connection.Parse(defaultConnections, nil, opts)
			return &connections{set, []connectionFile{{defaultConnections, set}}}, err
		}
		if err == nil && writtenByOthers(info) {
			return nil, &hostapi.Error{
				Code: hostapi.CodeConfig, Op: "read " + defaultConnections,
				Message: "the file may have been written by another user, and can name secrets of yours and the hosts to send them to",
				Hint:    "if you trust it, name it: --connections " + defaultConnections,
			}
		}
		paths = []string{defaultConnections}
	}
	c := new(connections)
	var sets []*connection.Set
	for _, path := range paths {
		set, err := interruptible(ctx, "read "+path, func() (*connection.Set, error) { return connection.Load(path, opts) })
		if err != nil {
			if e, ok := asHost(err); ok && e.File == "" && e.Code == hostapi.CodeConfig { // it could not be read at all
				e.Hint = "name the file with --connections FILE"
			}
			return nil, err
		}
		c.files, sets = append(c.files, connectionFile{path, set}), append(sets, set)
	}
	c.set = connection.Merge(sets...)
	return c, nil
}

// withSecrets are the options for reading a file with its secrets.
func (a *app) withSecrets() connection.ParseOptions {
	return connection.ParseOptions{LookupEnv: a.env.LookupEnv}
}

// needConnections is openConnections for a command that is about connections.
func (a *app) needConnections(ctx context.Context, command string, paths []string, opts connection.ParseOptions) (*connections, error) {
	c, err := openConnections(ctx, paths, opts)
	if err == nil && len(paths) == 0 && len(c.set.Names()) == 0 {
		return nil, usageError(command, "there are no connections here", "name an oauth.toml with --connections FILE or $"+connectionsVariable)
	}
	return c, err
}

// completeNames completes to the names of connections, whether or not their secrets are
// available.
func completeNames(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	paths, err := cmd.Flags().GetStringArray("connections")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	c, err := openConnections(cmd.Context(), paths, connection.ParseOptions{SkipSecrets: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return c.set.Names(), cobra.ShellCompDirectiveNoFileComp
}

// warner is a Connector that prints a connection's warnings when a task first uses it. It
// serves one task.
type warner struct {
	hostapi.BaseConnector
	next  hostapi.Connector
	set   *connection.Set
	warn  func(text string)
	known []string // connections whose warnings have been printed
}

// OAuth2Token implements [hostapi.Connector].
func (w *warner) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	w.tell(grant, name)
	return w.next.OAuth2Token(ctx, grant, name)
}

// OAuth2TokenInfo implements [hostapi.Connector].
func (w *warner) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.TokenInfo, error) {
	w.tell(grant, name)
	return w.next.OAuth2TokenInfo(ctx, grant, name)
}

// AuthSetting implements [hostapi.Connector].
func (w *warner) AuthSetting(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	return w.next.AuthSetting(ctx, grant, name)
}

// Do implements [hostapi.Connector].
func (w *warner) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if req.AuthSetting != "" {
		w.tell(grant, req.AuthSetting)
	}
	return w.next.Do(ctx, grant, req)
}

func (w *warner) tell(grant *hostapi.Grant, name string) {
	if slices.Contains(w.known, name) || !slices.Contains(grant.Connections, name) {
		return
	}
	w.known = append(w.known, name)
	description, err := w.set.Describe(name)
	if err != nil {
		return // the call itself will fail, with the better error
	}
	for _, warning := range description.Warnings {
		w.warn(warning)
	}
}

// warnOf prints the warnings of a connection, if there is one of that name.
func (a *app) warnOf(set *connection.Set, name string) {
	d, err := set.Describe(name)
	if err != nil {
		return // what is done with it fails with the better error
	}
	for _, warning := range d.Warnings {
		a.out.warn(warning)
	}
}

// checkConnections returns an error for the first connection of t that set does
// not have.
func checkConnections(t *taskfile.Task, set *connection.Set) error {
	for _, name := range t.Connections {
		_, err := set.Describe(name)
		if e, ok := asHost(err); ok {
			e.File, e.Line, e.Column = t.ConnectionsAt.File, t.ConnectionsAt.Line, t.ConnectionsAt.Column
			if len(set.Names()) == 0 {
				e.Hint = noConnections
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) connectionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connection",
		Short: "Add, inspect and manage connections",
		Long: "Adds connections to an oauth.toml or a server, shows them, and manages what the store\n" +
			"holds of them. No secret is ever shown. To authorize a connection: postern connect NAME.",
	}
	cmd.AddCommand(
		a.connectionAddCommand(), a.connectionTemplatesCommand(), a.connectionListCommand(), a.connectionShowCommand(), a.connectionTestCommand(),
		a.connectionEditCommand(), a.connectionRevokeCommand(), a.connectionDeleteCommand(), a.connectionImportCommand(), a.connectionTrustCommand(), a.connectionAuditCommand(),
	)
	return a.group(cmd)
}
