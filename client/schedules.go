package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Schedule starts runs at certain times.
type Schedule struct {
	ID        string  `json:"id,omitempty"` // given by the server
	Name      string  `json:"name"`
	Task      string  `json:"task"`
	Version   int64   `json:"version,omitempty"` // 0: the one that is active when a run begins
	Data      any     `json:"data,omitempty"`    // values of data items by name; nil: none
	Cron      string  `json:"cron,omitempty"`    // of five fields; this or Every
	Every     float64 `json:"every_s,omitempty"` // seconds
	Zone      string  `json:"zone,omitempty"`    // "": UTC
	CatchUp   string  `json:"catch_up,omitempty"`
	NoOverlap bool    `json:"no_overlap,omitempty"`
	Enabled   bool    `json:"enabled"`
	Files     []File  `json:"files,omitempty"` // of data items

	Actor   string      `json:"actor,omitempty"` // who saved it; this and what follows is given by the server
	Created time.Time   `json:"created,omitzero"`
	Changed time.Time   `json:"changed,omitzero"`
	Next    []time.Time `json:"next,omitempty"` // the next times, five at most; none if it is not enabled
	Last    time.Time   `json:"last,omitzero"`  // the last time that started a run; zero: none

	Problem string `json:"problem,omitempty"` // why its runs fail before they begin, for example that the task was deleted; "": nothing is known

	ETag string `json:"-"` // for [Client.IfMatch]; "" in lists
}

func (s *Schedule) setETag(tag string) { s.ETag = tag }

// settings returns what is sent of a schedule.
func (s Schedule) settings() Schedule {
	s.ID, s.Actor, s.Created, s.Changed, s.Next, s.Last, s.Problem = "", "", time.Time{}, time.Time{}, nil, time.Time{}, ""
	return s
}

// Schedules returns the schedules, by name, page by page. An error is the last element.
func (c *Client) Schedules(ctx context.Context) iter.Seq2[*Schedule, error] {
	return pages[Schedule](ctx, c, list{path: "schedules"})
}

// Schedule returns a schedule.
func (c *Client) Schedule(ctx context.Context, id string) (*Schedule, error) {
	return call[Schedule](ctx, c, http.MethodGet, nil, "schedules", id)
}

// ChangeSchedule replaces the settings of the schedule with s.ID, and returns it as it was stored. Its files have to be
// given again: the server returns no contents.
func (c *Client) ChangeSchedule(ctx context.Context, s Schedule) (*Schedule, error) {
	return call[Schedule](ctx, c, http.MethodPut, s.settings(), "schedules", s.ID)
}

// ResetSchedule forgets what a start event remembers.
func (c *Client) ResetSchedule(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodPost, path: []string{"schedules", id, "reset"}, repeat: true})
}

// AddSchedule adds a schedule, and returns it as it was stored. The error matches [ErrConflict] if another
// one has its name.
func (c *Client) AddSchedule(ctx context.Context, s Schedule) (*Schedule, error) {
	return call[Schedule](ctx, c, http.MethodPost, s.settings(), "schedules")
}

// StartSchedule starts a run of a schedule now.
func (c *Client) StartSchedule(ctx context.Context, id string) (*Run, error) {
	return call[Run](ctx, c, http.MethodPost, nil, "schedules", id, "start")
}

// DeleteSchedule deletes a schedule. Its runs stay.
func (c *Client) DeleteSchedule(ctx context.Context, id string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"schedules", id}})
}
