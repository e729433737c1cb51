package cli

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// outcome is what a run left behind.
type outcome struct {
	*runtime.Result
	finished *bool          // of an add-on that is a step of a process
	listing  *addon.Listing // of a start event that lists items
	reply    *addon.Reply   // of a webhook

	partial bool                     // it stopped half-way, and what it has done so far is done
	written map[*hostapi.File]string // where files were written to
}

// What run --json prints.
type (
	runOutcome struct {
		Data         map[string]any     `json:"data"`
		Finished     *bool              `json:"finished,omitempty"`
		Items        *[]itemOutcome     `json:"items,omitempty"`
		Reply        *replyOutcome      `json:"reply,omitempty"`
		StartProcess *bool              `json:"start_process,omitempty"`
		Posts        []hostapi.FeedPost `json:"posts,omitempty"`
		Emails       []hostapi.Email    `json:"emails,omitempty"`
		Logs         []runtime.Log      `json:"logs"`
		Usage        usage              `json:"usage"`
		Error        *failure           `json:"error,omitempty"`
	}
	itemOutcome struct {
		ID        string         `json:"id"`
		Timestamp time.Time      `json:"timestamp,omitzero"`
		Data      map[string]any `json:"data"`
	}
	replyOutcome struct {
		Status      int    `json:"status"`
		ContentType string `json:"content_type,omitempty"`
		Body        string `json:"body"`
	}
)

type usage struct {
	Wall          float64 `json:"wall_ms"`
	CPU           float64 `json:"cpu_ms"`
	Requests      int     `json:"requests"`
	RequestBytes  int64   `json:"request_bytes"`
	ResponseBytes int64   `json:"response_bytes"`
	Memory        int64   `json:"memory_bytes"`
}

type failure struct {
	Code    hostapi.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Column  int          `json:"column,omitempty"`
}

func newFailure(err error) *failure {
	if e, ok := asHost(err); ok {
		return &failure{Code: e.Code, Message: e.Error(), Hint: hint(e), File: e.File, Line: e.Line, Column: e.Column}
	}
	return &failure{Code: hostapi.CodeOf(err), Message: err.Error()}
}

// printJSON prints the outcome of a run that ended with err, and returns err.
func (a *app) printJSON(o *outcome, err error) error {
	out := runOutcome{Data: map[string]any{}, Logs: []runtime.Log{}}
	if o != nil && o.Result != nil {
		o.fill(&out)
	}
	if err != nil {
		a.out.brief = true
		out.Error = newFailure(err)
	}
	if failed := a.out.writeJSON(out); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

func (o *outcome) fill(out *runOutcome) {
	if o.Data != nil {
		out.Data = o.Data
	}
	if o.written != nil {
		out.Data = shownData(o.Data, o.written)
	}
	if o.Logs != nil {
		out.Logs = o.Logs
	}
	out.Posts, out.Emails, out.Finished = o.Posts, o.Emails, o.finished
	if o.listing != nil {
		items := []itemOutcome{}
		for _, item := range o.listing.Items {
			items = append(items, itemOutcome{item.ID, item.Timestamp, item.Data})
		}
		out.Items = &items
	}
	if r := o.reply; r != nil {
		out.Reply, out.StartProcess = &replyOutcome{r.Status, r.ContentType, r.Body}, &r.StartProcess
	}
	u := o.Usage
	out.Usage = usage{
		Wall: milliseconds(u.Wall), CPU: milliseconds(u.CPU), Requests: u.Requests,
		RequestBytes: u.RequestBytes, ResponseBytes: u.ResponseBytes, Memory: u.Memory,
	}
}

// mostNoted is how many characters of a post or an email a note shows.
const mostNoted = 72

// printText prints the outcome of a run for people, and returns err. What a task
// that failed was given is not printed.
func (a *app) printText(o *outcome, err error) error {
	if o == nil || o.Result == nil || err != nil && o.written == nil && !o.partial {
		return err
	}
	text, failed := o.text()
	if failed == nil {
		failed = a.out.write(text)
	}
	for _, post := range o.Posts {
		a.out.say("postern: note: a post to the feed, which is not sent from here: %s", terminal.Escape(terminal.Head(post.Message, mostNoted)))
	}
	for _, email := range o.Emails {
		a.out.say("postern: note: an email, which is not sent from here: %s", terminal.Escape(terminal.Head(email.Subject, mostNoted)))
	}
	return errors.Join(err, failed)
}

func (o *outcome) text() ([]byte, error) {
	if o.listing != nil {
		return o.itemsText()
	}
	if o.reply != nil && !o.reply.StartProcess {
		return o.replyText(), nil
	}
	text, err := dataText(shownData(o.Data, o.written))
	if o.reply == nil || err != nil {
		return text, err
	}
	return append(o.replyText(), text...), nil
}

func (o *outcome) itemsText() ([]byte, error) {
	var b bytes.Buffer
	for _, item := range o.listing.Items {
		fmt.Fprintf(&b, "item %s", terminal.Escape(item.ID))
		if !item.Timestamp.IsZero() {
			b.WriteString(" " + item.Timestamp.Format(time.RFC3339))
		}
		text, err := dataText(shownData(item.Data, nil))
		if err != nil {
			return nil, err
		}
		b.WriteString("\n" + indentAll(string(text), "  "))
	}
	return b.Bytes(), nil
}

// milliseconds returns d with three decimals.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
