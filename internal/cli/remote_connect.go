package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

// connectRemote authorizes a connection of a server, which gets the tokens and keeps them: the browser comes
// back to it, or it waits for the user to enter a code on another device.
func (a *app) connectRemote(cmd *cobra.Command, name string, f *connectFlags) error {
	op := "connect " + name
	c, err := a.remoteOnly(cmd, op, &f.remote, "dry-run")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	found, err := c.Connection(ctx, name)
	if err != nil {
		return remoteError(op, err)
	}
	switch found.Grant {
	case "static", "basic":
		a.out.say("nothing to authorize: the credential of %s is in its settings", terminal.Escape(name))
		return nil
	case "authorization_code", "device_code":
		err = a.awaitRemote(ctx, c, name, f)
	default:
		if _, err = c.TestConnection(ctx, name); err == nil {
			a.out.say("nothing to authorize: grant %s needs no user. A token was obtained.", found.Grant)
		}
		err = remoteError(op, err)
	}
	if err != nil {
		return err
	}
	if found, err = c.Connection(cmd.Context(), name); err != nil {
		return remoteError(op, err)
	}
	d, status := described(found)
	if err := a.out.write(aligned(append([][]string{{"connection", terminal.Escape(name)}}, statusRows(d, status, a.serverWords(&f.remote))...))); err != nil {
		return err
	}
	a.noteGranted(d, status, found.Settings)
	a.out.say("next: %s%s", command("connection test", name), a.serverWords(&f.remote))
	return nil
}

// awaitRemote has the user authorize a connection, and waits until the server has its tokens.
func (a *app) awaitRemote(ctx context.Context, c *client.Client, name string, f *connectFlags) error {
	op := "connect " + name
	attempt, err := c.Authorize(ctx, name)
	if err != nil {
		return remoteError(op, err)
	}
	opened := a.showAttempt(ctx, name, attempt, f)
	done := make(chan error, 1)
	go func() { done <- poll(ctx, c, name, attempt.ID) }()
	err = a.await(done, opened)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		a.out.say("postern: note: the page can still be used until %s; %s%s says whether it was", attempt.Expires.UTC().Format(time.RFC3339), command("connection show", name), a.serverWords(&f.remote))
		if errors.Is(ctx.Err(), context.Canceled) {
			return cancelled(op)
		}
		if attempt.UserCode != "" {
			return &hostapi.Error{
				Code: hostapi.CodeTimeout, Op: "connect", Name: name, Message: authorization + ": the device was not authorized in time",
				Hint: "enter the code while it is valid: the server goes on waiting",
			}
		}
		return &hostapi.Error{
			Code: hostapi.CodeTimeout, Op: "connect", Name: name, Message: authorization + ": the browser has not returned from the authorization server to the server",
			Hint: "try again; is the redirect URI of the connection registered, and is the browser signed in as the user of the token?",
		}
	}
	return remoteError(op, err)
}

// showAttempt shows the user the page to open, and opens it.
func (a *app) showAttempt(ctx context.Context, name string, attempt *client.Authorization, f *connectFlags) (opened <-chan error) {
	if attempt.UserCode != "" {
		return a.showDevice(ctx, name, attempt.UserCode, attempt.VerificationURI, attempt.VerificationURIComplete, attempt.Expires, f)
	}
	a.out.say("To authorize %s, open this page in a browser that is signed in to the server as the user\nof the token:\n\n  %s\n", terminal.Escape(name), terminal.Escape(attempt.URL))
	return a.browse(ctx, attempt.URL, f.noBrowser)
}

// poll returns when an authorization has ended; the error says why it failed.
func poll(ctx context.Context, c *client.Client, name, id string) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		a, err := c.Authorization(ctx, name, id)
		switch {
		case err != nil:
			return err
		case a.Failure != nil:
			e := failureOf(a.Failure)
			e.Op, e.Name = "connect", name
			return e
		case a.State == "succeeded":
			return nil
		}
	}
}
