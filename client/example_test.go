package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/postern-dev/postern/client"
)

// A run is started and waited for; whatever happens to the connection, it is started once.
func ExampleClient_Start() {
	url, stop := exampleServer()
	defer stop()
	c, err := client.New(client.Config{
		URL:   url,
		Token: func(context.Context) (string, error) { return "postern_pat_…", nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	run, err := c.Start(ctx, client.RunRequest{Task: "greet", Data: map[string]any{"q_name": "Ada"}, Wait: 10 * time.Second})
	if err == nil && !run.Ended() {
		run, err = c.Wait(ctx, run.ID)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.State, run.Outcome.Data["q_out"])
	// Output: succeeded Hello, Ada
}

// The lines of a log are shown as the task writes them.
func ExampleClient_Follow() {
	url, stop := exampleServer()
	defer stop()
	c, err := client.New(client.Config{URL: url, Token: func(context.Context) (string, error) { return "postern_pat_…", nil }})
	if err != nil {
		fmt.Println(err)
		return
	}
	for entry, err := range c.Follow(context.Background(), "1", 0) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(entry.Kind, entry.Text)
	}
	// Output: log greeting Ada
}

// Lists are ranged over: further pages are fetched when they are needed.
func ExampleClient_Audit() {
	url, stop := exampleServer()
	defer stop()
	c, err := client.New(client.Config{URL: url, Token: func(context.Context) (string, error) { return "postern_pat_…", nil }})
	if err != nil {
		fmt.Println(err)
		return
	}
	for event, err := range c.Audit(context.Background(), client.AuditFilter{Actor: "ada"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(event.Actor, event.Action, event.Detail)
	}
	// Output:
	// ada@example.com delete_task greet
	// ada@example.com register_task greet
}

// Errors of the server say what to do, and have a kind.
func ExampleError() {
	url, stop := exampleServer()
	defer stop()
	c, err := client.New(client.Config{URL: url, Token: func(context.Context) (string, error) { return "postern_pat_…", nil }})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Run(context.Background(), "nosuch")
	fmt.Println(errors.Is(err, client.ErrNotFound))
	fmt.Println(err)
	// Output:
	// true
	// there is no such run
	// hint: it may have been deleted
}

// exampleServer responds as a Postern server does.
func exampleServer() (url string, stop func()) {
	mux := http.NewServeMux()
	respond := func(status int, contentType string, v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(v) // fails only if the client has gone
		}
	}
	mux.Handle("POST /v1/runs", respond(http.StatusCreated, "application/json", map[string]any{
		"id": "1", "state": "succeeded", "outcome": map[string]any{"data": map[string]any{"q_out": "Hello, Ada"}},
	}))
	mux.HandleFunc("GET /v1/runs/1/log", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "id: 1\nevent: log\ndata: {\"seq\": 1, \"kind\": \"log\", \"text\": \"greeting Ada\"}\n\nevent: end\ndata: {}\n\n")
	})
	mux.HandleFunc("GET /v1/audit", func(w http.ResponseWriter, r *http.Request) {
		page := map[string]any{"events": []any{map[string]string{"actor": "ada@example.com", "action": "delete_task", "detail": "greet"}}, "next": "c2"}
		if r.URL.Query().Get("cursor") == "c2" {
			page = map[string]any{"events": []any{map[string]string{"actor": "ada@example.com", "action": "register_task", "detail": "greet"}}}
		}
		respond(http.StatusOK, "application/json", page)(w, r)
	})
	mux.Handle("GET /v1/runs/nosuch", respond(http.StatusNotFound, "application/problem+json", map[string]any{
		"status": 404, "detail": "there is no such run", "hint": "it may have been deleted",
	}))
	server := httptest.NewServer(mux)
	return server.URL, server.Close
}
