package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Schedule starts runs at certain times.
type Schedule struct {
	ID        string      `json:"id,omitempty"` // given by the server
	Name      string      `json:"name"`
	Task      string      `json:"task"`
	Version   int64       `json:"version,omitempty"` // 0: the one that is active when a run begins
	Data      any         `json:"data,omitempty"`    // values of data items by name; nil: none
	Cron      string      `json:"cron,omitempty"`    // of five fields; this or Every
	Every     float64     `json:"every_s,omitempty"` // seconds
	Zone      string      `json:"zone,omitempty"`    // "": UTC
	CatchUp   string      `json:"catch_up,omitempty"`
	NoOverlap bool        `json:"no_overlap,omitempty"`
	Enabled   bool        `json:"enabled"`
	Next      []time.Time `json:"next,omitempty"` // given by the server
}

// Schedules returns the schedules, by name, page by page. An error is the last element.
func (c *Client) Schedules(ctx context.Context) iter.Seq2[*Schedule, error] {
	return pages[Schedule](ctx, c, "schedules", "cursor", make(url.Values))
}

// AddSchedule adds a schedule, and returns it as it was stored. The error matches [ErrConflict] if another
// one has its name.
func (c *Client) AddSchedule(ctx context.Context, s Schedule) (*Schedule, error) {
	s.ID, s.Next = "", nil
	out := new(Schedule)
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"schedules"}, body: s}, out)
	return nilIf(out, err)
}

// StartSchedule starts a run of a schedule now.
func (c *Client) StartSchedule(ctx context.Context, id string) (*Run, error) {
	run := new(Run)
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"schedules", id, "start"}}, run)
	return nilIf(run, err)
}

// DeleteSchedule deletes a schedule. Its runs stay.
func (c *Client) DeleteSchedule(ctx context.Context, id string) error {
	err := c.do(ctx, request{method: http.MethodDelete, path: []string{"schedules", id}}, nil)
	return err
}
