package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
)

// shown is what connection show prints.
type shown struct {
	connection.Description
	CallbackURL string            `json:"callback_url,omitempty"` // to register at the server
	Status      connection.Status `json:"status"`
}

func (a *app) connectionShowVerb() *cobra.Command {
	var path string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a connection and how it is doing",
		Long: "Shows what there is to know of the connection NAME without asking anybody: its keys,\n" +
			"the callback URL to register at the server, and what the store has of it. No secret\n" +
			"is shown.",
		Example:           "  postern connection show crm\n  postern connection show crm#ada --json",
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := a.needConnections("connection show", path, a.withSecrets())
			if err != nil {
				return err
			}
			out := shown{}
			if out.Description, err = set.Describe(args[0]); err != nil {
				return err
			}
			s, err := a.openSession(cmd.Context(), set, path)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if out.Status, err = s.manager.Status(cmd.Context(), args[0]); err != nil {
				return err
			}
			if out.Grant == "authorization_code" {
				base, _, _ := strings.Cut(args[0], "#")
				out.CallbackURL = cmp.Or(set.RedirectURI(base), "http://127.0.0.1/callback")
			}
			if asJSON {
				return a.out.writeJSON(out)
			}
			return a.out.write(out.text())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	connectionsFlag(cmd, &path)
	return cmd
}

func (s *shown) text() []byte {
	var b bytes.Buffer
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s %s\n", name, escape(value))
		}
	}
	line("name", s.Name)
	line("grant", s.Grant)
	line("client", s.ClientID)
	line("hosts", cmp.Or(strings.Join(s.Hosts, ", "), "none: its token goes nowhere"))
	if s.CallbackURL == "http://127.0.0.1/callback" {
		line("callback URL", s.CallbackURL+" (with any port)")
	} else {
		line("callback URL", s.CallbackURL)
	}
	line("state", string(s.Status.State))
	line("reason", s.Status.Reason)
	line("granted", strings.Join(s.Status.Scopes, " "))
	if !s.Status.Expiry.IsZero() {
		line("expires", s.Status.Expiry.Local().Format(time.DateTime))
	}
	for _, warning := range s.Warnings {
		line("warning", warning)
	}
	return b.Bytes()
}
