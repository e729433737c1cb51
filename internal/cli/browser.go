package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
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

// systemBrowser opens a page with the programs in $BROWSER, the first that works, or
// else as this system does. The browser outlives the command.
func (a *app) systemBrowser(ctx context.Context, url string) error {
	if programs := a.getenv("BROWSER"); programs != "" {
		var err error
		for program := range strings.SplitSeq(programs, string(os.PathListSeparator)) {
			if err = open(ctx, browserWords(program, url)); err == nil {
				break
			}
		}
		return err
	}
	switch {
	case goruntime.GOOS == "windows":
		return open(ctx, []string{"rundll32", "url.dll,FileProtocolHandler", url})
	case goruntime.GOOS == "darwin":
		return open(ctx, []string{"open", url})
	case !a.hasDisplay():
		return errors.New("there is no display") // a browser in the terminal would be in the way
	}
	return open(ctx, []string{"xdg-open", url})
}

// browserWords returns the command of a program in $BROWSER: words, of which %s is
// the page; without one the page comes last.
func browserWords(program, url string) []string {
	words := strings.Fields(program)
	named := false
	for i, word := range words {
		if strings.Contains(word, "%s") {
			words[i], named = strings.ReplaceAll(word, "%s", url), true
		}
	}
	if !named {
		words = append(words, url)
	}
	return words
}

func open(ctx context.Context, words []string) error {
	err := exec.CommandContext(context.WithoutCancel(ctx), words[0], words[1:]...).Run() //nolint:gosec // a page of the operator's own server
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("there is no " + words[0])
	}
	return err
}

func (a *app) getenv(name string) string {
	if a.env.LookupEnv == nil {
		return ""
	}
	value, _ := a.env.LookupEnv(name)
	return value
}

func (a *app) hasDisplay() bool {
	return a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != ""
}
