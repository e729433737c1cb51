package cli

import (
	"context"
	"fmt"
	"os/exec"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) connectVerb() *cobra.Command {
	var path string
	var noBrowser bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "connect NAME",
		Short: "Have a person give a connection its grant",
		Long: `Has a person give the connection NAME its grant, and keeps what the server issues in
the store that the file of connections names. NAME#ACCOUNT is one of several accounts
of the connection.

With the grant authorization_code it opens the browser, and waits on this machine for
the server to send the person back. With device_code it shows a code, to be typed on
any other device. Other grants need nobody: then it gets a token and says so.`,
		Example: `  postern connect crm
  postern connect crm#ada --no-browser`,
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return a.connect(ctx, path, args[0], !noBrowser)
		},
	}
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "only print the URL")
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "how long to wait for the person")
	connectionsFlag(cmd, &path)
	return cmd
}

func (a *app) connect(ctx context.Context, path, name string, browser bool) error {
	set, err := a.needConnections("connect", path, a.withSecrets())
	if err != nil {
		return err
	}
	d, err := set.Describe(name)
	if err != nil {
		return err
	}
	s, err := a.openSession(ctx, set, path)
	if err != nil {
		return err
	}
	defer a.close(ctx, s)
	switch d.Grant {
	case "authorization_code", "device_code":
		if s.store == nil {
			return usageError("connect "+name, "there is no store to keep the grant in",
				"add to the file of connections: [store] url = \"sqlite:postern.db\" and key = \"env:POSTERN_KEY\"; postern keys new prints a key")
		}
	default:
		if _, err := s.manager.Token(ctx, name, 0); err != nil {
			return err
		}
		a.out.say("nobody has to give this grant (%s): a token can be had", d.Grant)
		return nil
	}
	if d.Grant == "device_code" {
		err = a.connectDevice(ctx, s, name, browser)
	} else {
		err = a.connectBrowser(ctx, s, name, browser)
	}
	if err != nil {
		return err
	}
	return a.sayConnected(ctx, s, name)
}

func (a *app) sayConnected(ctx context.Context, s *session, name string) error {
	status, err := s.manager.Status(ctx, name)
	if err != nil {
		return err
	}
	granted := "the server named no scopes"
	if len(status.Scopes) > 0 {
		granted = "scopes " + strings.Join(status.Scopes, " ")
	}
	a.out.say("connected %s: %s", escape(name), escape(granted))
	if !status.Refreshable && !status.Expiry.IsZero() {
		a.out.warn("the server gave no refresh token: the grant ends at " + status.Expiry.Local().Format(time.DateTime))
	}
	return nil
}

func (a *app) connectDevice(ctx context.Context, s *session, name string, browser bool) error {
	d, err := s.manager.AuthorizeDevice(ctx, name)
	if err != nil {
		return err
	}
	a.out.say("open %s and type the code %s", escape(d.VerificationURI), escape(d.UserCode))
	if browser && d.VerificationURIComplete != "" {
		a.openBrowser(ctx, d.VerificationURIComplete)
	}
	return s.manager.AwaitDevice(ctx, d)
}

func (a *app) connectBrowser(ctx context.Context, s *session, name string, browser bool) error {
	base, _, _ := strings.Cut(name, "#")
	server, err := listenForCallback(ctx, s.set.RedirectURI(base))
	if err != nil {
		return err
	}
	defer server.close()
	attempt, err := s.manager.Authorize(ctx, name, server.redirectURI)
	if err != nil {
		return err
	}
	a.out.say("open this in a browser, and give the grant:\n%s", escape(attempt.URL))
	if browser {
		a.openBrowser(ctx, attempt.URL)
	}
	return server.wait(ctx, func(ctx context.Context, callback callback) error {
		return s.manager.Redeem(ctx, attempt, callback.params)
	})
}

// openBrowser opens a URL as the desktop does. Failing that, the person has the
// URL on the screen.
func (a *app) openBrowser(ctx context.Context, url string) {
	open := a.env.OpenBrowser
	if open == nil {
		open = openOnDesktop
	}
	if err := open(ctx, url); err != nil {
		a.out.say("no browser could be opened: open it yourself")
	}
}

func openOnDesktop(ctx context.Context, url string) error {
	program, args := "xdg-open", []string{url}
	switch goruntime.GOOS {
	case "darwin":
		program = "open"
	case "windows":
		program, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...) //nolint:gosec // a fixed program; the URL is an argument
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	go func() { _ = cmd.Wait() }() // it may live as long as the browser
	return nil
}
