package cli

import (
	"context"
	"errors"
	"net/url"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/terminal"
)

// connectByCode authorizes a connection in the browser of this machine, RFC
// 8252.
func (a *app) connectByCode(ctx context.Context, s *session, name string, f *connectFlags) error {
	if err := s.needStore("connect", name, "there is no store to keep the grant in"); err != nil {
		return atStep(configuration, err)
	}
	back, err := listenForCallback(ctx, name, s.set.RedirectURI(keyOf(name).Connection))
	if err != nil {
		return atStep(configuration, err)
	}
	defer back.close(ctx)
	attempt, err := s.manager.Authorize(ctx, name, back.uri)
	if err != nil {
		return atStep(authorization, err)
	}
	back.redeem = func(callback url.Values) error {
		err := ended(s.manager.Redeem(ctx, attempt, callback))
		if errors.Is(err, connection.ErrStateMismatch) {
			a.out.say("postern: note: a callback for another attempt was refused; still waiting")
		}
		return err
	}
	back.serve()
	stop := context.AfterFunc(ctx, func() { back.end(neverReturned(ctx, name, back.uri)) })
	defer stop()
	a.out.say("To authorize %s, open this page on this machine:\n\n  %s\n", terminal.Escape(name), terminal.Escape(attempt.URL))
	return a.await(back.done, a.browse(ctx, attempt.URL, f.noBrowser))
}

// await returns what is sent to done. Meanwhile it prints a note if opened says that no
// browser could be opened.
func (a *app) await(done, opened <-chan error) error {
	for {
		select {
		case err := <-done:
			return err
		case err := <-opened:
			if err != nil {
				a.out.say("postern: note: no browser could be opened: %s", terminal.Escape(err.Error()))
			}
			opened = nil
		}
	}
}

// browse opens a page in the user's browser, unless that is unwanted, and sends the
// result.
func (a *app) browse(ctx context.Context, url string, unwanted bool) <-chan error {
	if unwanted {
		return nil
	}
	show := a.env.OpenBrowser
	if show == nil {
		show = terminal.Browser{LookupEnv: a.env.LookupEnv}.Open
	}
	opened := make(chan error, 1)
	go func() { opened <- show(ctx, url) }()
	return opened
}
