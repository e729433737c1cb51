package connection_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// recording is a Store that keeps audit events in memory.
type recording struct {
	connection.Store
	mu     sync.Mutex
	events []connection.AuditEvent
}

func (s *recording) Audit(_ context.Context, e connection.AuditEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	return nil
}

// observing is a Connector of a program that wraps another, and notes what it is given.
type observing struct {
	hostapi.BaseConnector
	wrapped hostapi.Connector
	saw     func(ctx context.Context, of hostapi.Identity)
}

func (o observing) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	o.saw(ctx, grant.Identity)
	return o.wrapped.Do(ctx, grant, req)
}

// valueKey is the context key of an embedding program.
type valueKey struct{}

// tracing is a transport that notes the value of each request's context.
type tracing struct {
	http.RoundTripper
	saw func(url string, value any)
}

func (tr tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	tr.saw(r.URL.Path, r.Context().Value(valueKey{}))
	return tr.RoundTripper.RoundTrip(r)
}

// What a task is run for reaches the Connector, the audit trail and the events of the
// connection and of the run; the values of its context reach the Connector and the
// transport, also for its token request.
func TestIdentityAndContextReachWhatATaskCauses(t *testing.T) {
	t.Parallel()
	store := &recording{Store: connection.NewMemoryStore()}
	requests := make(map[string]any)
	var states, connector []hostapi.Identity
	var value any

	set := parse(t, crm)
	config := set.Egress()
	config.Transport = tracing{memory{new(connectiontest.Provider)}, func(path string, v any) { requests[path] = v }}
	m, err := connection.NewManager(connection.Config{
		Set: set, Egress: egress.New(config), Store: store,
		OnEvent: func(e connection.Event) { states = append(states, e.Identity) },
	})
	if err != nil {
		t.Fatal(err)
	}
	engine, task := newTask(t, observing{wrapped: m, saw: func(ctx context.Context, of hostapi.Identity) {
		connector, value = append(connector, of), ctx.Value(valueKey{})
	}}, askAPI, "crm")
	var events []hostapi.Identity
	task.OnEvent = func(e runtime.Event) {
		if e.RequestEnd != nil || e.Identity == (hostapi.Identity{}) {
			events = append(events, e.Identity)
		}
	}
	task.Data = map[string]any{"q_url": "https://api.example.com/api/items"}
	task.Identity = hostapi.Identity{Tenant: "acme", Actor: "user:ada", Task: "17", Run: "17/2"}
	ctx := context.WithValue(connection.WithActor(t.Context(), "overridden"), valueKey{}, "span")
	if _, err := engine.Run(ctx, task); err != nil {
		t.Fatal(err)
	}

	want := task.Identity
	want.Script = "task.js"
	for what, got := range map[string][]hostapi.Identity{"the Connector": connector, "OnEvent of the manager": states, "OnEvent of the task": events} {
		if !slices.Equal(got, []hostapi.Identity{want}) {
			t.Errorf("%s got %+v, want once %+v", what, got, want)
		}
	}
	var actions []connection.Action
	for _, e := range store.events {
		actions = append(actions, e.Action)
		if e.Identity != want {
			t.Errorf("the audit trail has %+v, want %+v", e.Identity, want)
		}
	}
	if !slices.Equal(actions, []connection.Action{connection.ActionRefresh, connection.ActionUse}) {
		t.Errorf("the audit trail has %q", actions)
	}
	if value != "span" || requests["/token"] != "span" || requests["/api/items"] != "span" || len(requests) != 2 {
		t.Errorf("the Connector saw %v, the transport %v, want span for each", value, requests)
	}
}

// The actor of the audit trail is that of the task, else that of the context, else that
// of the Config.
func TestActorOf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		task, ctx, config, want string
	}{
		"task":    {"task", "ctx", "config", "task"},
		"context": {"", "ctx", "config", "ctx"},
		"config":  {"", "", "config", "config"},
		"none":    {"", "", "", "postern"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &recording{Store: connection.NewMemoryStore()}
			set := parse(t, crm)
			config := set.Egress()
			config.Transport = memory{new(connectiontest.Provider)}
			m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(config), Store: store, Actor: test.config})
			if err != nil {
				t.Fatal(err)
			}
			ctx := connection.WithActor(t.Context(), test.ctx)
			if got := connection.ActorFrom(ctx); got != test.ctx {
				t.Errorf("ActorFrom returned %q, want %q", got, test.ctx)
			}
			grant := &hostapi.Grant{Connections: []string{"crm"}, Identity: hostapi.Identity{Actor: test.task}}
			if _, err := m.OAuth2Token(ctx, grant, "crm"); err != nil {
				t.Fatal(err)
			}
			if len(store.events) != 1 || store.events[0].Identity.Actor != test.want {
				t.Errorf("the audit trail has %+v, want one event of %s", store.events, test.want)
			}
		})
	}
	if got := connection.ActorFrom(t.Context()); got != "" {
		t.Errorf("ActorFrom without an actor returned %q", got)
	}
}
