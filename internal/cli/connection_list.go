package cli

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) connectionListCommand() *cobra.Command {
	var paths []string
	var search string
	var asJSON bool
	var remote remoteFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List connections",
		Long: `Lists the connections of an oauth.toml: how each gets its token, from which token
endpoint, to which hosts the token may be sent, and whether scripts see only a stand-in
for it (sealed). With a store it also shows the state of each connection and of its
accounts; --json adds since when, when the token expires and whether it can be renewed.
For a credential in oauth.toml that has expires, it shows when it expires. No secret is
shown, and no server is contacted.`,
		Example: `  postern connection list
  postern connection list --connections staging.toml --search crm --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if remote.server != "" {
				return a.listRemote(cmd, &remote, search, asJSON)
			}
			s, failed := a.look(cmd.Context(), "connection list", paths)
			if s == nil {
				return failed
			}
			defer a.close(cmd.Context(), s)
			list, err := s.list(cmd.Context(), search)
			if err != nil {
				return err
			}
			if asJSON {
				if err = s.withStatus(cmd.Context(), list); err == nil {
					err = a.out.writeJSON(list)
				}
			} else {
				for _, warning := range s.set.Warnings() {
					a.out.warn(warning)
				}
				err = a.out.write(connectionTable(list))
			}
			s.noteMissing(cmd.Context(), a.out)
			if failed != nil {
				return failed
			}
			return err
		},
	}
	a.connectionsFlag(cmd, &paths)
	remote.add(cmd, remoteConnectionsUsage)
	cmd.Flags().StringVar(&search, "search", "", "those whose name has `TEXT`, in any case")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

// listed is a connection as it is listed.
type listed struct {
	connection.Description
	State  connection.State   `json:"state,omitempty"` // empty: there is no store to keep one
	Status *connection.Status `json:"status,omitempty"`
}

// list returns the connections whose name has search in any case, and after each its accounts that the store knows.
func (s *session) list(ctx context.Context, search string) ([]listed, error) {
	states := make(map[string]connection.State) // by name
	accounts := make(map[string][]string)       // by connection
	if s.store != nil {
		records, err := s.store.List(ctx, s.set.StoreOptions().Namespace)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			name := nameOf(r.Key)
			if r.Account != "" {
				accounts[r.Connection] = append(accounts[r.Connection], name)
			}
			states[name] = r.State
		}
	}
	list := make([]listed, 0, len(s.set.Names()))
	search = strings.ToLower(search)
	for _, base := range s.set.Names() {
		if !strings.Contains(strings.ToLower(base), search) {
			continue
		}
		for _, name := range slices.Concat([]string{base}, accounts[base]) {
			d, err := s.set.Describe(name)
			if err != nil {
				continue // accounts of a connection that has a fixed credential by now
			}
			l := listed{Description: d}
			if s.store != nil {
				l.State = cmp.Or(states[name], connection.StateUnused)
			}
			if hasEnded(d) {
				l.State = connection.StateNeedsReauth
			}
			list = append(list, l)
		}
	}
	return list, nil
}

// withStatus adds what the store has of each connection.
func (s *session) withStatus(ctx context.Context, list []listed) error {
	if s.store == nil || s.manager == nil {
		return nil
	}
	for i := range list {
		status, err := s.manager.Status(ctx, list[i].Name)
		if err != nil {
			return err
		}
		list[i].State, list[i].Status = status.State, &status
	}
	return nil
}

// hasFixedCredential reports whether the credential is in oauth.toml:
// the store has only what APIs said of it.
func hasFixedCredential(d connection.Description) bool {
	return d.Grant == "static" || d.Grant == "basic"
}

// hasEnded reports whether the credential in the file is past the end that the file has
// for it.
func hasEnded(d connection.Description) bool {
	return hasFixedCredential(d) && !d.Expires.IsZero() && !time.Now().Before(d.Expires)
}

func connectionTable(list []listed) []byte {
	heads := []string{"NAME", "GRANT", "TOKEN ENDPOINT", "HOSTS", "SEALED"}
	withState := slices.ContainsFunc(list, func(l listed) bool { return l.State != "" })
	if withState {
		heads = append(heads, "STATE")
	}
	withEnd := slices.ContainsFunc(list, func(l listed) bool { return !l.Expires.IsZero() })
	if withEnd {
		heads = append(heads, "CREDENTIAL EXPIRES")
	}
	rows := [][]string{heads}
	for _, l := range list {
		endpoint, hosts, sealed := "-", cmp.Or(strings.Join(l.Hosts, ", "), "-"), "no"
		if u, err := url.Parse(l.Endpoints["token_endpoint"]); err == nil && u.Host != "" {
			endpoint = u.Host
		}
		switch {
		case l.Sealed:
			sealed = "yes"
		case l.Grant == "basic":
			sealed = "-" // scripts see neither its user name nor its password
		}
		row := []string{terminal.Escape(l.Name), l.Grant, terminal.Escape(endpoint), terminal.Escape(hosts), sealed}
		if withState {
			row = append(row, terminal.Escape(cmp.Or(string(l.State), "-")))
		}
		if withEnd {
			row = append(row, orDash(credentialEnd(l.Description)))
		}
		rows = append(rows, row)
	}
	return aligned(rows)
}

// aligned returns rows with their cells in columns. The last column is not
// padded.
func aligned(rows [][]string) []byte {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], terminal.Width(cell))
		}
	}
	var b bytes.Buffer
	for _, row := range rows {
		last := len(row) - 1
		for i, cell := range row[:last] {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-terminal.Width(cell)+2))
		}
		b.WriteString(row[last] + "\n")
	}
	return b.Bytes()
}
