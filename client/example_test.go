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
	mux.Handle("GET /v1/runs/nosuch", respond(http.StatusNotFound, "application/problem+json", map[string]any{
		"status": 404, "detail": "there is no such run", "hint": "it may have been deleted",
	}))
	server := httptest.NewServer(mux)
	return server.URL, server.Close
}
