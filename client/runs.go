package client

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// RunRequest is what a run is asked to do.
type RunRequest struct {
	Task    string `json:"task"`
	Version int64  `json:"version,omitempty"` // 0: the active one

	Data  map[string]any `json:"data,omitempty"` // values of data items by name, as JSON
	Files []File         `json:"files,omitempty"`

	Priority  int       `json:"priority,omitempty"`  // 1, the first, to 4; 0: that of the task
	Timeout   float64   `json:"timeout_s,omitempty"` // seconds of one attempt; 0: the limit of the task
	NotBefore time.Time `json:"not_before,omitzero"` // zero: now

	// Key makes that a repeated call returns the run of the first one. Empty: each call starts a
	// run, also if the request has to be sent again.
	Key string `json:"-"`

	// Wait is how long the call waits for the end of the run, 60 s at most. 0: not at all.
	Wait time.Duration `json:"-"`
}

// File is a file of a data item; several of one item are a list.
type File struct {
	Item        string `json:"item"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Content     []byte `json:"content"`
}

// Run is a run as the server returned it. Times are zero for what has not happened.
type Run struct {
	ID       string    `json:"id"`
	Task     string    `json:"task"`
	Version  string    `json:"version,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`
	State    string    `json:"state"`           // queued, running, waiting, succeeded, failed, canceled or interrupted
	Trigger  string    `json:"trigger"`         // api, schedule, event or retry
	Actor    string    `json:"actor,omitempty"` // who started it
	Schedule string    `json:"schedule,omitempty"`
	RetryOf  string    `json:"retry_of,omitempty"`
	Attempt  int       `json:"attempt"`
	Unsafe   bool      `json:"unsafe,omitempty"` // it may have sent a request that must not be repeated unseen
	Created  time.Time `json:"created"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Due      time.Time `json:"due,omitzero"`

	// What a queued run waits for, time, concurrency, tenant, rate or workers, and until when, if that
	// is known. Only [Client.Run] tells it.
	WaitsFor   string    `json:"waits_for,omitempty"`
	WaitsUntil time.Time `json:"waits_until,omitzero"`

	Error   *Failure  `json:"error,omitempty"`   // nil: it has not failed
	Outcome *Outcome  `json:"outcome,omitempty"` // nil: it has none yet, or is an element of a list
	Files   []RunFile `json:"files,omitempty"`   // in the data
}

// Outcome is what a run left behind.
type Outcome struct {
	Data  map[string]any `json:"data"` // numbers are json.Number
	Logs  []LogLine      `json:"logs"`
	Usage Usage          `json:"usage"`
}

// LogLine is a line that a task has logged.
type LogLine struct {
	Level string    `json:"level"`
	Text  string    `json:"text"`
	Time  time.Time `json:"time"`
}

// Usage is what a run used.
type Usage struct {
	Wall     float64 `json:"wall_ms"`
	CPU      float64 `json:"cpu_ms"`
	Requests int     `json:"requests"`
}

// RunFile describes a file in the data of a run. [Client.RunFile] returns its content.
type RunFile struct {
	Item        string `json:"item"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int    `json:"size"` // bytes
}

// Ended reports whether the state is final.
func (r *Run) Ended() bool {
	switch r.State {
	case "succeeded", "failed", "canceled", "interrupted":
		return true
	}
	return false
}

const longestWait = time.Minute

func waitQuery(d time.Duration) url.Values {
	query := make(url.Values)
	if d > 0 {
		seconds := (min(d, longestWait) + time.Second - 1) / time.Second
		query.Set("wait", strconv.Itoa(int(seconds)))
	}
	return query
}

// Start starts a run, and returns it as it is once the wait is over. It starts one run, also if the
// request has to be sent several times. The error is an *[Error] with code overloaded if the queue is full.
func (c *Client) Start(ctx context.Context, r RunRequest) (*Run, error) {
	key := r.Key
	if key == "" {
		key = newKey()
	}
	run := new(Run)
	err := c.do(ctx, request{
		method: http.MethodPost, path: []string{"runs"}, query: waitQuery(r.Wait), header: http.Header{"Idempotency-Key": {key}}, body: r, repeat: true,
	}, run)
	return nilIf(run, err)
}

func nilIf[T any](v *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Run returns a run as it is now.
func (c *Client) Run(ctx context.Context, id string) (*Run, error) {
	run := new(Run)
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"runs", id}}, run)
	return nilIf(run, err)
}

// Wait returns a run when it has ended. The error is that of ctx if that ends before.
func (c *Client) Wait(ctx context.Context, id string) (*Run, error) {
	for {
		run := new(Run)
		err := c.do(ctx, request{method: http.MethodGet, path: []string{"runs", id}, query: waitQuery(longestWait)}, run)
		if err != nil || run.Ended() {
			return nilIf(run, err)
		}
	}
}

// RunFilter selects runs. Zero fields select all.
type RunFilter struct {
	States                 []string
	Task, Tenant, Actor    string
	Schedule, Trigger      string
	Search                 string    // in the ID, the task, the actor or the error
	CreatedFrom, CreatedTo time.Time // CreatedTo itself is not in the range
}

// Runs returns runs, the newest first, page by page. An error is the last element.
func (c *Client) Runs(ctx context.Context, f RunFilter) iter.Seq2[*Run, error] {
	query := make(url.Values)
	for name, value := range map[string]string{
		"state": strings.Join(f.States, ","), "task": f.Task, "tenant": f.Tenant, "actor": f.Actor, "schedule": f.Schedule, "trigger": f.Trigger, "search": f.Search,
		"from": timeText(f.CreatedFrom), "to": timeText(f.CreatedTo),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return pages[Run](ctx, c, "runs", "cursor", query)
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// pages returns the elements of a list. The path is also the name of the member that has them, and
// parameter that of the query which goes on after a page.
func pages[T any](ctx context.Context, c *Client, path, parameter string, query url.Values) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			var page map[string]json.RawMessage
			var items []*T
			var next string
			err := c.do(ctx, request{method: http.MethodGet, path: []string{path}, query: query}, &page)
			if err == nil {
				err = json.Unmarshal(page[path], &items)
			}
			if err == nil && page["next"] != nil {
				err = json.Unmarshal(page["next"], &next)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			query.Set(parameter, next)
		}
	}
}

// Cancel asks for the end of a run. The error matches [ErrConflict] if it has ended.
func (c *Client) Cancel(ctx context.Context, id string) error {
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"runs", id, "cancel"}, repeat: true}, nil)
	return err
}

// Retry starts a run that does what another one, which has ended, was asked to do.
func (c *Client) Retry(ctx context.Context, id string) (*Run, error) {
	run := new(Run)
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"runs", id, "retry"}}, run)
	return nilIf(run, err)
}

// RunFile returns the content of a file in the data of a run, by its place in Run.Files.
func (c *Client) RunFile(ctx context.Context, id string, index int) ([]byte, error) {
	var content []byte
	err := c.do(ctx, request{
		method: http.MethodGet, path: []string{"runs", id, "files", strconv.Itoa(index)}, header: http.Header{"Accept": {"*/*"}},
	}, &content)
	return content, err
}

// LogEntry is an entry of the log of a run.
type LogEntry struct {
	Seq     int64           `json:"seq"`
	Time    time.Time       `json:"time"`
	Attempt int             `json:"attempt"`
	Kind    string          `json:"kind"` // log, request, unsafe or cut
	Text    string          `json:"text"`
	Request json.RawMessage `json:"request"` // of an entry of the kind request
}

// Follow returns the log of a run after an entry (0: all of it), and what is added to it, until the run
// has ended. A connection that is lost is made again. An error is the last element.
func (c *Client) Follow(ctx context.Context, id string, after int64) iter.Seq2[LogEntry, error] {
	return func(yield func(LogEntry, error) bool) {
		for {
			ended, going, err := c.follow(ctx, id, &after, yield)
			switch {
			case err != nil:
				yield(LogEntry{}, err)
				return
			case ended || !going:
				return
			case ctx.Err() != nil:
				yield(LogEntry{}, ctx.Err())
				return
			}
		}
	}
}

// follow yields what one connection sends. It reports whether the run has ended, and whether the caller
// wants more.
func (c *Client) follow(ctx context.Context, id string, after *int64, yield func(LogEntry, error) bool) (ended, going bool, err error) {
	response, err := c.send(ctx, request{
		method: http.MethodGet, path: []string{"runs", id, "log"}, query: url.Values{"after": {strconv.FormatInt(*after, 10)}},
		header: http.Header{"Accept": {"text/event-stream"}},
	})
	if err != nil {
		return false, false, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	const longest = 1 << 20
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, longest)
	event := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			event = value
		case name != "data":
		case event == "end":
			return true, true, nil
		default:
			var e LogEntry
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				return false, false, err
			}
			*after = e.Seq
			if !yield(e, nil) {
				return false, false, nil
			}
		}
	}
	return false, true, nil
}
