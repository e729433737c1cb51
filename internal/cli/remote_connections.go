package cli

import (
	"cmp"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/internal/terminal"
)

const remoteConnectionsUsage = "those of the server at `URL`"

// listRemote lists the connections of a server.
func (a *app) listRemote(cmd *cobra.Command, f *remoteFlags, asJSON bool) error {
	c, err := a.remote("connection list", f)
	if err != nil {
		return err
	}
	list, err := c.Connections(cmd.Context())
	if err != nil {
		return remoteError("connection list", err)
	}
	if asJSON {
		return a.out.writeJSON(append([]*client.Connection{}, list...))
	}
	rows := [][]string{{"NAME", "GRANT", "STATE", "SOURCE", "TOKEN EXPIRES"}}
	for _, c := range list {
		expires := "-"
		if !c.TokenExpires.IsZero() {
			expires = c.TokenExpires.Format(time.RFC3339)
		}
		rows = append(rows, []string{terminal.Escape(c.Name), c.Grant, cmp.Or(c.State, "broken"), c.Source, expires})
	}
	return a.out.write(aligned(rows))
}

// revokeRemote revokes a connection of a server.
func (a *app) revokeRemote(cmd *cobra.Command, f *remoteFlags, name string, yes bool) error {
	const op = "connection revoke"
	c, err := a.remote(op, f)
	if err != nil {
		return err
	}
	if !yes {
		question := "Revoke the grant of " + terminal.Escape(name) + " and delete its tokens?"
		if err := a.confirm(cmd.Context(), op+" "+name, question, "--yes does it without asking"); err != nil {
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
