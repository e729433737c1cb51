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
