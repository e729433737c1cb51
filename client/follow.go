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
			}
			timer := time.NewTimer(againAfter)
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
	againAfter = time.Second
	maxEvent   = 16 << 20 // bytes
)

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
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return false, false, fmt.Errorf("client: an entry of the log is too long: %w", err)
	}
	return false, true, nil
}
