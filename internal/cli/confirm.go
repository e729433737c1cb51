package cli

import (
	"context"
	"strings"

	"github.com/postern-dev/postern/internal/terminal"
)

func (a *app) prompt(op string) *terminal.Prompt {
	return terminal.NewPrompt(op, a.env.Stdin, a.env.Stderr)
}

// confirm asks the user at the terminal. A no is an error. Without a terminal the
// error's hint is instead, which says what to write.
func (a *app) confirm(ctx context.Context, op, question, instead string) error {
	if !terminal.Is(a.env.Stdin) {
		return usageError(op, "cannot ask for confirmation: not a terminal", instead)
	}
	reply, _, err := a.prompt(op).Line(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(reply)) {
	case "y", "yes":
		return nil
	}
	return a.nothingChanged()
}

// nothingChanged says that the user did not want it.
func (a *app) nothingChanged() error {
	a.out.say("nothing was changed")
	return statusError(statusLimit)
}
