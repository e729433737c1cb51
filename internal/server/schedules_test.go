package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// A schedule without a version starts the active one with the options that it has then; a version that one names is not
// deleted, nor is a task that one starts; a task that is gone shows in the schedules that start it.
func TestScheduleFollowsTask(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		register := func(tenant string) {
			t.Helper()
			task := map[string]any{"main": "a.js", "files": map[string]any{"a.js": []byte("1")}, "options": map[string]any{"tenant": tenant, "priority": 4}}
			if r := s.api(token, http.MethodPut, "/v1/tasks/a", task, nil); r.StatusCode != http.StatusCreated && r.StatusCode != http.StatusOK {
				t.Fatalf("registered: %d", r.StatusCode)
			}
		}
		register("first")
		type schedule struct {
			ID, Problem string
			Version     int64
		}
		var follows, pinned schedule
		s.api(token, http.MethodPost, "/v1/schedules", map[string]any{"name": "follows", "task": "a", "cron": "@daily"}, &follows)
		s.api(token, http.MethodPost, "/v1/schedules", map[string]any{"name": "pinned", "task": "a", "version": 1, "cron": "@daily"}, &pinned)
		register("second")
		for id, want := range map[string]struct {
			version int64
			tenant  string
		}{follows.ID: {2, "second"}, pinned.ID: {1, "first"}} {
			var run struct {
				ID, Tenant string
				Version    int64
			}
			s.api(token, http.MethodPost, "/v1/schedules/"+id+"/start", nil, &run)
			if run.Version != want.version || run.Tenant != want.tenant {
				t.Errorf("run %+v, want version %d of %s", run, want.version, want.tenant)
			}
			s.api(token, http.MethodGet, "/v1/runs/"+run.ID+"?wait=30", nil, nil)
		}
		var problem struct{ Detail, Hint string }
		if r := s.api(token, http.MethodDelete, "/v1/tasks/a/versions/1", nil, &problem); r.StatusCode != http.StatusConflict || problem.Detail != "delete version a: the schedule pinned starts it" || problem.Hint == "" {
			t.Errorf("the pinned version is deleted: %d %+v", r.StatusCode, problem)
		}
		if r := s.api(token, http.MethodDelete, "/v1/tasks/a", nil, &problem); r.StatusCode != http.StatusConflict || problem.Detail != "delete task a: the schedule follows starts it" {
			t.Errorf("the task is deleted: %d %+v", r.StatusCode, problem)
		}
		// The form of the page keeps the version.
		_, form := s.get("/schedules/" + pinned.ID + "/edit")
		if !strings.Contains(form, `name="version" value="1"`) {
			t.Errorf("the form: %s", form)
		}
		s.post("/schedules/"+pinned.ID+"/edit", "/schedules/"+pinned.ID+"/edit", url.Values{"name": {"pinned"}, "task": {"a"}, "version": {"1"}, "cron": {"@hourly"}, "catch_up": {"one"}})
		if s.api(token, http.MethodGet, "/v1/schedules/"+pinned.ID, nil, &pinned); pinned.Version != 1 {
			t.Errorf("after the page has changed it: %+v", pinned)
		}
		s.api(token, http.MethodPost, "/v1/tasks/a/activate", map[string]any{"version": 0}, nil)
		for id, want := range map[string]string{follows.ID: "find task a: no version of the task is active", pinned.ID: ""} {
			var found schedule
			if s.api(token, http.MethodGet, "/v1/schedules/"+id, nil, &found); found.Problem != want {
				t.Errorf("the task is not active: problem %q, want %q", found.Problem, want)
			}
		}
		if _, page := s.get("/schedules/" + follows.ID); !strings.Contains(page, "no version of the task is active") {
			t.Error("the page of the schedule does not tell of it")
		}
		if r := s.api(token, http.MethodPost, "/v1/schedules/"+follows.ID+"/start", nil, &problem); r.StatusCode != http.StatusNotFound {
			t.Errorf("started all the same: %d", r.StatusCode)
		}
	})
}
