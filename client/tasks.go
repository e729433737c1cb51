package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Task is a task in a list; only Active may be zero.
type Task struct {
	Name    string    `json:"name"`
	Source  string    `json:"source"`         // api or folder; one of the folder cannot be changed by the API
	Active  int64     `json:"active_version"` // the version that runs use; 0: none
	Newest  int64     `json:"newest_version"`
	Changed time.Time `json:"changed"`
}

// Tasks returns the tasks whose names contain a text ("": all), by name, page by page. An error is the
// last element.
func (c *Client) Tasks(ctx context.Context, search string) iter.Seq2[*Task, error] {
	query := make(url.Values)
	if search != "" {
		query.Set("search", search)
	}
	return pages[Task](ctx, c, "tasks", "after", query)
}

// TaskVersion is a version of a task to register.
type TaskVersion struct {
	Main    string            `json:"main"`              // the file that is the task: a script, task file or add-on
	Files   map[string][]byte `json:"files"`             // by name
	Options map[string]any    `json:"options,omitempty"` // as docs/SERVER.md has them; nil: none
}

// Register registers a version of a task, makes it the active one, and returns its number and what
// the server warns of. The error has the places of mistakes in the files.
func (c *Client) Register(ctx context.Context, name string, v TaskVersion) (version int64, warnings []string, err error) {
	var out struct {
		Version  int64    `json:"version"`
		Warnings []string `json:"warnings"`
	}
	err = c.do(ctx, request{method: http.MethodPut, path: []string{"tasks", name}, body: v}, &out)
	return out.Version, out.Warnings, err
}

// Activate makes a version of a task the one that runs use; version 0 deactivates the task.
func (c *Client) Activate(ctx context.Context, name string, version int64) error {
	body := map[string]int64{"version": version}
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"tasks", name, "activate"}, body: body, repeat: true}, nil)
	return err
}

// DeleteTask deletes a task with its versions.
func (c *Client) DeleteTask(ctx context.Context, name string) error {
	err := c.do(ctx, request{method: http.MethodDelete, path: []string{"tasks", name}}, nil)
	return err
}

// Connection is a connection without its secrets.
type Connection struct {
	Name          string    `json:"name"`
	Grant         string    `json:"grant"`
	State         string    `json:"state"`                  // unused, ready, failing or needs_reauth
	Reason        string    `json:"reason,omitempty"`       // of the state; "": none
	TokenExpires  time.Time `json:"token_expires,omitzero"` // zero: unknown, or there is no token
	GrantedScopes []string  `json:"granted_scopes,omitempty"`
	Source        string    `json:"source"` // file or stored
	RedirectURI   string    `json:"redirect_uri"`
}

// Connections returns all connections, by name.
func (c *Client) Connections(ctx context.Context) ([]*Connection, error) {
	var out struct {
		Connections []*Connection `json:"connections"`
	}
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"connections"}}, &out)
	return out.Connections, err
}

// Connection returns a connection.
func (c *Client) Connection(ctx context.Context, name string) (*Connection, error) {
	out := new(Connection)
	err := c.do(ctx, request{method: http.MethodGet, path: []string{"connections", name}}, out)
	return nilIf(out, err)
}

// Authorize begins to authorize a connection, and returns the URL to open in a browser in which the user
// of the token is signed in.
func (c *Client) Authorize(ctx context.Context, name string) (string, error) {
	var out struct {
		URL string `json:"url"`
	}
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"connections", name, "authorize"}}, &out)
	return out.URL, err
}

// TestConnection gets a token for a connection if there is none that is still good, and returns until when it
// is valid; zero: unknown.
func (c *Client) TestConnection(ctx context.Context, name string) (time.Time, error) {
	var out struct {
		Expires time.Time `json:"expires"`
	}
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"connections", name, "test"}, repeat: true}, &out)
	return out.Expires, err
}

// RevokeConnection revokes the tokens of a connection and forgets them. It returns whether the
// authorization server was told, which it can only be if it has a revocation endpoint, RFC 7009.
func (c *Client) RevokeConnection(ctx context.Context, name string) (bool, error) {
	var out struct {
		Revoked bool `json:"revoked"`
	}
	err := c.do(ctx, request{method: http.MethodPost, path: []string{"connections", name, "revoke"}, repeat: true}, &out)
	return out.Revoked, err
}

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
