package terminal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

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
	text, more, err = p.ask(ctx, question, func() (string, error) {
		text, err := p.in.ReadString('\n')
		if !strings.HasSuffix(text, "\n") {
			p.breakLine()
		}
		return strings.TrimRight(text, "\r\n"), err
	})
	if err != nil {
		p.breakLine()
	}
	return text, more, err
}

// Hidden is [Prompt.Line] for a secret, which is not shown while it is typed. The
// question is shown once echo is off: a reply typed at once would be seen otherwise.
func (p *Prompt) Hidden(ctx context.Context, question string) (text string, more bool, err error) {
	if p.in.Buffered() > 0 { // pasted together with the reply before
		return p.Line(ctx, question)
	}
	file, ok := p.stdin.(*os.File)
	if !ok {
		return "", false, p.cannotHide()
	}
	fd := int(file.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", false, p.cannotHide()
	}
	defer p.breakLine()
	defer term.Restore(fd, before) //nolint:errcheck // it was so before
	keys := &keyReader{file: file}
	line := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys, io.Discard}, "") // nothing that is typed is shown
	text, more, err = p.ask(ctx, strings.ReplaceAll(question, "\n", "\r\n"), func() (string, error) { return line.ReadPassword("") })
	if err == nil && keys.interrupted {
		return "", false, p.cancelled()
	}
	return text, more, err
}

// keyReader reads from a terminal key by key: what was pasted behind the line is left
// for the next question. In raw mode Ctrl-C is a key.
type keyReader struct {
	file        *os.File
	interrupted bool // by Ctrl-C
}

func (r *keyReader) Read(b []byte) (int, error) {
	n, err := r.file.Read(b[:min(1, len(b))])
	if n > 0 && b[0] == 'C'-'@' {
		r.interrupted = true
		return 0, io.EOF
	}
	return n, err
}

// ask shows a question, and waits for the reply as long as ctx lasts.
func (p *Prompt) ask(ctx context.Context, question string, read func() (string, error)) (string, bool, error) {
	type reply struct {
		text string
		err  error
	}
	_, _ = fmt.Fprint(p.display, question) // without a reply nothing is done
	replied := make(chan reply, 1)
	go func() {
		text, err := read()
		replied <- reply{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", false, p.cancelled()
	case r := <-replied:
		return r.text, r.err == nil || r.text != "", nil // what was typed before the end counts
	}
}

func (p *Prompt) cancelled() error {
	return &hostapi.Error{Code: hostapi.CodeCanceled, Op: p.op, Message: "was cancelled"}
}

// breakLine moves to the next line, where the user has not.
func (p *Prompt) breakLine() { _, _ = fmt.Fprintln(p.display) } // as in ask

func (p *Prompt) cannotHide() error {
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: p.op, Message: "cannot read a secret: terminal echo cannot be disabled",
		Hint: "write it into a file of mode 0600, and name that with file:PATH",
	}
}
