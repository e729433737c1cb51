package cli

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) connectionTestCommand() *cobra.Command {
	var paths []string
	var all, asJSON bool
	var remote remoteFlags
	cmd := &cobra.Command{
		Use:   "test NAME...",
		Short: "Test whether the tokens of connections are valid",
		Long: `Gets a token of each connection NAME and verifies it with its server: by introspection if
the server supports it, else by renewing the token if that needs no user. It prints what
was verified and what was not: whether an API accepts the token, only a request to that
API shows.

With --all it tests every connection, and each of their accounts that the store has. The
exit status is that of the worst result, for a monitor: 5 needs re-authorization before
3 connection or network. A token or password in oauth.toml is not verified; it needs
re-authorization once it has expired, or an API has answered 401 to it.

With --server the server gets a token of each, if it has none that is still good.`,
		Example: `  postern connection test crm
  postern connection test crm 'crm#ada' --connections staging.toml
  postern connection test --all --json`,
		ValidArgsFunction: a.completeConnections(&remote),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usageError("connection test", "takes names or --all", "postern connection test NAME... or postern connection test --all")
			}
			if remote.server != "" {
				return a.testRemote(cmd, &remote, args, all, asJSON)
			}
			s, err := a.session(cmd.Context(), "connection test", paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			if all {
				if args, err = s.names(cmd.Context()); err != nil {
					return err
				}
			}
			return a.testConnections(cmd.Context(), args, asJSON, func(ctx context.Context, name string, say func(string) error) error {
				return a.testConnection(ctx, s, name, say)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "test every connection and account")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of {name, ok, results, error}")
	a.connectionsFlag(cmd, &paths)
	remote.add(cmd, remoteConnectionsUsage)
	return cmd
}

// names returns the names of all connections and accounts.
func (s *session) names(ctx context.Context) ([]string, error) {
	list, err := s.list(ctx, "")
	names := make([]string, len(list))
	for i, l := range list {
		names[i] = l.Name
	}
	return names, err
}

// tested is what was found out about one connection.
type tested struct {
	Name    string          `json:"name"`
	OK      bool            `json:"ok"`
	Results []string        `json:"results"` // sentences
	Error   *report.Failure `json:"error,omitempty"`
}

// testConnections tests the connections one after the other. Of several errors the
// worst is returned, and each is reported before.
func (a *app) testConnections(ctx context.Context, names []string, asJSON bool, test func(ctx context.Context, name string, say func(string) error) error) error {
	var worst error
	all := make([]tested, 0, len(names))
	for _, name := range names {
		result := tested{Name: name, Results: []string{}}
		err := test(ctx, name, func(text string) error {
			result.Results = append(result.Results, text)
			if asJSON {
				return nil
			}
			return a.out.write([]byte(terminal.Escape(name+": "+text) + "\n"))
		})
		if result.OK = err == nil; err != nil {
			if ctx.Err() != nil || len(names) == 1 && !asJSON {
				return err
			}
			result.Error = report.NewFailure(err, hint)
			if !asJSON {
				a.out.fail(err)
			}
			if worst == nil || statusOf(hostapi.CodeOf(err)) > statusOf(hostapi.CodeOf(worst)) {
				worst = err
			}
		}
		all = append(all, result)
	}
	if asJSON {
		if err := a.out.writeJSON(all); err != nil {
			return err
		}
	}
	if worst != nil {
		return statusError(statusOf(hostapi.CodeOf(worst)))
	}
	return nil
}

func (a *app) testConnection(ctx context.Context, s *session, name string, say func(string) error) error {
	d, err := s.set.Describe(name)
	if err != nil {
		return err
	}
	a.warnOf(s.set, name)
	p := &probe{session: s, d: d, say: say}
	return p.run(ctx)
}

// probe tests whether a connection's token is valid.
type probe struct {
	*session
	d      connection.Description
	say    func(text string) error
	issued bool // the server has issued the token just now
}

func (p *probe) run(ctx context.Context) error {
	if hasFixedCredential(p.d) {
		return p.fixed(ctx)
	}
	if err := p.token(ctx, 0); err != nil {
		return err
	}
	answer, err := p.manager.Introspect(ctx, p.d.Name)
	if err != nil {
		return err
	}
	if !p.issued && (answer == nil || !answer.Active) {
		renewed, err := p.renew(ctx)
		if err != nil {
			return err
		}
		if renewed && answer != nil {
			if answer, err = p.manager.Introspect(ctx, p.d.Name); err != nil {
				return err
			}
		}
	}
	switch {
	case answer != nil:
		return p.introspected(answer)
	case !p.issued:
		return p.say("not verified: the server has no introspection endpoint, and the token cannot be renewed")
	}
	return nil
}

// fixed reports on a credential in oauth.toml: when it expires, if the file says so, and
// whether an API has refused it.
func (p *probe) fixed(ctx context.Context) error {
	status, err := p.manager.Status(ctx, p.d.Name)
	switch {
	case err != nil:
		return err
	case status.State == connection.StateNeedsReauth:
		e := &hostapi.Error{Code: hostapi.CodeNeedsReauth, Op: "connection test", Name: p.d.Name, Message: status.Reason, Hint: "replace it in oauth.toml"}
		if hasEnded(p.d) {
			e.Message = "its credential expired on " + p.d.Expires.Format(time.DateOnly)
			e.Hint = "replace it, and change expires in oauth.toml"
		}
		return e
	}
	text := "not verified: static credential, no server to query"
	if end := credentialEnd(p.d); end != "" {
		text += "; it expires at " + end
	}
	return p.say(text)
}

// forever is longer than the lifetime of any token.
const forever = 100 * 365 * 24 * time.Hour

// renew gets another token, if that needs no user.
func (p *probe) renew(ctx context.Context) (bool, error) {
	status, err := p.manager.Status(ctx, p.d.Name)
	if err != nil || needsUser(p.d) && !status.Refreshable {
		return false, err
	}
	err = p.token(ctx, forever)
	return p.issued, err
}

// token gets a token that is valid for at least minTTL, or else a new one, and reports
// where it comes from.
func (p *probe) token(ctx context.Context, minTTL time.Duration) error {
	before, err := p.manager.Status(ctx, p.d.Name)
	if err != nil {
		return err
	}
	token, err := p.manager.Token(ctx, p.d.Name, minTTL)
	if err != nil {
		return err
	}
	after, err := p.manager.Status(ctx, p.d.Name)
	if err != nil {
		return err
	}
	validity := validityText(token.Expiry)
	if p.issued = !after.Updated.Equal(before.Updated); p.issued {
		return p.say("the server issued a token just now, " + validity)
	}
	if minTTL > 0 {
		return nil // it has been reported already
	}
	return p.say(fmt.Sprintf("the store has a token from %s, %s", after.Updated.UTC().Format(time.RFC3339), validity))
}

// validityText says until when a token is valid.
func validityText(expiry time.Time) string {
	if expiry.IsZero() {
		return "expiry unknown"
	}
	return "valid until " + expiryText(expiry)
}

// introspected reports what the server said of the token.
func (p *probe) introspected(answer *connection.Introspection) error {
	host := "the server"
	if u, err := url.Parse(p.d.Endpoints["introspection_endpoint"]); err == nil && u.Host != "" {
		host = u.Host
	}
	if !answer.Active {
		e := &hostapi.Error{
			Code: hostapi.CodeConnection, Op: "connection test", Name: p.d.Name, Message: "the server says that its token is not active",
			Hint: "is this client allowed to introspect it?",
		}
		if needsUser(p.d) && !p.issued {
			e.Code, e.Hint = hostapi.CodeNeedsReauth, "it was revoked, and there is no refresh token: "+command("connect", p.d.Name)
		}
		return e
	}
	text := host + " says that the token is active"
	if answer.Username != "" {
		text += fmt.Sprintf(", for user %q", answer.Username)
	} else if answer.Subject != "" {
		text += fmt.Sprintf(", for subject %q", answer.Subject)
	}
	if answer.Scope != "" {
		text += fmt.Sprintf(", with scope %q", answer.Scope)
	}
	return p.say(text)
}
