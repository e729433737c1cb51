package cli

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

// connectByDevice authorizes a connection from any device, RFC 8628.
func (a *app) connectByDevice(ctx context.Context, s *session, name string, f *connectFlags) error {
	if err := s.needStore("connect", name, "there is no store to keep the grant in"); err != nil {
		return atStep(configuration, err)
	}
	device, err := s.manager.AuthorizeDevice(ctx, name)
	if err != nil {
		return atStep(authorization, err)
	}
	opened := a.showDevice(ctx, name, device.UserCode, device.VerificationURI, device.VerificationURIComplete, device.Expires, f)
	done := make(chan error, 1)
	go func() { done <- ended(s.manager.AwaitDevice(ctx, device)) }()
	return a.await(done, opened)
}

// showDevice shows the user the code and where to enter it, and opens the page that has it, if there is one.
func (a *app) showDevice(ctx context.Context, name, code, page, complete string, expires time.Time, f *connectFlags) (opened <-chan error) {
	a.out.say("To authorize %s, open this page on any device:\n\n  %s\n\nand enter the code %s. It is valid for %s.\n",
		terminal.Escape(name), terminal.Escape(page), terminal.Escape(code), about(time.Until(expires)))
	return a.browse(ctx, complete, f.noBrowser || !isWebPage(complete))
}

// isWebPage reports whether a URL that a server sent may be opened: by https, or
// on this machine. Anything else could be a file or a program.
func isWebPage(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && hostapi.IsLoopback(u.Hostname())
}

// loopbackAddress returns where to listen for a URL on this machine. Without a
// port in it any free one will do.
func loopbackAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "0"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
