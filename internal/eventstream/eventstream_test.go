package eventstream_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/postern-dev/postern/internal/eventstream"
)

func serve(t *testing.T, events func(ctx context.Context) iter.Seq2[eventstream.Event, error]) *http.Response {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { eventstream.Serve(w, r, events) }))
	t.Cleanup(server.Close)
	response, err := server.Client().Get(server.URL) //nolint:noctx // ends with the server
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// Events are sent as the standard has them, until there is an error.
func TestServe(t *testing.T) {
	t.Parallel()
	response := serve(t, func(context.Context) iter.Seq2[eventstream.Event, error] { //nolint:bodyclose // closed by the cleanup of serve
		return func(yield func(eventstream.Event, error) bool) {
			_ = yield(eventstream.Event{ID: "1", Name: "log", Data: "two\nlines"}, nil) &&
				yield(eventstream.Event{Name: "odd", Data: func() {}}, nil) &&
				yield(eventstream.Event{Name: "lost"}, errors.New("the database is gone"))
		}
	})
	text, err := io.ReadAll(response.Body)
	const want = ": events\n\nid: 1\nevent: log\ndata: \"two\\nlines\"\n\n: an event cannot be shown\n\n"
	if err != nil || string(text) != want || response.Header.Get("Content-Type") != eventstream.Type || response.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%v %q, %v", response.Header, text, err)
	}
}

// When the client goes, the events end.
func TestServeEnds(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	response := serve(t, func(ctx context.Context) iter.Seq2[eventstream.Event, error] {
		return func(yield func(eventstream.Event, error) bool) {
			defer close(ended)
			for yield(eventstream.Event{Name: "first"}, nil) {
				<-ctx.Done()
			}
		}
	})
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	<-ended
}
