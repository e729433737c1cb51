package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/internal/service"
)

type hookDetail struct {
	URL     string    `json:"url,omitempty" doc:"with its secret, which is shown only now"`
	Actor   string    `json:"actor" doc:"who made it"`
	Created time.Time `json:"created"`
}

func (a *api) addHooks() {
	tags := huma.OperationTags("tasks")
	type hookOutput struct{ Body hookDetail }
	output := func(h service.Hook, err error) (*hookOutput, error) {
		if err != nil {
			return nil, a.failed(err)
		}
		return &hookOutput{hookDetail{h.URL, h.Actor, h.Created}}, nil
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/tasks/{name}/hook", "get-hook", "Describe the URL of a webhook", tags), func(ctx context.Context, in *TaskName) (*hookOutput, error) {
		return output(a.TaskHook(ctx, callerOf(ctx), in.Name))
	})
	add := a.operation(http.MethodPost, "/v1/tasks/{name}/hook", "add-hook", "Make the URL of a webhook; one that was made before is no longer valid", tags)
	add.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, add, func(ctx context.Context, in *TaskName) (*hookOutput, error) {
		return output(a.AddHook(ctx, callerOf(ctx), in.Name))
	})
	huma.Register(a.huma, a.operation(http.MethodDelete, "/v1/tasks/{name}/hook", "delete-hook", "Make the URL of a webhook invalid", tags), func(ctx context.Context, in *TaskName) (*struct{}, error) {
		if err := a.DeleteHook(ctx, callerOf(ctx), in.Name); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})
}

const (
	maxHookBody = 8 << 20
	hookWait    = 30 * time.Second
)

// Hooks returns the handler of POST /hooks/{task}/{secret}, which runs a webhook and responds
// what the add-on does. A run that takes longer than 30 s goes on, and the response is 202.
func Hooks(cfg Config) http.Handler {
	a := &api{Service: cfg.Service, log: cfg.Log}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/{task}/{secret}", a.callHook)
	mux.HandleFunc("/hooks/{task}/{secret}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", http.MethodPost)
		write(w, problem{Status: http.StatusMethodNotAllowed, Detail: "a webhook takes POST alone"})
	})
	mux.HandleFunc("/hooks/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, problem{Status: http.StatusNotFound, Detail: "there is no webhook with this URL"})
	})
	return mux
}

func (a *api) callHook(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	// What an add-on returns must not act in the name of a user who is signed in here.
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
	if err != nil {
		p := problem{Status: http.StatusBadRequest, Detail: "the body cannot be read"}
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			p = problem{Status: http.StatusRequestEntityTooLarge, Detail: "the body has more than 8 MiB"}
		}
		write(w, p)
		return
	}
	task := r.PathValue("task")
	url := "/hooks/" + task // the run is stored, and must not have the secret
	if r.URL.RawQuery != "" {
		url += "?" + r.URL.RawQuery
	}
	header := r.Header.Clone()
	header.Del("Cookie")
	reply, run, err := a.CallHook(r.Context(), task, r.PathValue("secret"), service.WebhookRequest{
		Method: r.Method, URL: url, Header: header, Body: body,
	}, hookWait)
	switch {
	case err != nil && run != nil:
		a.log.WarnContext(r.Context(), "a webhook failed", "task", task, "run", run.ID, "err", err)
		write(w, problem{Status: http.StatusInternalServerError, Detail: "the task failed; the run " + run.ID + " says why"})
	case err != nil:
		a.refuse(w, r, err)
	case reply == nil:
		w.WriteHeader(http.StatusAccepted)
	default:
		if reply.ContentType != "" {
			h.Set("Content-Type", reply.ContentType)
		}
		w.WriteHeader(reply.Status)
		_, _ = w.Write(reply.Body) //nolint:gosec // a browser shows it in a sandbox; fails only if the client has gone
	}
}
