package cli_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/client"
)

// A connection that someone else changes while the command edits it is not overwritten.
func TestEditChanged(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	status, _, stderr := s.command("SEKRET", nil, "connection", "add", "crm", "--template", "static", "--set", "token=env:SECRET", "--set", "hosts=a.test")
	if status != 0 {
		t.Fatalf("add: %s", stderr)
	}
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	var once sync.Once
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy.ServeHTTP(w, r)
		once.Do(func() { //nolint:contextcheck // a command has that of the test; after the command has read it
			if status, _, stderr := s.command("", nil, "connection", "edit", "crm", "--set", `hosts:=["b.test"]`, "--set", "token=env:SECRET"); status != 2 {
				t.Errorf("without a secret: %d %s", status, stderr)
			}
			if status, _, stderr := s.command("SEKRET", nil, "connection", "edit", "crm", "--set", "expires=2099-01-01T00:00:00Z"); status != 0 {
				t.Errorf("edit: %s", stderr)
			}
		})
	}))
	t.Cleanup(between.Close)
	front := *s
	front.url = between.URL
	if status, _, stderr := front.command("", nil, "connection", "edit", "crm", "--set", "sealed:=false"); status != 2 || !strings.Contains(stderr, "it was changed in the meantime") || !strings.Contains(stderr, "hint: read it again") {
		t.Errorf("edit of what was changed: %d %s", status, stderr)
	}
	if status, _, stderr := front.command("", nil, "connection", "edit", "crm", "--set", "sealed:=false"); status != 0 {
		t.Errorf("edit again: %s", stderr)
	}
	if _, stdout, _ := s.command("", nil, "connection", "show", "crm", "--json"); !strings.Contains(stdout, `"expires": "2099-01-01`) || !strings.Contains(stdout, `"sealed": false`) {
		t.Errorf("both changes: %s", stdout)
	}
}

// The log of a run looks as that of a task that runs here.
func TestRemoteLog(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	script := filepath.Join(t.TempDir(), "levels.js")
	if err := os.WriteFile(script, []byte(`console.log("a"); console.warn("b\nc")`), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := s.command("", nil, "tasks", "register", "levels", script); status != 0 {
		t.Fatalf("register: %s", stderr)
	}
	if status, _, stderr := s.command("", nil, "run", "levels"); status != 0 || !strings.Contains(stderr, "log: a\n") || !strings.Contains(stderr, "log warn: b\n          c\n") {
		t.Errorf("run: %d %s", status, stderr)
	}
	c, err := client.New(client.Config{URL: s.url, Token: func(context.Context) (string, error) { return s.token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range c.Runs(t.Context(), client.RunFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if status, stdout, stderr := s.command("", nil, "runs", "log", r.ID); status != 0 || !strings.Contains(stdout, "Z log: a\n") || !strings.Contains(stdout, "Z log warn: b\n          c\n") {
			t.Errorf("log: %d %s%s", status, stdout, stderr)
		}
		if _, stdout, _ := s.command("", nil, "runs", "log", r.ID, "--json"); !strings.Contains(stdout, `"level": "warn"`) {
			t.Errorf("log in JSON: %s", stdout)
		}
	}
}

// A task is not deleted while runs of it wait, and the error names the command that cancels them.
func TestDeleteTaskInUse(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	script := filepath.Join(t.TempDir(), "later.js")
	if err := os.WriteFile(script, []byte(`engine.log("late")`), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := s.command("", nil, "tasks", "register", "later", script); status != 0 {
		t.Fatalf("register: %s", stderr)
	}
	c, err := client.New(client.Config{URL: s.url, Token: func(context.Context) (string, error) { return s.token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Start(t.Context(), client.RunRequest{Task: "later", NotBefore: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	status, _, stderr := s.command("", nil, "tasks", "delete", "later", "--yes")
	if status != 2 || !strings.Contains(stderr, "2 runs of it have not ended") || !strings.Contains(stderr, "postern runs cancel --task") {
		t.Errorf("delete: %d %s", status, stderr)
	}
	if status, _, stderr := s.command("", nil, "runs", "cancel", "--task", "later"); status != 0 || !strings.Contains(stderr, "runs cancelled: 2\n") {
		t.Errorf("cancel: %d %s", status, stderr)
	}
	if status, _, stderr := s.command("", nil, "tasks", "delete", "later", "--yes"); status != 0 {
		t.Errorf("delete after that: %d %s", status, stderr)
	}
	if status, _, stderr := s.command("", nil, "runs", "cancel"); status != 2 || !strings.Contains(stderr, "--task") {
		t.Errorf("cancel of nothing: %d %s", status, stderr)
	}
}
