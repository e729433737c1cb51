package connection_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
)

// memory carries requests to a handler without a network, so that they run in
// fake time. A handler that waits must watch the request's context.
type memory struct{ http.Handler }

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := checkBody(r); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	m.ServeHTTP(recorder, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response := recorder.Result()
	response.Request = r
	return response, nil
}

// checkBody checks that a body has its declared length, and that sending it again sends
// the same. It leaves r with a new body.
func checkBody(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if r.Body, err = r.GetBody(); err != nil {
		return err
	}
	again, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if int64(len(body)) != r.ContentLength || !bytes.Equal(body, again) {
		return fmt.Errorf("body %q, Content-Length %d, GetBody %q", body, r.ContentLength, again)
	}
	r.Body, err = r.GetBody()
	return err
}

func contextWithClient(ctx context.Context, client *http.Client) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, client)
}

// parse reads toml, which must be valid.
func parse(tb testing.TB, toml string) *connection.Set {
	tb.Helper()
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{})
	if err != nil {
		tb.Fatalf("Parse: %v", err)
	}
	return set
}

// newManager returns a Manager for toml whose every request goes to handler.
func newManager(tb testing.TB, handler http.Handler, toml string) *connection.Manager {
	tb.Helper()
	set := parse(tb, toml)
	config := set.Egress()
	config.Transport = memory{handler}
	m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(config)})
	if err != nil {
		tb.Fatalf("NewManager: %v", err)
	}
	return m
}
