package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// confirm asks the person at the terminal. A no is an error. Where nobody can be
// asked, instead says what to write.
func (a *app) confirm(ctx context.Context, op, question, instead string) error {
	if !isTerminal(a.env.Stdin) {
		return usageError(op, "nobody can be asked here whether to do it", instead)
	}
	_, _ = fmt.Fprintf(a.env.Stderr, "%s [y/N] ", question) // without an answer nothing is done
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(a.env.Stdin).ReadString('\n') // what was typed before an end counts
		line <- text
	}()
	select {
	case <-ctx.Done():
		a.out.say("")
		return cancelled(op)
	case answer := <-line:
		if !strings.HasSuffix(answer, "\n") {
			a.out.say("")
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return nil
		}
	}
	a.out.say("nothing was changed")
	return statusError(statusLimit)
}
