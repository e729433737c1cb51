package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// register registers a script as a task.
func (s *site) register(token, name, code string) {
	s.Helper()
	task := map[string]any{"main": name + ".js", "files": map[string]any{name + ".js": []byte(code)}}
	if r := s.api(token, http.MethodPut, "/v1/tasks/"+name, task, nil); r.StatusCode != http.StatusCreated {
		s.Fatalf("registered %s: %d", name, r.StatusCode)
	}
}

// A schedule is added, starts a run when asked to, is replaced only as it was read, and deleted.
func TestSchedules(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		s.register(token, "greet", greeting)
		schedule := map[string]any{"name": "daily", "task": "greet", "data": map[string]any{"q_name": "Ada"}, "cron": "30 6 * * *", "zone": "America/New_York"}
		var added struct {
			ID   string
			Next []time.Time
			Data map[string]any
		}
		r := s.api(token, http.MethodPost, "/v1/schedules", schedule, &added)
		if r.StatusCode != http.StatusCreated || len(added.Next) != 5 || !added.Next[1].After(added.Next[0]) || added.Data["q_name"] != "Ada" {
			t.Fatalf("added: %d %+v", r.StatusCode, added)
		}
		path, tag := r.Header.Get("Location"), r.Header.Get("ETag")
		var run struct{ ID, State, Schedule string }
		s.api(token, http.MethodPost, path+"/start", nil, &run)
		s.api(token, http.MethodGet, "/v1/runs/"+run.ID+"?wait=30", nil, &run)
		if run.State != "succeeded" || run.Schedule != added.ID {
			t.Errorf("run: %+v", run)
		}
		if r := s.api(token, http.MethodGet, path, nil, nil, "If-None-Match", tag); r.StatusCode != http.StatusOK {
			t.Errorf("read again: %d, although the last and the next times may be others", r.StatusCode)
		}
		task := s.api(token, http.MethodGet, "/v1/tasks/greet", nil, nil).Header.Get("ETag")
		for _, tags := range []string{task, "W/" + task, `"x", ` + task, "*"} {
			if r, body := s.send(token, http.MethodGet, "/v1/tasks/greet", "", "", "If-None-Match", tags); r.StatusCode != http.StatusNotModified || body != "" || r.Header.Get("ETag") != task {
				t.Errorf("task read again with %s: %d %q", tags, r.StatusCode, body)
			}
		}
		if r, body := s.send(token, http.MethodGet, "/v1/tasks/greet", "", "", "If-None-Match", `"x"`); r.StatusCode != http.StatusOK || body == "" {
			t.Errorf("task read again with another tag: %d %q", r.StatusCode, body)
		}
		if r := s.api(token, http.MethodDelete, "/v1/schedules", nil, nil); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("all deleted: %d, Allow %s", r.StatusCode, r.Header.Get("Allow"))
		}
		schedule["enabled"] = false
		if r := s.api(token, http.MethodPut, path, schedule, nil, "If-Match", tag); r.StatusCode != http.StatusOK || r.Header.Get("ETag") == tag {
			t.Errorf("changed: %d %s", r.StatusCode, r.Header.Get("ETag"))
		}
		if r := s.api(token, http.MethodPut, path, schedule, nil, "If-Match", tag); r.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("changed as it was read before: %d", r.StatusCode)
		}
		if r := s.api(token, http.MethodPost, "/v1/schedules", schedule, nil); r.StatusCode != http.StatusConflict {
			t.Errorf("the same name: %d", r.StatusCode)
		}
		var problem struct{ Detail, Hint string }
		schedule["cron"] = "30 25 * * *"
		if r := s.api(token, http.MethodPut, path, schedule, &problem); r.StatusCode != http.StatusUnprocessableEntity || problem.Hint == "" {
			t.Errorf("a wrong expression: %d %+v", r.StatusCode, problem)
		}
		if r := s.api(token, http.MethodDelete, path, nil, nil); r.StatusCode != http.StatusNoContent {
			t.Errorf("deleted: %d", r.StatusCode)
		}
		var list struct{ Schedules []any }
		if s.api(token, http.MethodGet, "/v1/schedules", nil, &list); len(list.Schedules) != 0 {
			t.Errorf("list: %+v", list)
		}
	})
}

// An API client is registered, gets a second secret while the first one is replaced, and is deleted. Its
// secrets are shown once.
func TestClients(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	settings := map[string]any{"client_name": "Portal", "redirect_uris": []string{"https://app.example.com/callback"}, "scope": "all"}
	type client struct {
		ID         string `json:"client_id"`
		Secret     string `json:"client_secret"`
		Active     bool
		Secrets    []struct{ ID string }
		Connection string
	}
	var added, changed client
	r := s.api(token, http.MethodPost, "/v1/clients", settings, &added)
	if r.StatusCode != http.StatusCreated || added.Secret == "" || !strings.Contains(added.Connection, added.ID) || !added.Active {
		t.Fatalf("added: %d %+v", r.StatusCode, added)
	}
	path := "/v1/clients/" + added.ID
	if s.api(token, http.MethodPost, path+"/secrets", nil, &changed); changed.Secret == "" || changed.Secret == added.Secret || len(changed.Secrets) != 2 {
		t.Errorf("second secret: %+v", changed)
	}
	if r := s.api(token, http.MethodDelete, path+"/secrets/"+added.Secrets[0].ID, nil, nil); r.StatusCode != http.StatusNoContent {
		t.Errorf("first secret removed: %d", r.StatusCode)
	}
	if r := s.api(token, http.MethodDelete, path+"/secrets/"+changed.Secrets[1].ID, nil, nil); r.StatusCode != http.StatusConflict {
		t.Errorf("last secret removed: %d", r.StatusCode)
	}
	s.api(token, http.MethodPost, path+"/deactivate", nil, nil)
	var shown client
	if s.api(token, http.MethodGet, path, nil, &shown); shown.Active || shown.Secret != "" || len(shown.Secrets) != 1 {
		t.Errorf("shown: %+v", shown)
	}
	var list struct{ Clients []client }
	if s.api(token, http.MethodGet, "/v1/clients?search=port&active=false", nil, &list); len(list.Clients) != 1 {
		t.Errorf("list: %+v", list)
	}
	for query, want := range map[string]bool{"from=2000-01-01&to=2999-01-01": true, "from=2999-01-01": false, "to=2000-01-01": false, "state=active": false} {
		if _, page := s.get("/clients?" + query); strings.Contains(page, "Portal") != want {
			t.Errorf("page of clients with %s: %s", query, page)
		}
	}
	settings["token_endpoint_auth_method"], settings["pkce_optional"] = "none", true
	if r := s.api(token, http.MethodPut, path, settings, nil); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("public without PKCE: %d", r.StatusCode)
	}
	if r := s.api(token, http.MethodDelete, path, nil, nil); r.StatusCode != http.StatusNoContent {
		t.Errorf("deleted: %d", r.StatusCode)
	}
	if r := s.api(token, http.MethodGet, path, nil, nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("after it was deleted: %d", r.StatusCode)
	}
}

// A user sets a password by the link, makes a token, and can do nothing once disabled or deleted. The
// audit trail has what was done.
func TestUsers(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		operator := s.token(authserver.ScopeAll)
		var added struct {
			ID      string
			Invited bool
			Link    struct{ URL string }
		}
		r := s.api(operator, http.MethodPost, "/v1/users", map[string]any{"email": "Ada@example.com", "role": "author"}, &added)
		if r.StatusCode != http.StatusCreated || !added.Invited || !strings.HasPrefix(added.Link.URL, s.url+"/setup/") {
			t.Fatalf("added: %d %+v", r.StatusCode, added)
		}
		if r := s.api(operator, http.MethodPost, "/v1/users", map[string]any{"email": "ada@example.com", "role": "viewer"}, nil); r.StatusCode != http.StatusConflict {
			t.Errorf("the same address: %d", r.StatusCode)
		}
		_, ada, err := s.Service().Clients.CreateToken(t.Context(), authserver.User{ID: added.ID, Name: "ada"}, "first", authserver.ScopeAll, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var made struct{ ID, Token string }
		s.api(ada, http.MethodPost, "/v1/tokens", map[string]any{"name": "second", "scope": "read", "expires": time.Now().Add(time.Hour)}, &made)
		var me struct {
			Email    string
			ReadOnly bool `json:"read_only"`
		}
		if s.api(made.Token, http.MethodGet, "/v1/me", nil, &me); me.Email != "ada@example.com" || !me.ReadOnly {
			t.Errorf("me: %+v", me)
		}
		if r := s.api(ada, http.MethodDelete, "/v1/tokens/"+made.ID, nil, nil); r.StatusCode != http.StatusNoContent {
			t.Errorf("revoked: %d", r.StatusCode)
		}
		if r := s.api(made.Token, http.MethodGet, "/v1/me", nil, nil); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("after it was revoked: %d", r.StatusCode)
		}
		path := "/v1/users/" + added.ID
		settings := map[string]any{"name": "Ada", "role": "author", "disabled": true}
		s.api(operator, http.MethodPut, path, settings, nil)
		if r := s.api(ada, http.MethodGet, "/v1/me", nil, nil); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("disabled: %d", r.StatusCode)
		}
		settings["disabled"] = false
		path = "/v1/users/Ada@example.com" // as good as the ID
		s.api(operator, http.MethodPut, path, settings, nil)
		if r := s.api(ada, http.MethodGet, "/v1/me", nil, nil); r.StatusCode != http.StatusOK {
			t.Errorf("enabled again: %d", r.StatusCode)
		}
		if r := s.api(operator, http.MethodDelete, path, nil, nil); r.StatusCode != http.StatusNoContent {
			t.Errorf("deleted: %d", r.StatusCode)
		}
		if r := s.api(ada, http.MethodGet, "/v1/me", nil, nil); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("after the user was deleted: %d", r.StatusCode)
		}
		if r := s.api(operator, http.MethodGet, path, nil, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("the deleted user: %d", r.StatusCode)
		}
		if tokens, err := s.Service().Clients.Tokens(t.Context(), added.ID, authserver.Page{}); err != nil || len(tokens.Items) != 0 {
			t.Errorf("tokens of the deleted user: %+v, %v", tokens, err)
		}
		var self struct{ ID string }
		s.api(operator, http.MethodGet, "/v1/users/ops@example.com", nil, &self)
		for _, key := range []string{self.ID, "ops@example.com"} {
			if r := s.api(operator, http.MethodDelete, "/v1/users/"+key, nil, nil); r.StatusCode != http.StatusConflict {
				t.Errorf("the last operator deleted: %d", r.StatusCode)
			}
		}
		s.checkAudit(operator)
	})
}

// checkAudit checks that pages of the audit trail have each event once.
func (s *site) checkAudit(token string) {
	s.Helper()
	type trail struct {
		Events []struct{ Action, Actor, Detail string }
		Next   string
	}
	var whole trail
	s.api(token, http.MethodGet, "/v1/audit", nil, &whole)
	var actions []string
	for path := "/v1/audit?limit=1"; path != ""; {
		var page trail
		s.api(token, http.MethodGet, path, nil, &page)
		path = ""
		if page.Next != "" {
			path = "/v1/audit?limit=1&cursor=" + page.Next
		}
		for _, e := range page.Events {
			actions = append(actions, e.Action)
		}
	}
	for filter, want := range map[string]string{
		"actor=OPS&action=add_user": "add_user", "name=ada": "delete_user change_user change_user add_user", "action=change_user": "change_user change_user", "actor=stranger": "", "name=100%25": "",
	} {
		var page trail
		s.api(token, http.MethodGet, "/v1/audit?"+filter, nil, &page)
		var got []string
		for _, e := range page.Events {
			got = append(got, e.Action)
		}
		if strings.Join(got, " ") != want {
			s.Errorf("audit?%s: %q, want %q", filter, got, want)
		}
	}
	const want = "delete_user change_user change_user revoke_token add_token add_user set_up"
	if got := strings.Join(actions, " "); got != want || len(whole.Events) != len(actions) {
		s.Errorf("audit trail: %s; whole: %+v", got, whole)
	}
	if e := whole.Events[len(whole.Events)-2]; e.Actor != "ops@example.com" || e.Detail != "ada@example.com" {
		s.Errorf("added: %+v", e)
	}
}

// Runs are counted by state, and by when they ended.
func TestStats(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "spin", "for (const end = Date.now() + 5; Date.now() < end;) {}")
	s.register(token, "fail", "throw new Error('no')")
	for _, task := range []string{"spin", "spin", "fail"} {
		s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": task}, nil)
	}
	var stats struct {
		Counts  map[string]int
		Buckets []struct {
			Succeeded, Failed int
			P50               float64 `json:"p50_s"`
		}
	}
	s.api(token, http.MethodGet, "/v1/stats?interval=86400", nil, &stats)
	if stats.Counts["succeeded"] != 2 || stats.Counts["failed"] != 1 || len(stats.Buckets) == 0 || stats.Buckets[len(stats.Buckets)-1].P50 <= 0 {
		t.Errorf("%+v", stats)
	}
	if r := s.api(token, http.MethodGet, "/v1/stats?interval=1", nil, nil); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("too many intervals: %d", r.StatusCode)
	}
}
