package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// Outcome is what a run left behind.
type Outcome struct {
	*runtime.Result
	Finished *bool          // of an add-on that is a step of a process
	Listing  *addon.Listing // of a start event that lists items
	Reply    *addon.Reply   // of a webhook

	Partial bool                     // it stopped half-way, and what it has done so far is done
	Written map[*hostapi.File]string // where files were written to
}

// What [Outcome.JSON] returns.
type (
	outcomeJSON struct {
		Data         map[string]any     `json:"data"`
		Finished     *bool              `json:"finished,omitempty"`
		Items        *[]itemJSON        `json:"items,omitempty"`
		Reply        *replyJSON         `json:"reply,omitempty"`
		StartProcess *bool              `json:"start_process,omitempty"`
		Posts        []hostapi.FeedPost `json:"posts,omitempty"`
		Emails       []hostapi.Email    `json:"emails,omitempty"`
		Logs         []runtime.Log      `json:"logs"`
		Usage        usageJSON          `json:"usage"`
		Error        *Failure           `json:"error,omitempty"`
	}
	itemJSON struct {
		ID        string         `json:"id"`
		Timestamp time.Time      `json:"timestamp,omitzero"`
		Data      map[string]any `json:"data"`
	}
	replyJSON struct {
		Status      int    `json:"status"`
		ContentType string `json:"content_type,omitempty"`
		Body        string `json:"body"`
	}
)

type usageJSON struct {
	Wall          float64 `json:"wall_ms"`
	CPU           float64 `json:"cpu_ms"`
	Requests      int     `json:"requests"`
	RequestBytes  int64   `json:"request_bytes"`
	ResponseBytes int64   `json:"response_bytes"`
	Memory        int64   `json:"memory_bytes"`
}

// JSON returns the outcome of a run that ended with err, for [Marshal]. A nil Outcome is
// one of nothing.
func (o *Outcome) JSON(err error, hint Hint) any {
	out := outcomeJSON{Data: map[string]any{}, Logs: []runtime.Log{}}
	if o != nil && o.Result != nil {
		o.fill(&out)
	}
	if err != nil {
		out.Error = NewFailure(err, hint)
	}
	return out
}

func (o *Outcome) fill(out *outcomeJSON) {
	if o.Data != nil {
		out.Data = o.Data
	}
	if o.Written != nil {
		out.Data = shownData(o.Data, o.Written)
	}
	if o.Logs != nil {
		out.Logs = o.Logs
	}
	out.Posts, out.Emails, out.Finished = o.Posts, o.Emails, o.Finished
	if o.Listing != nil {
		items := []itemJSON{}
		for _, item := range o.Listing.Items {
			items = append(items, itemJSON{item.ID, item.Timestamp, item.Data})
		}
		out.Items = &items
	}
	if r := o.Reply; r != nil {
		out.Reply, out.StartProcess = &replyJSON{r.Status, r.ContentType, r.Body}, &r.StartProcess
	}
	u := o.Usage
	out.Usage = usageJSON{
		Wall: Milliseconds(u.Wall), CPU: Milliseconds(u.CPU), Requests: u.Requests,
		RequestBytes: u.RequestBytes, ResponseBytes: u.ResponseBytes, Memory: u.Memory,
	}
}

// Text returns the data items for a terminal, one "name = value" a line; of a start event
// the items of its list, and of a webhook its response.
func (o *Outcome) Text() ([]byte, error) {
	if o.Listing != nil {
		return o.itemsText()
	}
	if o.Reply != nil && !o.Reply.StartProcess {
		return o.replyText(), nil
	}
	text, err := dataText(shownData(o.Data, o.Written))
	if o.Reply == nil || err != nil {
		return text, err
	}
	return append(o.replyText(), text...), nil
}

func (o *Outcome) itemsText() ([]byte, error) {
	var b bytes.Buffer
	for _, item := range o.Listing.Items {
		fmt.Fprintf(&b, "item %s", terminal.Escape(item.ID))
		if !item.Timestamp.IsZero() {
			b.WriteString(" " + item.Timestamp.Format(time.RFC3339))
		}
		text, err := dataText(shownData(item.Data, nil))
		if err != nil {
			return nil, err
		}
		b.WriteString("\n" + Indent(string(text), "  "))
	}
	return b.Bytes(), nil
}

// Follow adds what a further step left behind.
func (o *Outcome) Follow(step *addon.Outcome) {
	before := o.Result
	o.Result, o.Finished = step.Result, &step.Finished
	o.Changed = merged(before.Changed, o.Changed)
	o.Logs = append(before.Logs, o.Logs...)
	o.Posts = append(before.Posts, o.Posts...)
	o.Emails = append(before.Emails, o.Emails...)
	u := &o.Usage
	u.Wall += before.Usage.Wall
	u.CPU += before.Usage.CPU
	u.Requests += before.Usage.Requests
	u.RequestBytes += before.Usage.RequestBytes
	u.ResponseBytes += before.Usage.ResponseBytes
}

// merged returns the names of both lists, sorted.
func merged(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// replyText returns the response of a webhook as text.
func (o *Outcome) replyText() []byte {
	text := fmt.Sprintf("HTTP %d", o.Reply.Status)
	if o.Reply.ContentType != "" {
		text += " " + terminal.Escape(o.Reply.ContentType)
	}
	text += "\n"
	if body := strings.TrimSuffix(o.Reply.Body, "\n"); body != "" {
		text += Indent(terminal.EscapeBut(body, "\n\t"), "  ") + "\n"
	}
	if o.Reply.StartProcess {
		return []byte(text + "a process begins\n")
	}
	return []byte(text + "no process begins\n")
}
