package terminal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/postern-dev/postern/hostapi"
)

// Prompt asks the user at a terminal.
type Prompt struct {
	op      string // what it is asked for, in errors
	stdin   io.Reader
	in      *bufio.Reader // of stdin
	display io.Writer
}

// NewPrompt returns a Prompt that reads from stdin and shows its questions on display.
// Its errors name op.
func NewPrompt(op string, stdin io.Reader, display io.Writer) *Prompt {
	return &Prompt{op: op, stdin: stdin, in: bufio.NewReader(stdin), display: display}
}

// Line asks a question and returns the reply, without the line break. It reports false
// at the end of the input.
func (p *Prompt) Line(ctx context.Context, question string) (text string, more bool, err error) {
	return p.ask(ctx, question, nil, func() (string, error) {
		text, err := p.in.ReadString('\n')
		if !strings.HasSuffix(text, "\n") {
			p.breakLine()
		}
		return strings.TrimRight(text, "\r\n"), err
	})
}

// Hidden is [Prompt.Line] for what must not be seen while it is typed. The question is
// shown once echo is off: what is typed at once would be seen otherwise.
func (p *Prompt) Hidden(ctx context.Context, question string) (text string, more bool, err error) {
	if p.in.Buffered() > 0 { // pasted together with the reply before
		return p.Line(ctx, question)
	}
	file, ok := p.stdin.(*os.File)
	if !ok {
		return "", false, p.cannotHide()
	}
	fd := int(file.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", false, p.cannotHide()
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
	text, more, err = p.ask(ctx, question, echoOff, func() (string, error) {
		text, err := term.ReadPassword(fd)
		return string(text), err
	})
	if err == nil {
		p.breakLine() // the user's was not seen either
	}
	return text, more, err
}

// ask begins to read, shows the question when ready returns, and waits for the reply
// as long as ctx lasts.
func (p *Prompt) ask(ctx context.Context, question string, ready func(), read func() (string, error)) (string, bool, error) {
	type reply struct {
		text string
		err  error
	}
	replied := make(chan reply, 1)
	go func() {
		text, err := read()
		replied <- reply{text, err}
	}()
	if ready != nil {
		ready()
	}
	_, _ = fmt.Fprint(p.display, question) // without a reply nothing is done
	select {
	case <-ctx.Done():
		p.breakLine()
		return "", false, &hostapi.Error{Code: hostapi.CodeCanceled, Op: p.op, Message: "was cancelled"}
	case r := <-replied:
		return r.text, r.err == nil || r.text != "", nil // what was typed before the end counts
	}
}

// breakLine moves to the next line, where the user has not.
func (p *Prompt) breakLine() { _, _ = fmt.Fprintln(p.display) } // as in ask

func (p *Prompt) cannotHide() error {
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: p.op, Message: "cannot read a secret: terminal echo cannot be disabled",
		Hint: "write it into a file of mode 0600, and name that with file:PATH",
	}
}
