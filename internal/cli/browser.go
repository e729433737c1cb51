package cli

import (
	"context"
	"errors"
	"os/exec"
	goruntime "runtime"
)

// browse opens a page in the person's browser, unless it is not wanted, and tells
// what came of it.
func (a *app) browse(ctx context.Context, url string, unwanted bool) <-chan error {
	if unwanted {
		return nil
	}
	show := a.env.OpenBrowser
	if show == nil {
		show = a.systemBrowser
	}
	opened := make(chan error, 1)
	go func() { opened <- show(ctx, url) }()
	return opened
}

// systemBrowser opens a page as this system does. The browser outlives the
// command.
func (a *app) systemBrowser(ctx context.Context, url string) error {
	var words []string
	switch {
	case goruntime.GOOS == "windows":
		words = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	case goruntime.GOOS == "darwin":
		words = []string{"open", url}
	case !a.hasDisplay():
		return errors.New("there is no display") // a browser in the terminal would be in the way
	default:
		words = []string{"xdg-open", url}
	}
	err := exec.CommandContext(context.WithoutCancel(ctx), words[0], words[1:]...).Run() //nolint:gosec // a page of the operator's own server
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("there is no " + words[0])
	}
	return err
}

func (a *app) hasDisplay() bool {
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} {
		if a.env.LookupEnv == nil {
			return false
		}
		if value, _ := a.env.LookupEnv(name); value != "" {
			return true
		}
	}
	return false
}
