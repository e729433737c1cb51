package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
)

// connectFlags are the flags of the command connect.
type connectFlags struct {
	connections []string
	noBrowser   bool
	dryRun      bool
	timeout     time.Duration
	remote      remoteFlags
}

func (a *app) connectCommand() *cobra.Command {
	var f connectFlags
	cmd := &cobra.Command{
		Use:   "connect NAME[#ACCOUNT]",
		Short: "Authorize a connection interactively",
		Long: `Authorizes the connection NAME: you sign in at the authorization server, and the tokens
that it issues are stored. With #ACCOUNT they belong to one of several accounts of the
connection; tasks use them by the same name, NAME#ACCOUNT.

With grant authorization_code it listens on a free port of 127.0.0.1, or on the port of
redirect_uri if that is on this machine, and opens the server's page in the browser.
'postern connection show NAME' prints the callback URL to register with the server. With
grant device_code it shows a code to enter on any device. The other grants need no
user: it requests a token to verify that they work.

The tokens are kept in the store that [store] of oauth.toml names.

With --dry-run nothing is sent to get a token, and nothing is stored. It prints the
requests that would be sent, as a script of a POSIX shell with curl commands. Secrets are
variables of the shell in it, without which it sends nothing.

With --server it authorizes a connection of a server: you open the page in a browser in
which you are signed in to the server, as the user of the token, or enter the code on any
device. The server stores the tokens.`,
		Example: `  postern connect crm
  postern connect crm --dry-run
  postern connect 'crm#ada' --no-browser
  postern connect crm --timeout 2m --connections staging.toml
  postern connect crm --server https://postern.example.com`,
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: a.completeConnections(&f.remote),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.timeout <= 0:
				return usageError("--timeout", "is not above zero", "write it as 2m or 10m")
			case f.remote.server != "":
				return a.connectRemote(cmd, args[0], &f)
			}
			return a.connect(cmd.Context(), args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the requests, and send none")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "only print the URL to open")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Minute, "how long to wait for you to sign in; the page expires after 10m at most")
	a.connectionsFlag(cmd, &f.connections)
	f.remote.add(cmd, remoteConnectionUsage)
	return cmd
}

func (a *app) connect(ctx context.Context, name string, f *connectFlags) error {
	if f.dryRun {
		return a.connectDry(ctx, name, f)
	}
	s, err := a.session(ctx, "connect", f.connections)
	if err != nil {
		return err
	}
	defer a.close(ctx, s)
	d, err := s.set.Describe(name)
	if err != nil {
		return err
	}
	for _, warning := range d.Warnings {
		a.out.warn(warning)
	}
	waiting, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	switch d.Grant {
	case "static", "basic":
		a.out.say("nothing to authorize: the credential of %s is in oauth.toml", terminal.Escape(name))
		return nil
	case "authorization_code":
		err = a.connectByCode(waiting, s, name, f)
	case "device_code":
		err = a.connectByDevice(waiting, s, name, f)
	default:
		if _, err = s.manager.Token(waiting, name, 0); err == nil {
			a.out.say("nothing to authorize: grant %s needs no user. A token was obtained.", d.Grant)
		}
		err = atStep(tokenExchange, err)
	}
	if err != nil {
		return err
	}
	return a.connected(ctx, s, d, f)
}

// connected tells what there is now.
func (a *app) connected(ctx context.Context, s *session, d connection.Description, f *connectFlags) error {
	status, err := s.manager.Status(ctx, d.Name)
	if err != nil {
		return err
	}
	rows := append([][]string{{"connection", terminal.Escape(d.Name)}}, statusRows(d, status, "")...)
	if err := a.out.write(aligned(rows)); err != nil {
		return err
	}
	a.noteGranted(d, status, s.settings(d.Name)) //nolint:contextcheck // it reads templates of the program
	more := connectionsWords(f.connections)
	a.out.say("next: %s%s\n      postern run TASK --use %s%s", command("connection test", d.Name), more, shellWord(d.Name), more)
	return nil
}

// The steps of authorizing a connection, as errors name them.
const (
	configuration = "configuration" // what is wrong before a request is sent
	authorization = "authorization" // until the server has issued a code
	tokenExchange = "token exchange"
)

// atStep returns err as that of a step.
func atStep(step string, err error) error {
	e, ok := asHost(err)
	if !ok || e.File != "" { // it says where in a file
		return err
	}
	failed := *e
	if e.Code == hostapi.CodeConfig {
		step = configuration
	}
	failed.Op, failed.Message = "connect", step+": "+e.Message
	return &failed
}

// ended returns err, which ended an attempt, as that of its step.
func ended(err error) error {
	e, ok := asHost(err)
	if !ok {
		return err
	}
	if e.Code == hostapi.CodeCanceled {
		return cancelled("connect " + e.Name)
	}
	if errors.Is(err, connection.ErrAuthorization) {
		return atStep(authorization, err)
	}
	return atStep(tokenExchange, err)
}

// neverReturned is the error of an attempt whose browser did not call back while ctx lasted.
func neverReturned(ctx context.Context, name, redirectURI string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return cancelled("connect " + name)
	}
	return &hostapi.Error{
		Code: hostapi.CodeOf(ctx.Err()), Op: "connect", Name: name, Message: authorization + ": the browser never returned from the authorization server",
		Hint: "try again; is " + redirectURI + " registered, and was the page opened on this machine?",
	}
}

// statusRows returns the state of a connection as rows of a table. The commands that they name
// get more flags.
func statusRows(d connection.Description, s connection.Status, more string) [][]string {
	state := string(s.State)
	if s.Reason != "" {
		state += ": " + s.Reason
	}
	rows := [][]string{{"state", terminal.Escape(state)}}
	switch {
	case s.State == connection.StateUnused:
		return rows
	case hasFixedCredential(d) && s.Updated.IsZero(): // the file says so
		return rows
	case hasFixedCredential(d):
		return append(rows, []string{"since", s.Updated.UTC().Format(time.RFC3339)})
	}
	rows = append(rows, []string{"granted", terminal.Escape(orDash(strings.Join(s.Scopes, " ")))}, []string{"expires", expiryText(s.Expiry)})
	rows = append(rows, []string{"renewal", renewalText(d, s, more)})
	if !s.Updated.IsZero() {
		rows = append(rows, []string{"stored", s.Updated.UTC().Format(time.RFC3339)})
	}
	if !s.InFlight.IsZero() {
		rows = append(rows, []string{"in flight", "a renewal began at " + s.InFlight.UTC().Format(time.RFC3339) + " and has not ended"})
	}
	return rows
}

func renewalText(d connection.Description, s connection.Status, more string) string {
	switch {
	case s.State == connection.StateNeedsReauth && needsUser(d):
		return "no: the grant has ended; run " + command("connect", d.Name) + more
	case s.Refreshable:
		return "automatic, with a refresh token"
	case needsUser(d):
		return "no: there is no refresh token; connect again when the token has expired"
	}
	return "automatic"
}

// needsUser reports whether a user has to authorize the connection.
func needsUser(d connection.Description) bool {
	return d.Grant == "authorization_code" || d.Grant == "device_code"
}

// credentialEnd returns when the credential in the file ends, "" if the file does not say.
func credentialEnd(d connection.Description) string {
	if d.Expires.IsZero() {
		return ""
	}
	return expiryText(d.Expires)
}

func expiryText(expiry time.Time) string {
	if expiry.IsZero() {
		return "unknown"
	}
	at := expiry.UTC().Format(time.RFC3339)
	switch left := time.Until(expiry); {
	case left > forever: // more than a duration can hold, perhaps
		return at
	case left > 0:
		return at + ", in " + about(left)
	}
	return at + ", expired"
}

// about returns a duration rounded to what a reader needs.
func about(d time.Duration) string {
	const day = 24 * time.Hour
	unit := time.Second
	switch {
	case d > 3*day:
		return report.Plural(int(d/day), "day", "days")
	case d > 2*time.Minute:
		unit = time.Minute
	}
	text := d.Round(unit).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
