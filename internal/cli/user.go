package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Add and manage users of the server",
		Long: `Adds and manages the people who may use the server. They are in its database: that of
--store, of the settings of the server, or of [store] in oauth.toml; otherwise postern.db. A
user is named by the email address.`,
	}
	cmd.AddCommand(
		a.userAddCommand(), a.userListCommand(), a.userRoleCommand(), a.userDisableCommand(), a.userEnableCommand(),
		a.userResetCommand(), a.userTokenCommand(), a.userDeleteCommand(),
	)
	for _, sub := range cmd.Commands() {
		run := sub.RunE
		sub.RunE = func(cmd *cobra.Command, args []string) error { return asMistake(run(cmd, args)) }
	}
	return a.group(cmd)
}

// asMistake makes an argument that is refused a mistake of usage: there is no script that it could
// be one of.
func asMistake(err error) error {
	e, ok := asHost(err)
	if !ok || e.Code != hostapi.CodeInvalidArgument {
		return err
	}
	usage := *e
	usage.Code = hostapi.CodeConfig
	return &usage
}

// userJSON is a user as --json prints it.
type userJSON struct {
	ID       string        `json:"id"`
	Email    string        `json:"email"`
	Name     string        `json:"name"`
	Role     accounts.Role `json:"role"`
	State    string        `json:"state"`
	Created  time.Time     `json:"created"`
	SignedIn time.Time     `json:"signed_in,omitzero"`
	Link     string        `json:"link,omitempty"`
	Expires  time.Time     `json:"link_expires,omitzero"`
}

func userOf(u *accounts.User) userJSON {
	state := "active"
	switch {
	case u.Disabled:
		state = "disabled"
	case u.Invited:
		state = "invited"
	}
	return userJSON{ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, State: state, Created: u.Created, SignedIn: u.SignedIn}
}

// users are the accounts of a store, with its registry of clients.
type users struct {
	*accounts.Accounts
	registry *authserver.Registry
}

func (a *app) openUsers(ctx context.Context, op string, f *clientFlags) (users, func(), error) {
	db, done, err := a.openServerStore(ctx, op, f)
	if err != nil {
		return users{}, nil, err
	}
	var u users
	if u.Accounts, err = accounts.New(ctx, accounts.Config{DB: db}); err == nil {
		u.registry, err = authserver.Open(ctx, db)
	}
	if err != nil {
		done()
		return users{}, nil, err
	}
	return u, done, nil
}

// linkURL returns the URL of the server for links: that of --url, or of its settings.
func (a *app) linkURL(op, url string, f *clientFlags) (string, error) {
	if url == "" {
		settings, err := a.serverSettings(serveFlags{config: f.config})
		if err != nil {
			return "", err
		}
		if url = settings.URL; url == "" {
			return "", usageError(op, "the address of the server is chosen when it starts", "name it with --url, or as url in its settings")
		}
	}
	return strings.TrimSuffix(url, "/"), nil
}

// userLink lets a command print a link by which a user sets a password: the one that of returns.
func (a *app) userLink(cmd *cobra.Command, of func(ctx context.Context, all users, email string) (accounts.User, error)) *clientFlags {
	var url string
	var asJSON bool
	cmd.Flags().StringVar(&url, "url", "", "the server is at `URL`, in the link (default: that of the settings, or of $POSTERN_URL)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	f := a.clientFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		op := "user " + cmd.Name()
		server, err := a.linkURL(op, url, f)
		if err != nil {
			return err
		}
		all, done, err := a.openUsers(cmd.Context(), op, f)
		if err != nil {
			return err
		}
		defer done()
		u, err := of(cmd.Context(), all, args[0])
		if err != nil {
			return err
		}
		link, err := all.Link(cmd.Context(), u.ID)
		if err != nil {
			return err
		}
		out := userOf(&u)
		out.Link, out.Expires = server+"/setup/"+link.Token, link.Expires.UTC().Truncate(time.Second)
		if asJSON {
			return a.out.writeJSON(&out)
		}
		a.out.say("postern: %s sets a password at this link, until %s:", terminal.Escape(out.Email), out.Expires.Format(time.RFC3339))
		return a.out.write([]byte(out.Link + "\n"))
	}
	return f
}

func roles() []string {
	var names []string
	for _, role := range accounts.Roles() {
		names = append(names, string(role))
	}
	return names
}

func (a *app) userAddCommand() *cobra.Command {
	var name string
	role := string(accounts.Viewer)
	cmd := &cobra.Command{
		Use:   "add EMAIL",
		Short: "Add a user",
		Long: `Adds a user, and prints a link by which the user sets a password, once. A viewer sees
tasks and runs; an author also changes tasks and schedules, and starts runs; an operator
also manages connections, API clients and users.`,
		Example: `  postern user add ada@example.com --role author --url https://postern.example.com`,
		Args:    oneArg("EMAIL address"),
	}
	cmd.Flags().StringVar(&name, "name", "", "the `NAME` of the user (default: the email address)")
	cmd.Flags().StringVar(&role, "role", role, "the `ROLE`: viewer, author or operator")
	complete(cmd, "role", cobra.FixedCompletions(roles(), cobra.ShellCompDirectiveNoFileComp))
	a.userLink(cmd, func(ctx context.Context, all users, email string) (accounts.User, error) {
		return all.Add(ctx, accounts.User{Email: email, Name: name, Role: accounts.Role(role)})
	})
	return cmd
}

func (a *app) userListCommand() *cobra.Command {
	var asJSON bool
	var search string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List users",
		Long:    `Lists users, by email address.`,
		Example: `  postern user list --search ada`,
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&search, "search", "", "those with `TEXT` in the email address or the name")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	f := a.clientFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		all, done, err := a.openUsers(cmd.Context(), "user list", f)
		if err != nil {
			return err
		}
		defer done()
		found, err := all.Users(cmd.Context(), search, "", 0)
		if err != nil {
			return err
		}
		list := make([]userJSON, len(found))
		rows := [][]string{{"EMAIL", "ROLE", "STATE", "SIGNED IN"}}
		for i := range found {
			u := userOf(&found[i])
			seen := "never"
			if !u.SignedIn.IsZero() {
				seen = u.SignedIn.Format(time.RFC3339)
			}
			list[i] = u
			rows = append(rows, []string{terminal.Escape(u.Email), string(u.Role), u.State, seen})
		}
		if asJSON {
			return a.out.writeJSON(list)
		}
		return a.out.write(aligned(rows))
	}
	return cmd
}

// userChange makes a command that changes one user, whose new state it prints.
func (a *app) userChange(cmd *cobra.Command, change func(ctx context.Context, all users, u *accounts.User, rest []string) (string, error)) *cobra.Command {
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeUsers(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		all, done, err := a.openUsers(cmd.Context(), "user "+cmd.Name(), f)
		if err != nil {
			return err
		}
		defer done()
		u, err := all.User(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		state, err := change(cmd.Context(), all, &u, args[1:])
		if err != nil {
			return err
		}
		a.out.say("postern: %s is %s", terminal.Escape(u.Email), state)
		return nil
	}
	return cmd
}

func (a *app) userRoleCommand() *cobra.Command {
	cmd := a.userChange(&cobra.Command{
		Use:     "role EMAIL ROLE",
		Short:   "Change the role of a user",
		Long:    `Gives a user the role viewer, author or operator, from the next request on.`,
		Example: `  postern user role ada@example.com operator`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 { //nolint:mnd // as Use has them
				return usageError("user role", "takes an email address and a role", "postern user role EMAIL ROLE")
			}
			return nil
		},
	}, func(ctx context.Context, all users, u *accounts.User, rest []string) (string, error) {
		match := etag.Match{Tags: u.ETag()}
		u.Role = accounts.Role(rest[0])
		return rest[0], all.Change(ctx, *u, match)
	})
	first := cmd.ValidArgsFunction
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return roles(), cobra.ShellCompDirectiveNoFileComp
		}
		return first(cmd, args, text)
	}
	return cmd
}

func (a *app) userDisableCommand() *cobra.Command {
	return a.userChange(&cobra.Command{
		Use:   "disable EMAIL",
		Short: "Refuse a user until enabled again",
		Long: `Ends the sessions of a user, and refuses the user and their tokens until enabled again.
Nothing is deleted.`,
		Example: `  postern user disable ada@example.com`,
		Args:    oneArg("EMAIL address"),
	}, func(ctx context.Context, all users, u *accounts.User, _ []string) (string, error) {
		match := etag.Match{Tags: u.ETag()}
		u.Disabled = true
		return "disabled", all.Change(ctx, *u, match)
	})
}

func (a *app) userEnableCommand() *cobra.Command {
	return a.userChange(&cobra.Command{
		Use:     "enable EMAIL",
		Short:   "Let a user who was disabled sign in again",
		Long:    `Lets a user who was disabled sign in again. Tokens that the user has work again.`,
		Example: `  postern user enable ada@example.com`,
		Args:    oneArg("EMAIL address"),
	}, func(ctx context.Context, all users, u *accounts.User, _ []string) (string, error) {
		match := etag.Match{Tags: u.ETag()}
		u.Disabled = false
		return "enabled", all.Change(ctx, *u, match)
	})
}

func (a *app) userResetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reset EMAIL",
		Short: "Make a link by which a user sets another password",
		Long: `Prints a link by which a user sets another password, once. The present password is good
until then. It also lets in the only operator, who has forgotten the password.`,
		Example: `  postern user reset ada@example.com --url https://postern.example.com`,
		Args:    oneArg("EMAIL address"),
	}
	f := a.userLink(cmd, func(ctx context.Context, all users, email string) (accounts.User, error) {
		return all.User(ctx, email)
	})
	cmd.ValidArgsFunction = a.completeUsers(f)
	return cmd
}

func (a *app) userTokenCommand() *cobra.Command {
	name, scope, ttl := "command", string(authserver.ScopeRead), "30d"
	cmd := &cobra.Command{
		Use:   "token EMAIL",
		Short: "Make a personal access token of a user",
		Long: `Makes a personal access token, with which a program may do what the user may, or only read,
and prints it. It cannot be shown again.`,
		Example: `  postern user token ada@example.com --scope all --expires 90d > token`,
		Args:    oneArg("EMAIL address"),
	}
	cmd.Flags().StringVar(&name, "name", name, "the `NAME` of the token, in lists")
	cmd.Flags().StringVar(&scope, "scope", scope, "what it allows: `SCOPE` is read, or all that the user may do")
	cmd.Flags().StringVar(&ttl, "expires", ttl, "it expires after `TIME`, such as 12h or 90d, a year at most")
	complete(cmd, "scope", cobra.FixedCompletions([]string{"read", "all"}, cobra.ShellCompDirectiveNoFileComp))
	f := a.clientFlags(cmd)
	cmd.ValidArgsFunction = a.completeUsers(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		lifetime, ok := parseAge(ttl)
		if !ok {
			return usageError("--expires "+terminal.Escape(ttl), "is not a time", "write it as 12h or 90d")
		}
		all, done, err := a.openUsers(cmd.Context(), "user token", f)
		if err != nil {
			return err
		}
		defer done()
		u, err := all.User(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		_, secret, err := all.registry.CreateToken(cmd.Context(), authserver.User{ID: u.ID, Name: u.Email}, name, authserver.Scope(scope), time.Now().Add(lifetime))
		if err != nil {
			return err
		}
		return a.out.write([]byte(secret + "\n"))
	}
	return cmd
}

func (a *app) userDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete EMAIL",
		Short: "Delete a user with all tokens",
		Long: `Deletes a user with all sessions and tokens, for good. Runs and the audit trail keep the
email address. postern user disable keeps all.`,
		Example: `  postern user delete ada@example.com --yes`,
		Args:    oneArg("EMAIL address"),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return a.userChange(cmd, func(ctx context.Context, all users, u *accounts.User, _ []string) (string, error) {
		if !yes {
			question := fmt.Sprintf("Delete the user %s with all tokens?", terminal.Escape(u.Email))
			if err := a.confirm(ctx, "user delete", question, "--yes does it without asking"); err != nil {
				return "", err
			}
		}
		if err := all.Delete(ctx, u.ID, etag.Match{}); err != nil {
			return "", err
		}
		return "deleted", all.registry.RevokeUser(ctx, u.ID)
	})
}

// completeUsers completes to email addresses.
func (a *app) completeUsers(f *clientFlags) cobra.CompletionFunc {
	return a.completeStored(f, func(ctx context.Context) ([]cobra.Completion, error) {
		all, done, err := a.openUsers(ctx, "user", f)
		if err != nil {
			return nil, err
		}
		defer done()
		found, err := all.Users(ctx, "", "", 0)
		var completions []cobra.Completion
		for _, u := range found {
			completions = append(completions, cobra.CompletionWithDesc(u.Email, string(u.Role)))
		}
		return completions, err
	})
}
