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
	cmd := &cobra.Command{
		Use:   "test NAME...",
		Short: "Ask the servers of connections whether their tokens are good",
		Long: `Gets a token of each connection NAME and asks its server about it, by introspection
where the server has that, else by renewing the token where that needs no user. It
says what was verified and what was not: whether an API takes the token, only a request
to it can tell.

With --all it tests every connection, and each of their accounts that the store has. The
exit status is that of the worst result, for a monitor: 5 needs re-authorization before
3 connection or network. A token or password in oauth.toml is
not verified; it is in need of re-authorization once its expires is past, or an API has
answered 401 to it.`,
		Example: `  postern connection test crm
  postern connection test crm 'crm#ada' --connections staging.toml
  postern connection test --all --json`,
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usageError("connection test", "takes names or --all", "postern connection test NAME... or postern connection test --all")
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
			return a.testConnections(cmd.Context(), s, args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "test every connection and account")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of {name, ok, results, error}")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

// names returns the names of all connections and accounts.
func (s *session) names(ctx context.Context) ([]string, error) {
	list, err := s.list(ctx)
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
// worst is returned, and each is told before.
func (a *app) testConnections(ctx context.Context, s *session, names []string, asJSON bool) error {
	var worst error
	all := make([]tested, 0, len(names))
	for _, name := range names {
		result := tested{Name: name, Results: []string{}}
		err := a.testConnection(ctx, s, name, func(text string) error {
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

// probe finds out whether a connection's token is good.
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
		return p.say("the server was not asked: it has no introspection endpoint, and the token cannot be renewed")
	}
	return nil
}

// fixed tells what is known of a credential that is in the file: its end, if the file
// has that, and what an API said to it.
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

// forever is longer than any token is good for.
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

// token gets a token that is good for so long, or else a new one, and tells where
// it is from.
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
	good := "it does not say until when"
	if !token.Expiry.IsZero() {
		good = "good until " + expiryText(token.Expiry)
	}
	if p.issued = !after.Updated.Equal(before.Updated); p.issued {
		return p.say("the server issued a token just now, " + good)
	}
	if minTTL > 0 {
		return nil // it is the one that was told of
	}
	return p.say(fmt.Sprintf("the store has a token from %s, %s", after.Updated.UTC().Format(time.RFC3339), good))
}

// introspected tells what the server said of the token.
func (p *probe) introspected(answer *connection.Introspection) error {
	host := "the server"
	if u, err := url.Parse(p.d.Endpoints["introspection_endpoint"]); err == nil && u.Host != "" {
		host = u.Host
	}
	if !answer.Active {
		e := &hostapi.Error{
			Code: hostapi.CodeConnection, Op: "connection test", Name: p.d.Name, Message: "the server says that its token is not active",
			Hint: "may this client ask about it?",
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
