package client

import (
	"context"
	"iter"
	"net/http"
	"strconv"
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
	return pages[Task](ctx, c, list{path: "tasks", cursor: "after", query: queryOf("search", search)})
}

// TaskDetail is a task with a version of it.
type TaskDetail struct {
	Task

	Version  *Version     `json:"version,omitempty"` // nil: none is active
	Files    []TaskFile   `json:"files,omitempty"`   // of the version
	Kind     string       `json:"kind,omitempty"`    // javascript, webassembly, request, service_task, start_event or webhook
	Label    string       `json:"label,omitempty"`   // of an add-on
	Items    []any        `json:"items,omitempty"`   // the data items that it declares, as docs/TASKS.md has them
	Configs  []TaskConfig `json:"configs,omitempty"` // the settings that an add-on asks for
	Warnings []string     `json:"warnings,omitempty"`
	Failure  *Failure     `json:"failure,omitempty"` // why the version cannot be run; nil: it can

	ETag string `json:"-"` // for [Client.IfMatch]; "" in lists
}

func (t *TaskDetail) setETag(tag string) { t.ETag = tag }

// TaskFile is a file of a task.
type TaskFile struct {
	Name string `json:"name"`
	Size int    `json:"size"` // bytes
}

// TaskConfig is a setting that an add-on asks for.
type TaskConfig struct {
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	FormType string   `json:"form_type"`
	Required bool     `json:"required"`
	Choices  []string `json:"choices,omitempty"`
}

// Task returns a task with a version of it; version 0 is the active one.
func (c *Client) Task(ctx context.Context, name string, version int64) (*TaskDetail, error) {
	return ask[TaskDetail](ctx, c, request{method: http.MethodGet, path: []string{"tasks", name}, query: queryOf("version", strconv.FormatInt(version, 10))})
}

// Version is a version of a task, without its files.
type Version struct {
	Number  int64          `json:"version"`
	Main    string         `json:"main"`    // the file that is the task
	Options map[string]any `json:"options"` // as docs/SERVER.md has them
	Digest  string         `json:"digest"`  // SHA-256 of the content
	Actor   string         `json:"actor"`   // who registered it
	Created time.Time      `json:"created"`
}

// Versions returns the versions of a task, the newest first.
func (c *Client) Versions(ctx context.Context, name string) ([]*Version, error) {
	out, err := call[struct {
		Versions []*Version `json:"versions"`
	}](ctx, c, http.MethodGet, nil, "tasks", name, "versions")
	if err != nil {
		return nil, err
	}
	return out.Versions, nil
}

// DeleteVersion deletes a version of a task. The error matches [ErrConflict] if it is the active one.
func (c *Client) DeleteVersion(ctx context.Context, name string, version int64) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"tasks", name, "versions", strconv.FormatInt(version, 10)}})
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
	return c.tell(ctx, request{method: http.MethodPost, path: []string{"tasks", name, "activate"}, body: body, repeat: true})
}

// DeleteTask deletes a task with its versions.
func (c *Client) DeleteTask(ctx context.Context, name string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"tasks", name}})
}

// Hook is the URL by which others call a webhook.
type Hook struct {
	URL     string    `json:"url,omitempty"` // with its secret; only of one that has just been made
	Actor   string    `json:"actor"`         // who made it
	Created time.Time `json:"created"`
}

// Hook describes the URL of a webhook. The error matches [ErrNotFound] if none was made.
func (c *Client) Hook(ctx context.Context, task string) (*Hook, error) {
	return call[Hook](ctx, c, http.MethodGet, nil, "tasks", task, "hook")
}

// AddHook makes the URL of a webhook. One that was made before is no longer valid.
func (c *Client) AddHook(ctx context.Context, task string) (*Hook, error) {
	return call[Hook](ctx, c, http.MethodPost, nil, "tasks", task, "hook")
}

// DeleteHook makes the URL of a webhook invalid.
func (c *Client) DeleteHook(ctx context.Context, task string) error {
	return c.tell(ctx, request{method: http.MethodDelete, path: []string{"tasks", task, "hook"}})
}
