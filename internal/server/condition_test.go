package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// editable is something that can be changed, by the API and by a form.
type editable struct {
	path         string // of the API
	first, other map[string]any
	page         string     // with the form; it is the path of the form too
	form         url.Values // what is entered
}

// editables adds one of each kind.
func (s *site) editables(token string) map[string]editable {
	s.Helper()
	all := map[string]editable{
		"connection": {
			path:  "/v1/connections/a%20b",
			first: map[string]any{"grant": "static", "token": "SEKRET", "hosts": []string{"a.test"}},
			other: map[string]any{"grant": "static", "token": "SEKRET", "hosts": []string{"a.test", "b.test"}},
			page:  "/connections/a%20b/edit", form: url.Values{"key.hosts": {"typed.test"}, "key.token": {"SEKRET"}},
		},
		"task": {
			path:  "/v1/tasks/greet",
			first: map[string]any{"main": "a.js", "files": map[string][]byte{"a.js": []byte("1")}},
			other: map[string]any{"main": "a.js", "files": map[string][]byte{"a.js": []byte("2")}},
			page:  "/tasks/greet/edit", form: url.Values{"main": {"a.js"}, "source": {"'typed'"}},
		},
	}
	for _, kind := range []string{"connection", "task"} {
		if r := s.api(token, http.MethodPut, all[kind].path, all[kind].first, nil); r.StatusCode != http.StatusCreated {
			s.Fatalf("%s: %d", kind, r.StatusCode)
		}
	}
	var added struct {
		ID     string
		Client string `json:"client_id"`
	}
	settings := func(name string) map[string]any {
		return map[string]any{"client_name": name, "redirect_uris": []string{"https://app.test/callback"}}
	}
	s.api(token, http.MethodPost, "/v1/clients", settings("one"), &added)
	all["client"] = editable{
		path: "/v1/clients/" + added.Client, first: settings("one"), other: settings("two"), page: "/clients/" + added.Client + "/edit",
		form: url.Values{"name": {"typed"}, "redirect_uris": {"https://app.test/callback"}, "auth_method": {"client_secret_post"}, "scope": {"read"}},
	}
	s.api(token, http.MethodPost, "/v1/users", map[string]any{"email": "ada@example.com", "role": "viewer"}, &added)
	all["user"] = editable{
		path: "/v1/users/" + added.ID, first: map[string]any{"name": "Ada", "role": "viewer", "disabled": false},
		other: map[string]any{"name": "Ada", "role": "author", "disabled": false}, page: "/users/" + added.ID,
		form: url.Values{"name": {"typed"}, "role": {"viewer"}},
	}
	schedule := func(name string) map[string]any {
		return map[string]any{"name": name, "task": "greet", "every_s": 3600}
	}
	s.api(token, http.MethodPost, "/v1/schedules", schedule("one"), &added)
	all["schedule"] = editable{
		path: "/v1/schedules/" + added.ID, first: schedule("one"), other: schedule("two"), page: "/schedules/" + added.ID + "/edit",
		form: url.Values{"name": {"typed"}, "task": {"greet"}, "every": {"2h"}, "catch_up": {"one"}},
	}
	return all
}

// Whatever can be changed is changed only in the state that If-Match names, and always without it.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		all := s.editables(token)
		for _, kind := range []string{"connection", "client", "user", "schedule", "task"} { // the schedule needs the task
			e := all[kind]
			tag := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag")
			if again := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag"); tag == "" || again != tag {
				t.Errorf("%s has the ETag %s, and then %s", kind, tag, again)
			}
			r := s.api(token, http.MethodPut, e.path, e.other, nil, "If-Match", tag)
			if r.StatusCode != http.StatusOK || r.Header.Get("ETag") == tag {
				t.Errorf("%s changed: %d, ETag %s", kind, r.StatusCode, r.Header.Get("ETag"))
			}
			changed := r.Header.Get("ETag")
			var problem struct{ Detail, Hint string }
			for _, method := range []string{http.MethodPut, http.MethodDelete} {
				for _, old := range []string{tag, "W/" + changed, "garbage"} {
					body := e.first
					if method == http.MethodDelete {
						body = nil
					}
					r := s.api(token, method, e.path, body, &problem, "If-Match", old)
					if r.StatusCode != http.StatusPreconditionFailed || !strings.Contains(problem.Detail, "it was changed in the meantime") || problem.Hint == "" ||
						r.Header.Get("Content-Type") != "application/problem+json" {
						t.Errorf("%s %s with %s: %d %+v", method, kind, old, r.StatusCode, problem)
					}
				}
			}
			if now := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag"); now != changed {
				t.Errorf("%s has the ETag %s, want %s", kind, now, changed)
			}
			for _, header := range [][]string{nil, {"If-Match", "*"}} {
				if r := s.api(token, http.MethodPut, e.path, e.first, nil, header...); r.StatusCode != http.StatusOK {
					t.Errorf("%s with %v: %d", kind, header, r.StatusCode)
				}
			}
			now := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag")
			if kind == "task" {
				s.api(token, http.MethodDelete, all["schedule"].path, nil, nil)
			}
			if kind == "schedule" {
				continue
			}
			if r := s.api(token, http.MethodDelete, e.path, nil, nil, "If-Match", `"x", `+now); r.StatusCode != http.StatusNoContent {
				t.Errorf("%s deleted: %d", kind, r.StatusCode)
			}
			if kind == "connection" || kind == "task" {
				if r := s.api(token, http.MethodPut, e.path, e.first, nil, "If-Match", now); r.StatusCode != http.StatusPreconditionFailed {
					t.Errorf("%s changed after it was deleted: %d", kind, r.StatusCode)
				}
			}
		}
	})
}

// A state of the connection, which the server notes by itself, is neither hidden by a 304 nor a change of the settings.
func TestETagOfSettings(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	var added map[string]any
	if r := s.api(token, http.MethodPut, "/v1/connections/crm", map[string]any{
		"grant": "authorization_code", "client_id": "demo", "token_endpoint": "https://as.test/token", "authorization_endpoint": "https://as.test/authorize", "hosts": []string{"a.test"},
		"token_endpoint_auth_method": "none",
	}, &added); r.StatusCode != http.StatusCreated {
		t.Fatalf("added: %d %v", r.StatusCode, added)
	}
	tag := s.api(token, http.MethodGet, "/v1/connections/crm", nil, nil).Header.Get("ETag")
	s.api(token, http.MethodPut, "/v1/connections/crm/tokens", map[string]any{"access_token": "SEKRET"}, nil)
	var found struct{ State string }
	r := s.api(token, http.MethodGet, "/v1/connections/crm", nil, &found, "If-None-Match", tag)
	if r.StatusCode != http.StatusOK || found.State != "ready" || r.Header.Get("ETag") != tag {
		t.Errorf("with tokens: %d %+v, ETag %s, before %s", r.StatusCode, found, r.Header.Get("ETag"), tag)
	}
}

// Of several that change the same state at once, one does.
func TestIfMatchAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		for kind, e := range s.editables(token) {
			tag := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag")
			statuses := make([]int, 6)
			var wg sync.WaitGroup
			for i := range statuses {
				wg.Go(func() { statuses[i] = s.api(token, http.MethodPut, e.path, e.other, nil, "If-Match", tag).StatusCode })
			}
			wg.Wait()
			slices.Sort(statuses)
			if got := fmt.Sprint(statuses); got != "[200 412 412 412 412 412]" {
				t.Errorf("%s: %s", kind, got)
			}
		}
	})
}

var formTag = regexp.MustCompile(`name="etag" value="([^"]*)"`)

// A form that was shown before a change by someone else is not saved over it unseen, and loses nothing.
func TestFormOfChanged(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	for kind, e := range s.editables(token) {
		_, page := s.get(e.page)
		old := formTag.FindStringSubmatch(page)
		if old == nil {
			t.Errorf("the form of a %s has no ETag: %s", kind, page)
			continue
		}
		s.api(token, http.MethodPut, e.path, e.other, nil)
		before := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag")
		e.form.Set("etag", strings.ReplaceAll(old[1], "&#34;", `"`))
		status, page := s.post(e.page, e.page, e.form)
		if status != http.StatusConflict || !strings.Contains(page, "changed in the meantime") || !strings.Contains(page, "typed") || !strings.Contains(page, `target="_blank"`) {
			t.Errorf("%s: %d %s", kind, status, page)
		}
		if strings.Contains(page, "SEKRET") {
			t.Errorf("the page of a %s has a secret", kind)
		}
		if after := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag"); after != before {
			t.Errorf("a %s was changed all the same", kind)
		}
		present := formTag.FindStringSubmatch(page)
		if present == nil {
			t.Fatalf("the form of a %s has no ETag any more: %s", kind, page)
		}
		e.form.Set("etag", strings.ReplaceAll(present[1], "&#34;", `"`))
		if status, page := s.post(e.page, e.page, e.form); status != http.StatusOK {
			t.Errorf("%s saved again: %d %s", kind, status, page)
		}
		if after := s.api(token, http.MethodGet, e.path, nil, nil).Header.Get("ETag"); after == before {
			t.Errorf("the %s was not changed", kind)
		}
	}
}

// A program of Go changes what it has read.
func TestClientIfMatch(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	ctx, c := t.Context(), s.goClient(s.token(authserver.ScopeAll))
	if _, err := c.AddUser(ctx, "ada@example.com", "viewer", ""); err != nil {
		t.Fatal(err)
	}
	first, err := c.User(ctx, "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	second := *first
	second.Role = "author"
	changed, err := c.IfMatch(second.ETag).ChangeUser(ctx, second)
	if err != nil || changed.ETag == "" || changed.ETag == first.ETag {
		t.Fatalf("changed: %+v, %v", changed, err)
	}
	first.Name = "Ada"
	if _, err := c.IfMatch(first.ETag).ChangeUser(ctx, *first); !errors.Is(err, client.ErrChanged) || !errors.Is(err, client.ErrConflict) {
		t.Errorf("changed from an old state: %v", err)
	}
	if err := c.IfMatch(first.ETag).DeleteUser(ctx, first.ID); !errors.Is(err, client.ErrChanged) {
		t.Errorf("deleted from an old state: %v", err)
	}
	if _, err := c.ChangeUser(ctx, *first); err != nil {
		t.Errorf("without a condition: %v", err)
	}
}
