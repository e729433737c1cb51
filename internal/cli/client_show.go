package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) clientShowCommand() *cobra.Command {
	var issuer string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show CLIENT",
		Short: "Show one client",
		Long: `Shows a client, without its secrets: they are not stored. It also shows the endpoints that
the client needs, and a connection for the oauth.toml of a client that is Postern itself.`,
		Example: `  postern client show Billing
  postern client show Billing --issuer https://postern.example.com --json`,
		Args: oneArg("CLIENT, its id or name"),
	}
	issuerFlag(cmd, &issuer)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeClients(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		const op = "client show"
		if err := a.checkIssuer(&issuer, f); err != nil {
			return err
		}
		return a.onClient(cmd.Context(), op, f, args[0], func(_ *authserver.Registry, client *authserver.Client) error {
			return a.printClient(client, "", issuer, asJSON)
		})
	}
	return cmd
}

// shownClient is a client as it is printed.
type shownClient struct {
	authserver.Client
	Secret string `json:"client_secret,omitempty"` // one that was just made
	*authserver.Endpoints
	Connection string `json:"connection,omitempty"` // a table of an oauth.toml
}

// printClient prints a client, with a secret that was just made and with the endpoints of the
// server, unless these are "".
func (a *app) printClient(client *authserver.Client, secret, issuer string, asJSON bool) error {
	shown := shownClient{Client: *client, Secret: secret}
	if issuer != "" {
		endpoints, err := authserver.EndpointsOf(issuer)
		if err != nil {
			return err
		}
		shown.Endpoints = &endpoints
		if shown.Connection, err = client.Connection(issuer); err != nil {
			return err
		}
	}
	if secret != "" {
		a.out.say("the secret cannot be shown again: give it to the client now")
	}
	if asJSON {
		return a.out.writeJSON(shown)
	}
	if err := a.out.write(aligned(shown.rows())); err != nil || shown.Connection == "" {
		return err
	}
	return a.out.write([]byte("\n" + shown.Connection))
}

func (c *shownClient) rows() [][]string {
	rows := [][]string{{"name", terminal.Escape(c.Name)}, {"client_id", c.ID}}
	add := func(name, text string) { rows = append(rows, []string{name, terminal.Escape(text)}) }
	if c.Secret != "" {
		add("client_secret", c.Secret)
	}
	for _, uri := range c.RedirectURIs {
		add("redirect_uri", uri)
	}
	add("auth method", string(c.AuthMethod))
	pkce := pkceRequired
	if c.PKCEOptional {
		pkce = pkceOptional
	}
	add("pkce", pkce)
	add("scope", string(c.Scope))
	if c.Endpoints != nil {
		add("authorization_endpoint", c.Authorization)
		add("token_endpoint", c.Token)
	}
	add("state", stateOf(&c.Client))
	add("created", c.Created.Format(time.RFC3339))
	add("updated", c.Updated.Format(time.RFC3339))
	for _, secret := range c.Secrets {
		add("secret", fmt.Sprintf("%s, created %s", secret.ID, secret.Created.Format(time.RFC3339)))
	}
	return rows
}

func stateOf(client *authserver.Client) string {
	if client.Active {
		return "active"
	}
	return "deactivated"
}
