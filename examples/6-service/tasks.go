package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// task is a task that runs.
type task struct {
	tenant string
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when its result is recorded
}

// order asks for a task.
type order struct {
	Script      string            `json:"script"`
	Connections []string          `json:"connections"`
	Data        map[string]any    `json:"data"`
	Files       map[string]string `json:"files"` // by data item, the name of a file of the tenant
}

// result is what became of a task.
type result struct {
	State string         `json:"state"` // "running", "done", "failed" or "canceled"
	Data  map[string]any `json:"data,omitempty"`
	Error *failure       `json:"error,omitempty"`
}

// failure is an error as a caller sees it. The text holds no secret.
type failure struct {
	Code    hostapi.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
	Retry   bool         `json:"retry,omitempty"` // it may succeed later
}

func failureOf(err error) *failure {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return &failure{Code: e.Code, Message: e.Error(), Hint: e.Hint, Retry: e.Temporary()}
	}
	return &failure{Code: hostapi.CodeOf(err), Message: err.Error()}
}

// errByCaller is the cause of the cancellation of a task.
var errByCaller = errors.New("cancelled by its caller")

func (s *service) postTask(w http.ResponseWriter, r *http.Request) error {
	var o order
	if err := decode(w, r, &o); err != nil {
		return err
	}
	id, err := s.start(r, o)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/tenants/"+r.PathValue("tenant")+"/tasks/"+id)
	respond(w, http.StatusAccepted, map[string]string{"task": id})
	return nil
}

// identity says for whom a request runs something.
func identity(r *http.Request, id string) hostapi.Identity {
	return hostapi.Identity{Tenant: r.PathValue("tenant"), Actor: r.Header.Get("X-User"), Task: id, Run: id}
}

// start starts a task for the tenant of r, and returns its id. The task does not end with r.
func (s *service) start(r *http.Request, o order) (id string, err error) {
	tenant := r.PathValue("tenant")
	script, ok := s.scripts.get(o.Script)
	if !ok {
		return "", notFound("script")
	}
	if o.Data == nil {
		o.Data = map[string]any{}
	}
	for item, name := range o.Files {
		if o.Data[item], err = s.file(tenant, name); err != nil {
			return "", err
		}
	}
	id = rand.Text()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	t := &task{tenant: tenant, cancel: cancel, done: make(chan struct{})}
	_ = s.running.put(id, func(*task, bool) (*task, error) { return t, nil })
	s.ending.Go(func() {
		defer close(t.done)
		defer s.running.remove(id)
		defer cancel(nil)
		got, err := s.engine.Run(ctx, runtime.Task{
			Script: script, Identity: identity(r, id), Data: o.Data, Connections: o.Connections,
		})
		s.record(ctx, id, tenant, got, err)
	})
	return id, nil
}

// record stores the result of a task.
func (s *service) record(ctx context.Context, id, tenant string, got *runtime.Result, err error) {
	end := result{State: "done", Data: got.Data}
	switch {
	case errors.Is(err, errByCaller), errors.Is(err, hostapi.ErrClosed):
		end.State, end.Error = "canceled", failureOf(err)
	case err != nil:
		end.State, end.Error = "failed", failureOf(err)
	}
	text, err := json.Marshal(end)
	if err == nil {
		_, err = s.db.ExecContext(context.WithoutCancel(ctx), "INSERT INTO results VALUES (?, ?, ?)", id, tenant, text)
	}
	if err != nil {
		s.log.Error("result lost", "task", id, "err", err)
	}
}

// getTask responds with the state of a task; with ?wait, when it has ended.
func (s *service) getTask(w http.ResponseWriter, r *http.Request) error {
	id, tenant := r.PathValue("id"), r.PathValue("tenant")
	if t, ok := s.running.get(id); ok && t.tenant == tenant {
		if !r.URL.Query().Has("wait") {
			respond(w, http.StatusOK, result{State: "running"})
			return nil
		}
		select {
		case <-t.done:
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	var text []byte
	row := s.db.QueryRowContext(r.Context(), "SELECT result FROM results WHERE task = ? AND tenant = ?", id, tenant)
	if err := row.Scan(&text); err != nil {
		return notFound("task")
	}
	respond(w, http.StatusOK, json.RawMessage(text))
	return nil
}

func (s *service) deleteTask(w http.ResponseWriter, r *http.Request) error {
	t, ok := s.running.get(r.PathValue("id"))
	if !ok || t.tenant != r.PathValue("tenant") {
		return notFound("task in progress")
	}
	t.cancel(errByCaller)
	w.WriteHeader(http.StatusAccepted)
	return nil
}
