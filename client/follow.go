package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// LogEntry is an entry of the log of a run.
type LogEntry struct {
	Seq     int64           `json:"seq"`
	Time    time.Time       `json:"time"`
	Attempt int             `json:"attempt"`
	Kind    string          `json:"kind"`  // log, request, unsafe or cut
	Level   string          `json:"level"` // of an entry of the kind log: debug, info, warn or error; otherwise ""
	Text    string          `json:"text"`
	Request json.RawMessage `json:"request"` // of an entry of the kind request
}

// Follow returns the log of a run after an entry (0: all of it), and what is added to it, until the run
// has ended. A connection that is lost is made again. An error is the last element; it matches [ErrUnavailable] if
// the server has not been able to add to the log for some time: the run goes on.
func (c *Client) Follow(ctx context.Context, id string, after int64) iter.Seq2[LogEntry, error] {
	return func(yield func(LogEntry, error) bool) {
		for attempt := 0; ; {
			before := after
			end, err := c.follow(ctx, id, &after, yield)
			wait := againAfter
			switch {
			case err == nil && end.refusal != nil && attempt >= c.retries:
				err = end.refusal
			case err == nil && end.refusal != nil:
				attempt++
				wait = unavailableFor
			}
			if after > before {
				attempt = 0
			}
			switch {
			case err != nil:
				yield(LogEntry{}, err)
				return
			case end.over:
				return
			}
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				yield(LogEntry{}, ctx.Err())
				return
			}
		}
	}
}

const (
	againAfter     = time.Second
	unavailableFor = 10 * time.Second // until it is asked again, as Retry-After says elsewhere
	maxEvent       = 16 << 20         // bytes
)

// endOfStream is how one connection ended.
type endOfStream struct {
	over    bool   // the run has ended, or the caller wants no more
	refusal *Error // the server cannot add to the log at present
}

// follow yields what one connection sends.
func (c *Client) follow(ctx context.Context, id string, after *int64, yield func(LogEntry, error) bool) (end endOfStream, err error) {
	response, err := c.send(ctx, request{
		method: http.MethodGet, path: []string{"runs", id, "log"}, query: url.Values{"after": {strconv.FormatInt(*after, 10)}},
		header: http.Header{"Accept": {"text/event-stream"}},
	})
	if err != nil {
		return end, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, maxEvent)
	event := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			event = value
		case name != "data":
		case event == "end":
			return endOfStream{over: true}, nil
		case event == "unavailable":
			end.refusal = new(Error)
			return end, json.Unmarshal([]byte(value), end.refusal)
		default:
			var e LogEntry
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				return end, err
			}
			*after = e.Seq
			if !yield(e, nil) {
				return endOfStream{over: true}, nil
			}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return end, fmt.Errorf("client: an entry of the log is too long: %w", err)
	}
	return end, nil
}
