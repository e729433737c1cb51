package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) connectionShowCommand() *cobra.Command {
	var paths []string
	var asJSON bool
	var remote remoteFlags
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show one connection",
		Long: `Shows what oauth.toml has for NAME, the callback to register with its server and, with a
store, the state, the granted scopes and when the token expires. No secret is shown, and
no server is contacted.`,
		Example: `  postern connection show crm
  postern connection show 'crm#ada' --json
  postern connection show crm --server https://postern.example.com`,
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: a.completeConnections(&remote),
		RunE: func(cmd *cobra.Command, args []string) error {
			if remote.server != "" {
				return a.showRemote(cmd, &remote, args[0], asJSON)
			}
			s, failed := a.look(cmd.Context(), "connection show", paths)
			if s == nil {
				return failed
			}
			defer a.close(cmd.Context(), s)
			c, err := s.show(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				err = a.out.writeJSON(c)
			} else {
				for _, warning := range c.Warnings {
					a.out.warn(warning)
				}
				err = a.out.write(aligned(c.rows()))
			}
			if failed != nil {
				return failed
			}
			return err
		},
	}
	a.connectionsFlag(cmd, &paths)
	remote.add(cmd, remoteConnectionUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// shown is a connection as it is shown.
type shown struct {
	connection.Description
	CallbackURL     string             `json:"callback_url,omitempty"`      // to register at the server
	CallbackAnyPort bool               `json:"callback_any_port,omitempty"` // the port in use is another each time
	Status          *connection.Status `json:"status,omitempty"`            // nil: no store keeps one

	more string // flags of commands that are named
}

func (s *session) show(ctx context.Context, name string) (*shown, error) {
	d, err := s.set.Describe(name)
	if err != nil {
		return nil, err
	}
	c := &shown{Description: d}
	if d.Grant == "authorization_code" {
		c.CallbackURL, c.CallbackAnyPort = callbackOf(s.set.RedirectURI(keyOf(name).Connection))
	}
	if s.store != nil {
		status, err := s.manager.Status(ctx, name)
		if err != nil {
			return nil, err
		}
		c.Status = &status
	}
	return c, nil
}

// rows returns the connection as text, with the names of the file.
func (c *shown) rows() [][]string {
	rows := [][]string{{"name", terminal.Escape(c.Name)}, {"grant", c.Grant}}
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, terminal.Escape(text)})
		}
	}
	add("client_id", c.ClientID)
	add("token_endpoint_auth_method", c.TokenEndpointAuthMethod)
	for _, key := range slices.Sorted(maps.Keys(c.Endpoints)) {
		add(key, c.Endpoints[key])
	}
	callback := c.CallbackURL
	if c.CallbackAnyPort {
		callback += " with any port"
	}
	add("callback", callback)
	add("scopes", strings.Join(c.Scopes, " "))
	add("hosts", orDash(strings.Join(c.Hosts, ", ")))
	add("header", c.Header+": "+strings.TrimSpace(c.Scheme+" …"))
	switch {
	case c.Sealed:
		add("sealed", "yes: scripts see a stand-in")
		add("sealed_in", strings.Join(c.SealedIn, ", "))
	case c.Grant == "basic":
		add("sealed", "scripts see neither user name nor password")
	default:
		add("sealed", "no: scripts see the credential")
	}
	add("timeout", c.Timeout)
	add("credential expires", credentialEnd(c.Description))
	if c.Status != nil {
		rows = append(rows, statusRows(c.Description, *c.Status, c.more)...)
	}
	return rows
}
