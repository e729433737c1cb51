package hostapitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

func TestConnector(t *testing.T) {
	t.Parallel()
	c := &hostapitest.Connector{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("X-Method", r.Method)
			w.WriteHeader(http.StatusTeapot)
			w.Write(slices.Concat([]byte(r.Header.Get("Authorization")+" "), body))
		}),
		Tokens: map[string]string{"crm": "token"},
	}
	grant := &hostapi.Grant{Connections: []string{"crm"}}
	resp, err := c.Do(t.Context(), grant, &hostapi.Request{Method: "POST", URL: "https://a.test/x", Body: []byte("body"), AuthSetting: "crm"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(resp.Body), "Bearer token body"; resp.Status != http.StatusTeapot || got != want || resp.Header.Get("X-Method") != "POST" {
		t.Errorf("answer %d %v %q, want 418 and %q", resp.Status, resp.Header, got, want)
	}
	if _, err := c.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://a.test/y"}); err != nil {
		t.Fatal(err)
	}
	requests := c.Requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests, want 2", len(requests))
	}
	for _, want := range []string{"POST /x HTTP/1.1\r\n", "Host: a.test\r\n", "Authorization: Bearer token\r\n", "\r\n\r\nbody"} {
		if !strings.Contains(requests[0], want) {
			t.Errorf("first request %q, want %q in it", requests[0], want)
		}
	}
	if want := "GET /y HTTP/1.1\r\n"; !strings.HasPrefix(requests[1], want) {
		t.Errorf("second request %q, want %q", requests[1], want)
	}
	requests[0] = "changed"
	if c.Requests()[0] == "changed" {
		t.Error("Requests shares its memory")
	}
}

func TestConnectorErrors(t *testing.T) {
	t.Parallel()
	reached := 0
	c := &hostapitest.Connector{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }),
		Tokens:  map[string]string{"crm": "token"},
	}
	granted := &hostapi.Grant{Connections: []string{"crm", "lost"}}
	get := func(setting string) *hostapi.Request {
		return &hostapi.Request{Method: "GET", URL: "http://a.test/", AuthSetting: setting}
	}
	tests := []struct {
		name  string
		grant *hostapi.Grant
		req   *hostapi.Request
		want  hostapi.Code
	}{
		{"unknown connection", granted, get("lost"), hostapi.CodeUnknownConnection},
		{"not granted", &hostapi.Grant{}, get("crm"), hostapi.CodeDenied},
		{"malformed", granted, &hostapi.Request{Method: "GET", URL: "a.test"}, hostapi.CodeInvalidArgument},
	}
	for _, tt := range tests {
		if _, err := c.Do(t.Context(), tt.grant, tt.req); hostapi.CodeOf(err) != tt.want {
			t.Errorf("%s: error %v, want code %s", tt.name, err, tt.want)
		}
		if name := tt.req.AuthSetting; name != "" {
			if token, err := c.OAuth2Token(t.Context(), tt.grant, name); token != "" || hostapi.CodeOf(err) != tt.want {
				t.Errorf("%s: token %q, error %v, want code %s", tt.name, token, err, tt.want)
			}
		}
	}
	if reached != 0 || len(c.Requests()) != 0 {
		t.Errorf("%d requests reached the handler, %d were kept, want none", reached, len(c.Requests()))
	}
	if token, err := c.OAuth2Token(t.Context(), granted, "crm"); token != "token" || err != nil {
		t.Errorf("token %q, %v", token, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, granted, get("")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after cancelling, want context.Canceled", err)
	}
	if _, err := new(hostapitest.Connector).Do(t.Context(), granted, get("")); hostapi.CodeOf(err) != hostapi.CodeNetwork {
		t.Errorf("error %v without a handler, want code network", err)
	}
}

func TestConnectorIsShared(t *testing.T) {
	t.Parallel()
	c := &hostapitest.Connector{Handler: hostapitest.Text(http.StatusOK, "text/plain", "ok")}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := c.Do(t.Context(), &hostapi.Grant{}, &hostapi.Request{Method: "GET", URL: "http://a.test/"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(c.Requests()); got != 160 {
		t.Errorf("%d requests, want 160", got)
	}
}
