package cli

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/store"
)

const (
	remoteConnectionsUsage = "those of the server at `URL`"
	remoteConnectionUsage  = "that of the server at `URL`"
)

// remoteOnly returns the client of the server that --server names, and refuses flags that are
// about connections of files.
func (a *app) remoteOnly(cmd *cobra.Command, op string, f *remoteFlags, local ...string) (*client.Client, error) {
	for _, name := range append(local, "connections") {
		if cmd.Flags().Changed(name) {
			return nil, usageError("--"+name, "has no effect with --server", "leave one of them out")
		}
	}
	return a.remote(op, f)
}

// completeConnections completes to the connections of the server, or of files if none is named.
func (a *app) completeConnections(f *remoteFlags) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if f.server == "" {
			return completeNames(cmd, args, text)
		}
		return a.completeRemote(f, completedConnections)(cmd, args, text)
	}
}

func completedConnections(ctx context.Context, c *client.Client) iter.Seq2[cobra.Completion, error] {
	return mapped(c.Connections(ctx, ""), func(c *client.Connection) cobra.Completion { return cobra.CompletionWithDesc(c.Name, c.State) })
}

// listRemote lists the connections of a server.
func (a *app) listRemote(cmd *cobra.Command, f *remoteFlags, search string, asJSON bool) error {
	const op = "connection list"
	c, err := a.remoteOnly(cmd, op, f)
	if err != nil {
		return err
	}
	list := []*client.Connection{}
	rows := [][]string{{"NAME", "GRANT", "STATE", "SOURCE", "TOKEN EXPIRES"}}
	for c, err := range c.Connections(cmd.Context(), search) {
		if err != nil {
			return remoteError(op, err)
		}
		expires := "-"
		if !c.TokenExpires.IsZero() {
			expires = c.TokenExpires.Format(time.RFC3339)
		}
		list = append(list, c)
		rows = append(rows, []string{terminal.Escape(c.Name), c.Grant, cmp.Or(c.State, "broken"), c.Source, expires})
	}
	if asJSON {
		return a.out.writeJSON(list)
	}
	return a.out.write(aligned(rows))
}

// showRemote shows a connection of a server as one of a file is shown.
func (a *app) showRemote(cmd *cobra.Command, f *remoteFlags, name string, asJSON bool) error {
	op := "connection show " + name
	c, err := a.remoteOnly(cmd, op, f)
	if err != nil {
		return err
	}
	found, err := c.Connection(cmd.Context(), name)
	switch {
	case err != nil:
		return remoteError(op, err)
	case asJSON:
		return a.out.writeJSON(found)
	}
	return a.writeRemote(found, f)
}

func (a *app) writeRemote(c *client.Connection, f *remoteFlags) error {
	for _, warning := range c.Warnings {
		a.out.warn(warning)
	}
	if c.Failure != nil {
		a.out.explain(failureOf(c.Failure))
	}
	d, status := described(c)
	s := &shown{Description: d, Status: &status, more: a.serverWords(f)}
	if c.Grant == "authorization_code" {
		s.CallbackURL = c.RedirectURI
	}
	return a.out.write(aligned(append(s.rows(), []string{"source", c.Source})))
}

// described returns a connection of a server as one of this machine.
func described(c *client.Connection) (connection.Description, connection.Status) {
	d := connection.Description{
		Name: c.Name, Grant: c.Grant, Endpoints: c.Endpoints, ClientID: c.ClientID, TokenEndpointAuthMethod: c.TokenEndpointAuthMethod,
		Scopes: c.Scopes, Header: c.Header, Scheme: c.Scheme, Hosts: c.Hosts, Sealed: c.Sealed, SealedIn: c.SealedIn,
		Timeout: c.Timeout, Expires: c.Expires, Warnings: c.Warnings,
	}
	return d, connection.Status{
		State: connection.State(c.State), Reason: c.Reason, Expiry: c.TokenExpires, Scopes: c.GrantedScopes,
		Refreshable: c.Refreshable, Updated: c.Updated,
	}
}

// serverWords returns the flags that name the server again, in front of them a space.
func (a *app) serverWords(f *remoteFlags) string {
	words := " --server " + shellWord(cmp.Or(f.server, a.env.variable("POSTERN_SERVER")))
	if f.tokenFile != "" {
		words += " --token-file " + shellWord(f.tokenFile)
	}
	return words
}

// testRemote lets a server get tokens of its connections.
func (a *app) testRemote(cmd *cobra.Command, f *remoteFlags, names []string, all, asJSON bool) error {
	const op = "connection test"
	c, err := a.remoteOnly(cmd, op, f)
	if err != nil {
		return err
	}
	if all {
		for c, err := range c.Connections(cmd.Context(), "") {
			if err != nil {
				return remoteError(op, err)
			}
			names = append(names, c.Name)
		}
	}
	return a.testConnections(cmd.Context(), names, asJSON, func(ctx context.Context, name string, say func(string) error) error {
		expires, err := c.TestConnection(ctx, name)
		if err != nil {
			return a.connectAt(f, name, remoteError(op+" "+name, err))
		}
		return say("the server has a token, " + validityText(expires))
	})
}

// connectAt returns an error with a hint that names the server, if the connection has to be authorized.
func (a *app) connectAt(f *remoteFlags, name string, err error) error {
	if e, ok := asHost(err); ok && e.Code == hostapi.CodeNeedsReauth {
		e.Hint = "run: " + command("connect", name) + a.serverWords(f)
	}
	return err
}

// revokeRemote revokes a connection of a server.
func (a *app) revokeRemote(cmd *cobra.Command, f *remoteFlags, name string, yes bool) error {
	op := "connection revoke " + name
	c, err := a.remoteOnly(cmd, op, f)
	if err != nil {
		return err
	}
	if !yes {
		question := "Revoke the grant of " + terminal.Escape(name) + " and delete its tokens?"
		if err := a.confirm(cmd.Context(), op, question, "--yes does it without asking"); err != nil {
			return err
		}
	}
	revoked, err := c.RevokeConnection(cmd.Context(), name)
	switch {
	case err != nil:
		return remoteError(op, err)
	case !revoked:
		return a.out.write([]byte(terminal.Escape(name) + ": deleted; its server has no revocation endpoint, so revoke the grant there by hand\n"))
	}
	return a.out.write([]byte(terminal.Escape(name) + ": revoked and deleted\n"))
}

// auditRemote shows the audit trail of a server as that of a store is shown.
func (a *app) auditRemote(cmd *cobra.Command, f *remoteFlags, args []string, filter store.AuditFilter, asJSON bool) error {
	const op = "connection audit"
	c, err := a.remoteOnly(cmd, op, f)
	if err != nil {
		return err
	}
	q := client.AuditFilter{Actor: filter.Actor, Action: string(filter.Action), Name: filter.Name, From: filter.Since, To: filter.Before}
	if len(args) > 0 {
		q.Connection = args[0]
	}
	var events []connection.AuditEvent
	for e, err := range c.Audit(cmd.Context(), q) {
		if err != nil {
			return remoteError(op, err)
		}
		if len(events) == filter.Limit {
			break
		}
		events = append(events, connection.AuditEvent{
			Time: e.Time, Action: connection.Action(e.Action), Key: connection.Key{Connection: e.Connection, Account: e.Account},
			Identity: hostapi.Identity{Actor: e.Actor, Task: e.Task, Run: e.Run}, Detail: e.Detail,
		})
	}
	return a.printAudit(events, asJSON)
}

func (a *app) connectionDeleteCommand() *cobra.Command {
	return a.remoteDelete(&cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a connection of a server",
		Long: `Deletes a connection that was made on a server, with its secrets and its tokens. To end
the access at the authorization server too, revoke it first. A connection in an oauth.toml
is deleted by removing its table from the file.`,
		Example: `  postern connection delete crm --server https://postern.example.com`,
		Args:    oneArg("NAME of a connection"),
	}, "connection delete", func() string { return "connection" }, completedConnections, (*client.Client).DeleteConnection)
}
