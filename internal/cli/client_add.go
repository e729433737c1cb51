package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) clientAddCommand() *cobra.Command {
	settings := clientSettings{method: string(authserver.AuthMethodPost), pkce: pkceRequired, scope: string(authserver.ScopeRead)}
	var issuer string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add NAME --redirect-uri URI",
		Short: "Register a client",
		Long: `Registers a client, and prints its id and its secret, which cannot be shown again.
NAME is what users see when they are asked whether the client may use the API.

URI is where the client takes the response, and is compared character by character: https,
or http for a loopback address, or a scheme of an app such as com.example.app:/callback.
The port of 127.0.0.1 and [::1] is free for a public client, and where URI has none.

A client that cannot keep a secret, such as an app on a phone, is public: --auth-method
none. Printed are also the endpoints of the server, and a connection for the oauth.toml of
a client that is Postern itself.`,
		Example: `  postern client add Billing --redirect-uri https://billing.example.com/callback
  postern client add "My phone" --redirect-uri com.example.app:/cb --auth-method none --scope all`,
		Args: oneArg("NAME of the client"),
	}
	settings.flags(cmd)
	issuerFlag(cmd, &issuer)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	f := a.clientFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := a.checkIssuer(&issuer, f); err != nil {
			return err
		}
		chosen := authserver.ClientSettings{Name: args[0]}
		if err := settings.apply(cmd, &chosen); err != nil {
			return err
		}
		registry, done, err := a.openRegistry(cmd.Context(), "client add", f)
		if err != nil {
			return err
		}
		defer done()
		client, secret, err := registry.CreateClient(cmd.Context(), chosen)
		if err != nil {
			return err
		}
		return a.printClient(&client, secret, issuer, asJSON)
	}
	return cmd
}

func (a *app) clientEditCommand() *cobra.Command {
	var settings clientSettings
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "edit CLIENT",
		Short: "Change the settings of a client",
		Long: `Changes what flags say, and leaves the rest. --redirect-uri replaces all that there were.
With a narrower --scope, tokens that the client has allow less at once. A client that is no
longer public gets a secret, which is printed and cannot be shown again.`,
		Example: `  postern client edit Billing --redirect-uri https://pay.example.com/callback
  postern client edit Billing --name Payments --scope read`,
		Args: oneArg("CLIENT, its id or name"),
	}
	cmd.Flags().StringVar(&name, "name", "", "what users see is `NAME`")
	settings.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeClients(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		const op = "client edit"
		if !cmd.Flags().Changed("name") && !settings.changed(cmd) {
			return usageError(op, "there is nothing to change", "postern client edit --help lists the flags")
		}
		return a.onClient(cmd.Context(), op, f, args[0], func(registry *authserver.Registry, client *authserver.Client) error {
			match := etag.Match{Tags: client.ETag()}
			if cmd.Flags().Changed("name") {
				client.Name = name
			}
			if err := settings.apply(cmd, &client.ClientSettings); err != nil {
				return err
			}
			changed, secret, err := registry.UpdateClient(cmd.Context(), client.ID, client.ClientSettings, match)
			if err != nil {
				return err
			}
			return a.printClient(&changed, secret, "", asJSON)
		})
	}
	return cmd
}

// clientSettings are the flags for settings of a client, with their defaults at first.
type clientSettings struct {
	redirectURIs        []string
	method, pkce, scope string
}

const (
	pkceRequired = "required"
	pkceOptional = "optional"
)

func (c *clientSettings) flags(cmd *cobra.Command) {
	methods, scopes := texts(authserver.AuthMethods()), texts(authserver.Scopes())
	cmd.Flags().StringArrayVar(&c.redirectURIs, "redirect-uri", nil, "the client takes responses at `URI`; repeatable")
	cmd.Flags().StringVar(&c.method, "auth-method", c.method, "the client authenticates with `METHOD`: client_secret_post, client_secret_basic or none")
	cmd.Flags().StringVar(&c.pkce, "pkce", c.pkce, "PKCE is `WHAT`: required, or optional for an old client that has a secret")
	cmd.Flags().StringVar(&c.scope, "scope", c.scope, "the client may have `SCOPE`: read, or all for all that its user may do")
	complete(cmd, "redirect-uri", cobra.NoFileCompletions)
	complete(cmd, "auth-method", cobra.FixedCompletions(methods, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "pkce", cobra.FixedCompletions([]string{pkceRequired, pkceOptional}, cobra.ShellCompDirectiveNoFileComp))
	complete(cmd, "scope", cobra.FixedCompletions(scopes, cobra.ShellCompDirectiveNoFileComp))
}

func (c *clientSettings) changed(cmd *cobra.Command) bool {
	for _, name := range []string{"redirect-uri", "auth-method", "pkce", "scope"} {
		if cmd.Flags().Changed(name) {
			return true
		}
	}
	return false
}

// apply puts what was given into settings. Values are checked by the registry.
func (c *clientSettings) apply(cmd *cobra.Command, settings *authserver.ClientSettings) error {
	if cmd.Flags().Changed("redirect-uri") {
		settings.RedirectURIs = c.redirectURIs
	}
	if cmd.Flags().Changed("auth-method") {
		settings.AuthMethod = authserver.AuthMethod(c.method)
	}
	if cmd.Flags().Changed("scope") {
		settings.Scope = authserver.Scope(c.scope)
	}
	switch {
	case !cmd.Flags().Changed("pkce"):
	case c.pkce != pkceRequired && c.pkce != pkceOptional:
		return usageError("--pkce", fmt.Sprintf("%q is neither required nor optional", terminal.Escape(c.pkce)), "")
	default:
		settings.PKCEOptional = c.pkce == pkceOptional
	}
	return nil
}

func texts[T ~string](names []T) []string {
	var list []string
	for _, name := range names {
		list = append(list, string(name))
	}
	return list
}

func issuerFlag(cmd *cobra.Command, issuer *string) {
	cmd.Flags().StringVar(issuer, "issuer", "", "the server is reached under `URL`, with which its endpoints begin (default: that of the settings,\nor of $POSTERN_URL)")
	complete(cmd, "issuer", cobra.NoFileCompletions)
}

// checkIssuer refuses what no server is reached under. Without an issuer it is that of the
// settings; "": not known before the server listens.
func (a *app) checkIssuer(issuer *string, f *clientFlags) error {
	if *issuer == "" {
		settings, err := a.serverSettings(serveFlags{config: f.config})
		if err != nil {
			return err
		}
		*issuer = settings.URL
	}
	if *issuer == "" {
		return nil
	}
	_, err := authserver.EndpointsOf(*issuer)
	return err
}
