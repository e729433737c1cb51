package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) clientCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "client",
		Short: "Register and manage clients of the API",
		Long: `Registers and manages clients: programs that users can let use the API of the server in
their name, with OAuth 2.0. They are in its database: that of --store, of the settings of
the server, or of [store] in oauth.toml; otherwise postern.db. A client is named by its id,
or by its name if no other has the same.`,
	}
	cmd.AddCommand(
		a.clientAddCommand(), a.clientListCommand(), a.clientShowCommand(), a.clientEditCommand(),
		a.clientDeactivateCommand(), a.clientActivateCommand(), a.clientDeleteCommand(), a.clientSecretCommand(),
	)
	return a.group(cmd)
}

// clientFlags are the flags of all commands about clients.
type clientFlags struct {
	paths  []string
	store  string
	config string // file with the settings of the server
}

func (a *app) clientFlags(cmd *cobra.Command) *clientFlags {
	f := new(clientFlags)
	cmd.Flags().StringVar(&f.store, "store", "", "the database is at `URL`: sqlite:PATH, postgres://…, or a reference to one\n(default: that of the settings, of [store], or postern.db)")
	a.configFlag(cmd, &f.config)
	a.connectionsFlag(cmd, &f.paths)
	return f
}

// openRegistry opens the registry of clients. Call the function that it returns when done.
func (a *app) openRegistry(ctx context.Context, op string, f *clientFlags) (*authserver.Registry, func(), error) {
	db, done, err := a.openServerStore(ctx, op, f)
	if err != nil {
		return nil, nil, err
	}
	registry, err := authserver.Open(ctx, db)
	if err != nil {
		done()
		return nil, nil, err
	}
	return registry, done, nil
}

// onClient calls do with the client that has that name or id.
func (a *app) onClient(ctx context.Context, op string, f *clientFlags, name string, do func(*authserver.Registry, *authserver.Client) error) error {
	registry, done, err := a.openRegistry(ctx, op, f)
	if err != nil {
		return err
	}
	defer done()
	client, err := findClient(ctx, registry, op, name)
	if err != nil {
		return err
	}
	return do(registry, &client)
}

// openServerStore opens the database of a server. Call the function that it returns when done.
func (a *app) openServerStore(ctx context.Context, op string, f *clientFlags) (*database.DB, func(), error) {
	url, err := a.registryURL(ctx, op, f)
	if err != nil {
		return nil, nil, err
	}
	db, err := database.Open(url, 0)
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = db.Close() } // all is committed by then, or not
	err = db.PingContext(ctx)
	if err == nil {
		err = db.SetUp(ctx)
	}
	if err != nil {
		done()
		return nil, nil, db.Failed(ctx, op, "", err)
	}
	return db, done, nil
}

// registryURL returns the URL of the database: of --store, of the settings of the server, or of
// [store].
func (a *app) registryURL(ctx context.Context, op string, f *clientFlags) (string, error) {
	if f.store != "" {
		return a.storeReference("--store", f.store)
	}
	settings, err := a.serverSettings(serveFlags{config: f.config})
	if err != nil {
		return "", err
	}
	if settings.Store != "" {
		return a.storeReference("store", settings.Store)
	}
	c, err := openConnections(ctx, f.paths, a.withSecrets())
	if err != nil {
		return "", err
	}
	url, _ := c.set.Store()
	switch {
	case url != "":
		return besideFile(url, c.storeFile()), nil
	case exists(defaultServerStore):
		return "sqlite:" + defaultServerStore, nil
	}
	return "", &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Message: "there is no store", Hint: "name the database with --store URL, or the settings of the server with --config FILE",
	}
}

// storeReference returns the URL of a database, which may be a reference to one, relative to the
// working directory.
func (a *app) storeReference(op, url string) (string, error) {
	if !isReference(url) {
		return url, nil
	}
	url, err := a.resolve(defaultConnections, url)
	if err != nil {
		message, hint := explanation(err)
		return "", usageError(op, message, hint)
	}
	return strings.TrimSpace(url), nil
}

// findClient returns the client with that id, or with that name if there is only one.
func findClient(ctx context.Context, registry *authserver.Registry, op, text string) (authserver.Client, error) {
	client, err := registry.Client(ctx, text)
	if !errors.Is(err, authserver.ErrNotFound) {
		return client, err
	}
	clients, err := allClients(ctx, registry, authserver.ClientFilter{Text: text})
	if err != nil {
		return client, err
	}
	var named []authserver.Client
	for _, c := range clients {
		if c.Name == text {
			named = append(named, c)
		}
	}
	switch len(named) {
	case 0:
		return client, usageError(op+" "+text, "there is no such client", "postern client list shows the clients")
	case 1:
		return registry.Client(ctx, named[0].ID)
	}
	var ids []string
	for _, c := range named {
		ids = append(ids, c.ID)
	}
	return client, usageError(op+" "+text, "several clients have that name", "use an id: "+strings.Join(ids, ", "))
}

// allClients returns all clients of a filter.
func allClients(ctx context.Context, registry *authserver.Registry, filter authserver.ClientFilter) ([]authserver.Client, error) {
	clients := []authserver.Client{}
	for {
		part, err := registry.Clients(ctx, filter)
		if err != nil {
			return nil, err
		}
		clients = append(clients, part.Items...)
		if part.Next == "" {
			return clients, nil
		}
		filter.After = part.Next
	}
}

// completeClients completes to the ids of clients, with their names.
func (a *app) completeClients(f *clientFlags) cobra.CompletionFunc {
	return a.completeStored(f, func(ctx context.Context) ([]cobra.Completion, error) {
		registry, done, err := a.openRegistry(ctx, "client", f)
		if err != nil {
			return nil, err
		}
		defer done()
		part, err := registry.Clients(ctx, authserver.ClientFilter{})
		var completions []cobra.Completion
		for _, c := range part.Items {
			completions = append(completions, cobra.CompletionWithDesc(c.ID, terminal.Escape(c.Name)))
		}
		return completions, err
	})
}

// completeStored completes the first argument to what the database of a server has.
func (a *app) completeStored(f *clientFlags, list func(ctx context.Context) ([]cobra.Completion, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		url, err := a.registryURL(cmd.Context(), "complete", f)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			if _, err := os.Stat(path); err != nil { // opening it would create it
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
		}
		completions, err := list(cmd.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return completions, cobra.ShellCompDirectiveNoFileComp
	}
}
