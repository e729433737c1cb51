package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

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
	return q.ask(ctx, question, nil, func() (string, error) {
		text, err := q.in.ReadString('\n')
		if !strings.HasSuffix(text, "\n") {
			q.app.out.say("")
		}
		return strings.TrimRight(text, "\r\n"), err
	})
}

// hidden is line for what must not be seen while it is typed. The question is shown
// once echo is off: what is typed at once would be seen otherwise.
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
	echoOff := func() {
		timeout := time.After(time.Second) // it may have been off before
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			if now, err := term.GetState(fd); err != nil || *now != *before {
				return
			}
			select {
			case <-tick.C:
			case <-timeout:
				return
			}
		}
	}
	text, more, err := q.ask(ctx, question, echoOff, func() (string, error) {
		text, err := term.ReadPassword(fd)
		return string(text), err
	})
	if err == nil {
		q.app.out.say("") // the person's line break was not seen either
	}
	return text, more, err
}

// ask begins to read, shows the question when ready returns, and waits for the answer
// as long as ctx lasts.
func (q *asker) ask(ctx context.Context, question string, ready func(), read func() (string, error)) (string, bool, error) {
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read()
		answered <- answer{text, err}
	}()
	if ready != nil {
		ready()
	}
	_, _ = fmt.Fprint(q.app.env.Stderr, question) // without an answer nothing is done
	select {
	case <-ctx.Done():
		q.app.out.say("")
		return "", false, cancelled(q.op)
	case answer := <-answered:
		return answer.text, answer.err == nil || answer.text != "", nil // what was typed before the end counts
	}
}

func (q *asker) cannotHide() error {
	return usageError(q.op, "cannot read a secret: terminal echo cannot be disabled", "write it into a file of mode 0600, and name that with file:PATH")
}

// confirm asks the person at the terminal. A no is an error. Without a terminal the
// error's hint is instead, which says what to write.
func (a *app) confirm(ctx context.Context, op, question, instead string) error {
	if !isTerminal(a.env.Stdin) {
		return usageError(op, "cannot ask for confirmation: not a terminal", instead)
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
