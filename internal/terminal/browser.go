package terminal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
)

// Browser opens pages in the user's browser.
type Browser struct {
	// LookupEnv finds environment variables, as os.LookupEnv does. Nil finds none.
	LookupEnv func(name string) (string, bool)
}

// Open opens a page with the programs in $BROWSER, the first that works, or else as
// this system does. The browser outlives ctx.
func (b Browser) Open(ctx context.Context, url string) error {
	if programs := b.variable("BROWSER"); programs != "" {
		var err error
		for program := range strings.SplitSeq(programs, string(os.PathListSeparator)) {
			if err = run(ctx, browserWords(program, url)); err == nil {
				break
			}
		}
		return err
	}
	switch {
	case goruntime.GOOS == "windows":
		return run(ctx, []string{"rundll32", "url.dll,FileProtocolHandler", url})
	case goruntime.GOOS == "darwin":
		return run(ctx, []string{"open", url})
	case !b.hasDisplay():
		return errors.New("there is no display") // a browser in the terminal would be in the way
	}
	return run(ctx, []string{"xdg-open", url})
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

func run(ctx context.Context, words []string) error {
	err := exec.CommandContext(context.WithoutCancel(ctx), words[0], words[1:]...).Run() //nolint:gosec // a page of the operator's own server
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("there is no " + words[0])
	}
	return err
}

func (b Browser) hasDisplay() bool {
	return b.variable("DISPLAY") != "" || b.variable("WAYLAND_DISPLAY") != ""
}

func (b Browser) variable(name string) string {
	if b.LookupEnv == nil {
		return ""
	}
	value, _ := b.LookupEnv(name)
	return value
}
