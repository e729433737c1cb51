package service

import (
	"context"
	"strconv"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/taskfile"
)

// TaskDetail is a task with a version of it.
type TaskDetail struct {
	Task       catalog.Task
	Definition catalog.Definition // with its files; its Version is 0 if none is active
	Kind       TaskKind
	Plain      bool           // a script alone
	Items      []hostapi.Item // nil: any
	Configs    []addon.Config // of an add-on
	Label      string         // of an add-on
	Warnings   []string
	Failure    error // why the version cannot be run, for example after an update of the server
}

// TaskKind is what a task is.
type TaskKind string

// The kinds.
const (
	JavaScript  TaskKind = "javascript"
	WebAssembly TaskKind = "webassembly"
	Request     TaskKind = "request" // a task file with [request]
	ServiceTask TaskKind = "service_task"
	StartEvent  TaskKind = "start_event"
	Webhook     TaskKind = "webhook"
)

// Tasks returns at most limit tasks whose names contain text, by name, beginning after a
// name.
func (s *Service) Tasks(ctx context.Context, caller Caller, text, after string, limit int) ([]catalog.Task, error) {
	if err := caller.mayRead("list tasks", accounts.Viewer); err != nil {
		return nil, err
	}
	return s.Catalog.Tasks(ctx, text, after, limit)
}

// Task returns a task with that version of it; version 0 is the active one.
func (s *Service) Task(ctx context.Context, caller Caller, name string, version int64) (*TaskDetail, error) {
	if err := caller.mayRead("find task", accounts.Viewer); err != nil {
		return nil, err
	}
	t, err := s.Catalog.Task(ctx, name)
	if err != nil {
		return nil, err
	}
	detail := &TaskDetail{Task: t}
	if version == 0 {
		version = t.Active
	}
	if version == 0 {
		return detail, nil
	}
	if detail.Definition, err = s.Catalog.Definition(ctx, name, version); err != nil {
		return nil, err
	}
	loaded, err := s.Loader.Load(ctx, name, version)
	if err != nil {
		detail.Failure = err
		return detail, nil //nolint:nilerr // part of the result
	}
	detail.Kind, detail.Plain, detail.Items, detail.Warnings = KindOf(loaded), loaded.IsPlain(), loaded.Items(), loaded.Warnings
	if loaded.Addon != nil {
		d := loaded.Addon.Definition()
		detail.Configs, detail.Label, detail.Items = d.Configs, d.Label.In("en"), loaded.Definition.Options.Items
	}
	return detail, nil
}

// KindOf returns what a task is.
func KindOf(t *catalog.Loaded) TaskKind {
	switch {
	case t.Addon == nil && t.IsRequest():
		return Request
	case t.Addon == nil && taskfile.Extension(t.ScriptName()) == "wasm":
		return WebAssembly
	case t.Addon == nil:
		return JavaScript
	}
	switch t.Addon.Definition().Type {
	case addon.StartEvent, addon.StartEventTimer:
		return StartEvent
	case addon.StartEventWebhook:
		return Webhook
	}
	return ServiceTask
}

// Versions returns the versions of a task without their files, the newest first.
func (s *Service) Versions(ctx context.Context, caller Caller, name string) ([]catalog.Definition, error) {
	if err := caller.mayRead("list versions", accounts.Viewer); err != nil {
		return nil, err
	}
	if _, err := s.Catalog.Task(ctx, name); err != nil {
		return nil, err
	}
	return s.Catalog.Versions(ctx, name)
}

// Register checks and stores a version of a task, and makes it the active one.
func (s *Service) Register(ctx context.Context, caller Caller, d catalog.Definition, match etag.Match) (catalog.Definition, []string, error) {
	if err := caller.may("register task", accounts.Author); err != nil {
		return catalog.Definition{}, nil, err
	}
	d.Actor = caller.Actor()
	loaded, err := s.Loader.Check(ctx, d)
	if err != nil {
		return catalog.Definition{}, nil, err
	}
	d, err = s.Catalog.Register(ctx, d, catalog.API, match)
	if err != nil {
		return catalog.Definition{}, nil, err
	}
	s.record(ctx, caller, actionRegisterTask, d.Name)
	return d, loaded.Warnings, nil
}

// Activate makes a version of a task the active one; version 0 deactivates the task.
func (s *Service) Activate(ctx context.Context, caller Caller, name string, version int64) error {
	if err := caller.may("activate task", accounts.Author); err != nil {
		return err
	}
	if err := s.Catalog.Activate(ctx, name, version); err != nil {
		return err
	}
	s.record(ctx, caller, actionActivateTask, name)
	return nil
}

// DeleteVersion deletes a version of a task that is not the active one.
func (s *Service) DeleteVersion(ctx context.Context, caller Caller, name string, version int64) error {
	if err := caller.may("delete version", accounts.Author); err != nil {
		return err
	}
	if err := s.Catalog.DeleteVersion(ctx, name, version); err != nil {
		return err
	}
	s.record(ctx, caller, actionDeleteVersion, name+" "+strconv.FormatInt(version, 10))
	return nil
}

// DeleteTask deletes a task with its versions.
func (s *Service) DeleteTask(ctx context.Context, caller Caller, name string, match etag.Match) error {
	if err := caller.may("delete task", accounts.Author); err != nil {
		return err
	}
	if err := s.Catalog.Delete(ctx, name, match); err != nil {
		return err
	}
	s.record(ctx, caller, actionDeleteTask, name)
	return s.deleteHook(ctx, "delete task", name)
}
