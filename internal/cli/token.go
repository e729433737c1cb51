package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) tokenCommand() *cobra.Command {
	var paths []string
	var minTTL time.Duration
	var asJSON, refresh bool
	cmd := &cobra.Command{
		Use:   "token NAME",
		Short: "Print an access token for another program",
		Long: `Gets an access token of the connection NAME and prints it, and nothing else, to
stdout. The token is a secret: hand it to a program, not to a log.

With --refresh it is a new one, though the one that is held may still be good; others
who use the connection get the new one, too. A token that is in the file of
connections is the only one there is.

With --min-ttl a token that ends sooner is renewed. If there is none that is good for so
long, nothing is printed and the exit status is 3. Where the server does not say how long
its tokens are good for, there is a warning.`,
		Example: `  curl --oauth2-bearer "$(postern token crm)" https://api.example.com/v1/me
  postern token crm --min-ttl 5m --json
  postern token crm --refresh > /dev/null`,
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if minTTL < 0 {
				return usageError("--min-ttl", "must not be negative", "write it as 30s or 5m")
			}
			s, err := a.session(cmd.Context(), "token", paths)
			if err != nil {
				return err
			}
			defer a.close(cmd.Context(), s)
			a.warnOf(s.set, args[0])
			var token connection.Token
			if refresh {
				token, err = s.manager.Refresh(cmd.Context(), args[0])
			} else {
				token, err = s.manager.Token(cmd.Context(), args[0], minTTL)
			}
			if err != nil {
				return err
			}
			if err := a.mustLast(cmd.Context(), s, args[0], token, minTTL); err != nil {
				return err
			}
			if terminal.Is(a.env.Stdout) {
				a.out.say("this is a secret: anyone who has it can act as you")
			}
			if !asJSON {
				return a.out.write([]byte(token.AccessToken() + "\n"))
			}
			return a.out.writeJSON(struct {
				AccessToken string         `json:"access_token"`
				TokenType   string         `json:"token_type"`
				Expiry      time.Time      `json:"expires_at,omitzero"`
				Scopes      []string       `json:"scopes,omitempty"`
				Fields      map[string]any `json:"fields,omitempty"`
			}{token.AccessToken(), token.TokenType, token.Expiry.UTC(), token.Scopes, token.Fields})
		},
	}
	cmd.Flags().DurationVar(&minTTL, "min-ttl", 0, "how long the token must still be good for; fail if no token is")
	cmd.Flags().BoolVar(&refresh, "refresh", false, "get a new token, though the one that is held may still be good")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object, with type, expiry and scopes")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

// mustLast returns an error unless the token is good for at least minTTL: a program
// that asks for that is about to start something that long.
func (a *app) mustLast(ctx context.Context, s *session, name string, token connection.Token, minTTL time.Duration) error {
	d, err := s.set.Describe(name)
	if err != nil {
		return err
	}
	expiry := token.Expiry
	if hasFixedCredential(d) {
		expiry = d.Expires
	}
	left := time.Until(expiry)
	switch {
	case minTTL == 0 || !expiry.IsZero() && left >= minTTL:
		return nil
	case expiry.IsZero():
		a.out.warn("whether the token is good for as long as --min-ttl asks is unknown: it has no expiry")
		return nil
	}
	e := &hostapi.Error{
		Code: hostapi.CodeConnection, Op: "token", Name: name,
		Message: fmt.Sprintf("its token is good for %s only, and --min-ttl asks for %s", max(left, 0).Truncate(time.Second), minTTL),
		Hint:    "the server issues none that is good for longer: ask for less, or set a longer lifetime there",
	}
	status, err := s.manager.Status(ctx, name)
	switch {
	case err != nil:
		return err
	case hasFixedCredential(d):
		e.Hint = "it is in oauth.toml, with the date in expires: replace it"
	case needsUser(d) && !status.Refreshable:
		e.Hint = "there is no refresh token to get another with: " + command("connect", name)
	case status.State == connection.StateFailing:
		e.Hint = "it could not be renewed: " + status.Reason
	}
	return e
}
