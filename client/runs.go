package client

import (
	"cmp"
	"context"
	"crypto/rand"
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

// Run is a run as the server returned it. Times are zero for what has not happened.
type Run struct {
	ID       string    `json:"id"`
	Task     string    `json:"task"`
	Version  int64     `json:"version,omitempty"` // of the task
	Tenant   string    `json:"tenant,omitempty"`
	State    string    `json:"state"`           // queued, running, waiting, succeeded, failed, canceled or interrupted
	Trigger  string    `json:"trigger"`         // api, schedule, event or retry
	Actor    string    `json:"actor,omitempty"` // who started it
	Schedule string    `json:"schedule,omitempty"`
	RetryOf  string    `json:"retry_of,omitempty"`
	EventRun string    `json:"event_run,omitempty"` // of the start event or webhook that started it
	Attempt  int       `json:"attempt"`
	Unsafe   bool      `json:"unsafe,omitempty"` // it may have sent a request that must not be repeated unseen
	Created  time.Time `json:"created"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Due      time.Time `json:"due,omitzero"`

	// What a queued run waits for, time, concurrency, tenant, rate or workers, and until when, if that
	// is known; or database, also of a run that is executed: the server cannot store anything at present.
	// Only [Client.Run] and [Client.Wait] tell it.
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
	Time    time.Time `json:"time"`
	Level   string    `json:"level"` // debug, info, warn or error
	Message string    `json:"message"`
}

// Usage is what a run used.
type Usage struct {
	Wall          float64 `json:"wall_ms"`
	CPU           float64 `json:"cpu_ms"`
	Requests      int     `json:"requests"`
	RequestBytes  int64   `json:"request_bytes"`  // of bodies, as sent
	ResponseBytes int64   `json:"response_bytes"` // of bodies, decompressed
	Memory        int64   `json:"memory_bytes"`   // peak of a WebAssembly task; 0: of JavaScript, where it is unknown
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
	body, err := r.encode()
	if err != nil {
		return nil, err
	}
	key := cmp.Or(r.Key, rand.Text())
	return ask[Run](ctx, c, request{
		method: http.MethodPost, path: []string{"runs"}, query: waitQuery(r.Wait), header: http.Header{"Idempotency-Key": {key}}, body: body, repeat: true,
	})
}

// Run returns a run as it is now.
func (c *Client) Run(ctx context.Context, id string) (*Run, error) {
	return call[Run](ctx, c, http.MethodGet, nil, "runs", id)
}

// Wait returns a run when it has ended. The error is that of ctx if that ends before. It matches [ErrUnavailable] if the
// server cannot store how the run ends, although it was waited for: the run goes on, and its end is stored later.
func (c *Client) Wait(ctx context.Context, id string) (*Run, error) {
	for {
		run, err := ask[Run](ctx, c, request{method: http.MethodGet, path: []string{"runs", id}, query: waitQuery(longestWait)})
		switch {
		case err != nil || run.Ended():
			return run, err
		case run.WaitsFor == "database":
			return run, &Error{
				Status: http.StatusServiceUnavailable, Title: http.StatusText(http.StatusServiceUnavailable), Code: "unavailable",
				Detail: "the server cannot store how the run ends at present", Hint: "the run goes on: ask for it again later",
			}
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
	return pages[Run](ctx, c, list{path: "runs", query: queryOf(
		"state", strings.Join(f.States, ","), "task", f.Task, "tenant", f.Tenant, "actor", f.Actor, "schedule", f.Schedule, "trigger", f.Trigger, "search", f.Search,
		"from", timeText(f.CreatedFrom), "to", timeText(f.CreatedTo),
	)})
}

// Cancel asks for the end of a run. The error matches [ErrConflict] if it has ended.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodPost, path: []string{"runs", id, "cancel"}, repeat: true})
}

// Retry starts a run that does what another one, which has ended, was asked to do.
func (c *Client) Retry(ctx context.Context, id string) (*Run, error) {
	return call[Run](ctx, c, http.MethodPost, nil, "runs", id, "retry")
}
