package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/store"
)

// The rules of output:
//
//   - Data goes to stdout, messages go to stderr. What a command prints to
//     stdout can be piped on without a filter.
//   - An error is one line, "postern: file:line:column: what went wrong", then
//     the line of the script or task file with a caret, then "hint: what to do".
//     A place that is not known is left out.
//   - Lines of an oauth.toml are never shown: they may hold secrets.
//   - Text that comes from scripts and servers cannot control the terminal:
//     whatever is not a visible character is escaped.
//   - There is no colour.
type printer struct {
	stdout, stderr io.Writer

	sources map[string][]byte // by file name: texts whose lines an error may show
	brief   bool              // errors without line and hint, because stdout has them
	lost    error             // why what cobra printed did not all arrive
}

func newPrinter(stdout, stderr io.Writer) *printer {
	return &printer{stdout: stdout, stderr: stderr, sources: make(map[string][]byte)}
}

// mayShow lets errors show lines of source, which they call file.
func (p *printer) mayShow(file string, source []byte) { p.sources[file] = source }

// say prints one line of a message.
func (p *printer) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, format+"\n", args...) // a failure to write cannot be reported
}

func (p *printer) warn(text string) { p.say("postern: warning: %s", terminal.Escape(text)) }

// write prints data.
func (p *printer) write(data []byte) error {
	if _, err := p.stdout.Write(data); err != nil {
		return usageError("write to stdout", input.Reason(err), "")
	}
	return nil
}

// tell prints a message of several lines.
func (p *printer) tell(text []byte) error {
	_, _ = p.stderr.Write(text) // a failure to write cannot be reported
	return nil
}

// Write is write for cobra, which drops errors or prints them itself: they are
// kept for the end.
func (p *printer) Write(data []byte) (int, error) {
	if p.lost == nil {
		p.lost = p.write(data)
	}
	return len(data), nil
}

func (p *printer) writeJSON(v any) error {
	data, err := report.Marshal(v, "  ")
	if err != nil {
		return err
	}
	return p.write(append(data, '\n'))
}

// fail reports err, and each of several that are joined in it, and returns the
// exit status, that of the first.
func (p *printer) fail(err error) int {
	if err == nil {
		return statusOK
	}
	if status, ok := errors.AsType[statusError](err); ok {
		return int(status)
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // wrapped, it has a place
		status := statusOK
		for _, err := range joined.Unwrap() {
			if s := p.fail(err); status == statusOK {
				status = s
			}
		}
		return status
	}
	p.explain(err)
	return statusOf(hostapi.CodeOf(err))
}

// explain reports err alone.
func (p *printer) explain(err error) {
	if p.brief {
		p.say("postern: %s", report.Summary(err))
		return
	}
	_, _ = io.WriteString(p.stderr, "postern: "+report.Explain(err, p.sources, hint)) // as in say
}

// hint returns the hint of e in terms of this command: the packages below give hints that
// hold for every program that uses them.
func hint(e *hostapi.Error) string {
	if l, ok := errors.AsType[*hostapi.LimitError](e.Reason); ok {
		return strings.Replace(e.Hint, limit.Raise(l), raise(l), 1)
	}
	switch {
	case e.Code == hostapi.CodeUnknownConnection && e.Hint == "":
		return "postern connection list shows the connections"
	case errors.Is(e.Reason, hostapi.ErrNoConnections):
		return noConnections
	case errors.Is(e.Reason, runtime.ErrNoWorker):
		return "--isolation inprocess runs JavaScript without one, for scripts you trust"
	case errors.Is(e.Reason, hostapi.ErrNotGranted):
		return fmt.Sprintf("grant it with --use %q, or with connections = [%q] in the task file", e.Name, e.Name)
	case errors.Is(e.Reason, addon.ErrNoItem):
		return e.Hint + ", or write --config " + e.Name + "=q_name to have it declared"
	case errors.Is(e.Reason, hostapi.ErrNoRule):
		return e.Hint + ": with --allow, or with allow in [egress]"
	case errors.Is(e.Reason, store.ErrInvalidKey):
		return "postern keys new makes a key"
	case errors.Is(e.Reason, store.ErrNotEmpty):
		return e.Hint + " with --replace"
	case errors.Is(e.Reason, taskfile.ErrNoItem):
		return e.Hint + " with --item " + e.Name + "=STRING, or another type"
	case errors.Is(e.Reason, taskfile.ErrRaisedLimit) && e.Name == "limits.time":
		return e.Hint + "; --timeout raises it for one run"
	case errors.Is(e.Reason, taskfile.ErrConnections):
		return e.Hint + ": name it with --connections"
	case e.Name == "":
		return e.Hint
	}
	return strings.NewReplacer(
		"postern connect NAME", command("connect", e.Name),
		"postern connection revoke NAME", command("connection revoke", e.Name),
	).Replace(e.Hint)
}

// command returns the words that call this command, as a shell takes them.
func command(name string, args ...string) string {
	words := []string{"postern", name}
	for _, arg := range args {
		words = append(words, shellWord(arg))
	}
	return strings.Join(words, " ")
}

// connectionsWords returns the flags that name those connections files again, in
// front of them a space.
func connectionsWords(paths []string) string {
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(" --connections " + shellWord(path))
	}
	return b.String()
}

// shellWord returns text as one word of a POSIX shell.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./:@%+,=", r)
	}
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func asHost(err error) (*hostapi.Error, bool) { return errors.AsType[*hostapi.Error](err) }

// explanation returns the message of err and its hint in the words of this command,
// without the operation and name that it gives: the error it becomes part of says both.
func explanation(err error) (message, advice string) {
	if e, ok := asHost(err); ok {
		return e.Message, hint(e)
	}
	return err.Error(), ""
}
