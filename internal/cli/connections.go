package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// defaultConnections is the file of connections that is read if it is there.
const defaultConnections = "oauth.toml"

// noConnections is the hint where a connection is named and there are none.
const noConnections = "there are no connections here: name a file of them with --connections FILE"

// connectionsFlag adds --connections to a verb.
func connectionsFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "connections", "", "read connections from `FILE` (default "+defaultConnections+", if it is there)")
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

// openConnections reads the file at path. With no path it is the default file,
// or no connections at all where there is none.
func openConnections(path string, opts connection.ParseOptions) (*connection.Set, error) {
	if path == "" {
		if _, err := os.Stat(defaultConnections); errors.Is(err, fs.ErrNotExist) {
			return connection.Parse(defaultConnections, nil, opts)
		}
		path = defaultConnections
	}
	set, err := connection.Load(path, opts)
	if e, ok := asHost(err); ok && e.File == "" { // it could not be read at all
		e.Hint = "name the file with --connections FILE"
	}
	return set, err
}

// withSecrets says where the secrets of a file are found.
func (a *app) withSecrets() connection.ParseOptions {
	return connection.ParseOptions{LookupEnv: a.env.LookupEnv}
}

// needConnections is openConnections for a verb that is about connections.
func (a *app) needConnections(verb, path string, opts connection.ParseOptions) (*connection.Set, error) {
	set, err := openConnections(path, opts)
	if err == nil && path == "" && len(set.Names()) == 0 {
		return nil, usageError(verb, "there are no connections here", "name a file of connections with --connections FILE")
	}
	return set, err
}

// completeNames completes to the names of connections, whether or not their
// secrets are at hand.
func completeNames(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	path, err := cmd.Flags().GetString("connections")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	set, err := openConnections(path, connection.ParseOptions{SkipSecrets: true})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return set.Names(), cobra.ShellCompDirectiveNoFileComp
}

// warner is a Connector that tells of a connection's warnings when a task
// first uses it. It serves one task.
type warner struct {
	hostapi.Connector
	set   *connection.Set
	warn  func(text string)
	known []string // connections whose warnings have been told
}

// OAuth2Token implements [hostapi.Connector].
func (w *warner) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	w.tell(grant, name)
	return w.Connector.OAuth2Token(ctx, grant, name)
}

// Do implements [hostapi.Connector].
func (w *warner) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if req.AuthSetting != "" {
		w.tell(grant, req.AuthSetting)
	}
	return w.Connector.Do(ctx, grant, req)
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

// checkConnections returns an error for the first connection of t that set does
// not have.
func (t *task) checkConnections(set *connection.Set) error {
	for _, name := range t.connections {
		_, err := set.Describe(name)
		if e, ok := asHost(err); ok {
			e.File, e.Line, e.Column = t.connectionsAt.File, t.connectionsAt.Line, t.connectionsAt.Column
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

func (a *app) connectionVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connection",
		Short: "Look at connections, and look after them",
		Long: "Looks at the connections of an oauth.toml, and looks after what the store has of them.\n" +
			"No secret is ever shown. To give a connection its grant: postern connect NAME.",
	}
	cmd.AddCommand(
		a.connectionListVerb(), a.connectionShowVerb(), a.connectionTestVerb(), a.connectionRevokeVerb(),
		a.connectionImportVerb(), a.connectionTrustVerb(), a.connectionAuditVerb(),
	)
	return a.group(cmd)
}
