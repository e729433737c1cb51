package cli

import (
	"bytes"
	"cmp"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
)

func (a *app) connectionListVerb() *cobra.Command {
	var path string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List connections",
		Long: "Lists the connections of an oauth.toml: how each gets its token, from which token\n" +
			"endpoint, to which hosts that token may go, and whether scripts see only a\n" +
			"stand-in for it (sealed). No secret is shown, and no network is used.",
		Example: "  postern connection list\n" +
			"  postern connection list --connections staging.toml --json",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := a.needConnections("connection list", path, connection.ParseOptions{SkipSecrets: true})
			if err != nil {
				return err
			}
			descriptions := make([]connection.Description, 0, len(set.Names()))
			for _, name := range set.Names() {
				d, err := set.Describe(name)
				if err != nil {
					return err
				}
				descriptions = append(descriptions, d)
			}
			if asJSON {
				return a.out.writeJSON(descriptions)
			}
			for _, warning := range set.Warnings() {
				a.out.warn(warning)
			}
			return a.out.write(connectionTable(descriptions))
		},
	}
	connectionsFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func connectionTable(descriptions []connection.Description) []byte {
	rows := [][]string{{"NAME", "GRANT", "TOKEN ENDPOINT", "HOSTS", "SEALED"}}
	for _, d := range descriptions {
		endpoint, hosts, sealed := "-", cmp.Or(strings.Join(d.Hosts, ", "), "-"), "no"
		if u, err := url.Parse(d.Endpoints["token_endpoint"]); err == nil && u.Host != "" {
			endpoint = u.Host
		}
		if d.Sealed {
			sealed = "yes"
		}
		rows = append(rows, []string{escape(d.Name), d.Grant, escape(endpoint), escape(hosts), sealed})
	}
	return aligned(rows)
}

// aligned returns rows with their cells in columns. The last column is not
// padded.
func aligned(rows [][]string) []byte {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	var b bytes.Buffer
	for _, row := range rows {
		last := len(row) - 1
		for i, cell := range row[:last] {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-columns(cell)+2))
		}
		b.WriteString(row[last] + "\n")
	}
	return b.Bytes()
}
