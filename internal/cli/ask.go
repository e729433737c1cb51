package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// asker asks the person at the terminal.
type asker struct {
	app *app
	op  string // what it is asked for
	in  *bufio.Reader
}

func (a *app) asker(op string) *asker {
	return &asker{app: a, op: op, in: bufio.NewReader(a.env.Stdin)}
}

// line asks a question and returns what the person answers, without the line break.
// It reports false if the person has no more to say.
func (q *asker) line(ctx context.Context, question string) (string, bool, error) {
	return q.ask(ctx, question, func() (string, error) {
		text, err := q.in.ReadString('\n')
		if !strings.HasSuffix(text, "\n") {
			q.app.out.say("")
		}
		return strings.TrimRight(text, "\r\n"), err
	})
}

// hidden is line for what nobody may see while it is typed.
func (q *asker) hidden(ctx context.Context, question string) (string, bool, error) {
	if q.in.Buffered() > 0 { // pasted together with the answer before
		return q.line(ctx, question)
	}
	terminal, ok := q.app.env.Stdin.(*os.File)
	if !ok {
		return "", false, q.cannotHide()
	}
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", false, q.cannotHide()
	}
	defer term.Restore(fd, before) //nolint:errcheck // it was so before
	return q.ask(ctx, question, func() (string, error) {
		text, err := term.ReadPassword(fd)
		q.app.out.say("") // the person's line break was not seen either
		return string(text), err
	})
}

// ask waits for an answer as long as ctx lasts.
func (q *asker) ask(ctx context.Context, question string, read func() (string, error)) (string, bool, error) {
	_, _ = fmt.Fprint(q.app.env.Stderr, question) // without an answer nothing is done
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read()
		answered <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		q.app.out.say("")
		return "", false, cancelled(q.op)
	case answer := <-answered:
		return answer.text, answer.err == nil || answer.text != "", nil // what was typed before the end counts
	}
}

func (q *asker) cannotHide() error {
	return usageError(q.op, "a secret cannot be typed here without being seen", "write it into a file of mode 0600, and name that with file:PATH")
}

// confirm asks the person at the terminal. A no is an error. Where nobody can be
// asked, instead says what to write.
func (a *app) confirm(ctx context.Context, op, question, instead string) error {
	if !isTerminal(a.env.Stdin) {
		return usageError(op, "nobody can be asked here whether to do it", instead)
	}
	answer, _, err := a.asker(op).line(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return a.nothingChanged()
}

// nothingChanged tells that the person did not want it.
func (a *app) nothingChanged() error {
	a.out.say("nothing was changed")
	return statusError(statusLimit)
}
