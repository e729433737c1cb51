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
stdout. The token is a secret: pass it to a program, and do not log it.

With --refresh a new one is requested even if the current one is still valid; all who use
the connection get the new one. A token in oauth.toml cannot be renewed.

With --min-ttl a token that expires sooner is renewed. If there is none that is valid for
that long, nothing is printed and the exit status is 3. If the server does not say when
its tokens expire, there is a warning.`,
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
	cmd.Flags().DurationVar(&minTTL, "min-ttl", 0, "how long the token must remain valid; fail if none does")
	cmd.Flags().BoolVar(&refresh, "refresh", false, "get a new token, even if the current one is still valid")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object, with type, expiry and scopes")
	a.connectionsFlag(cmd, &paths)
	return cmd
}

// mustLast returns an error unless the token is valid for at least minTTL: a program that
// requires that is about to start something that takes as long.
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
		a.out.warn("whether the token is valid for as long as --min-ttl requires is unknown: it has no expiry")
		return nil
	}
	e := &hostapi.Error{
		Code: hostapi.CodeConnection, Op: "token", Name: name,
		Message: fmt.Sprintf("its token is valid for %s only, and --min-ttl requires %s", max(left, 0).Truncate(time.Second), minTTL),
		Hint:    "the server issues no token that is valid for longer: lower --min-ttl, or set a longer lifetime there",
	}
	status, err := s.manager.Status(ctx, name)
	switch {
	case err != nil:
		return err
	case hasFixedCredential(d):
		e.Hint = "it is in oauth.toml, with the date in expires: replace it"
	case needsUser(d) && !status.Refreshable:
		e.Hint = "there is no refresh token: " + command("connect", name)
	case status.State == connection.StateFailing:
		e.Hint = "it could not be renewed: " + status.Reason
	}
	return e
}
