package server_test

import (
	"errors"
	"iter"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// recorder is a transport that records the operations of the API that are called, and refuses each.
type recorder struct {
	mu    sync.Mutex
	calls []string
}

// RoundTrip implements [http.RoundTripper].
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, router := contract()
	id := request.Method + " " + request.URL.Path
	if route, _, err := router.FindRoute(request); err == nil {
		id = route.Operation.OperationID
		for name := range request.URL.Query() {
			if route.Operation.Parameters.GetByInAndName("query", name) == nil {
				id += "?" + name
			}
		}
	}
	r.calls = append(r.calls, id)
	return &http.Response{StatusCode: http.StatusNotFound, Header: make(http.Header), Body: http.NoBody, Request: request}, nil
}

// Each operation of the OpenAPI document is a method of the Go client, and each method is an operation that exists, with
// parameters that it has.
func TestGoClientHasAllOperations(t *testing.T) {
	t.Parallel()
	transport := new(recorder)
	s := &site{T: t, url: "http://127.0.0.1:1", client: &http.Client{Transport: transport}}
	c := reflect.ValueOf(s.goClient("token"))
	for i := range c.NumMethod() {
		method := c.Method(i)
		if c.Type().Method(i).Name == "IfMatch" { // a condition of others
			continue
		}
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for j := 1; j < method.Type().NumIn(); j++ {
			args = append(args, sample(method.Type().In(j)))
		}
		for _, out := range method.Call(args) {
			if out.Kind() == reflect.Func { // an iterator
				out.Call([]reflect.Value{reflect.MakeFunc(out.Type().In(0), func([]reflect.Value) []reflect.Value { return []reflect.Value{reflect.ValueOf(false)} })})
			}
		}
	}
	document, _ := contract()
	var want []string
	for _, item := range document.Paths.Map() {
		for _, o := range item.Operations() {
			want = append(want, o.OperationID)
		}
	}
	slices.Sort(want)
	slices.Sort(transport.calls)
	if got := slices.Compact(transport.calls); !slices.Equal(got, want) {
		t.Errorf("the client calls\n%s\nand the document has\n%s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// sample returns an argument with a value in each field.
func sample(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
	case t.Kind() == reflect.String:
		v.SetString("x")
	case v.CanInt():
		v.SetInt(1)
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(sample(t.Field(i).Type))
		}
	}
	return v
}

// only returns the only element of a list.
func only[T any](t *testing.T, list iter.Seq2[T, error]) T {
	t.Helper()
	var found []T
	for v, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, v)
	}
	if len(found) != 1 {
		t.Fatalf("%d elements, want one: %+v", len(found), found)
	}
	return found[0]
}

// Users, tokens, API clients and the audit trail are managed by the Go client.
func TestGoClientAdministers(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		ctx, c := t.Context(), s.goClient(s.token(authserver.ScopeAll))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		u, err := c.AddUser(ctx, "ada@example.com", "author", "Ada")
		if err != nil || !u.Invited || u.Link == nil || !strings.HasPrefix(u.Link.URL, s.url+"/setup/") {
			t.Fatalf("%+v, %v", u, err)
		}
		_, err = c.AddUser(ctx, "ada@example.com", "author", "")
		if !errors.Is(err, client.ErrConflict) {
			t.Errorf("the same address: %v", err)
		}
		u.Role, u.Name = "viewer", "Ada L."
		if changed, err := c.ChangeUser(ctx, *u); err != nil || changed.Role != "viewer" || changed.Name != "Ada L." {
			t.Errorf("%+v, %v", changed, err)
		}
		if found := only(t, c.Users(ctx, "ada l")); found.ID != u.ID {
			t.Errorf("%+v", found)
		}
		link, err := c.ResetUser(ctx, u.ID)
		if err != nil || link.URL == u.Link.URL {
			t.Errorf("%+v, %v", link, err)
		}
		must(c.DeleteUser(ctx, u.ID))
		if _, err := c.User(ctx, "ada@example.com"); !errors.Is(err, client.ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		if e := only(t, c.Audit(ctx, client.AuditFilter{Action: "add_user", Name: "ada", From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)})); e.Actor != "ops@example.com" {
			t.Errorf("%+v", e)
		}

		token, err := c.AddToken(ctx, "laptop", "read", time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if me, err := s.goClient(token.Secret).Me(ctx); err != nil || me.Email != "ops@example.com" || !me.ReadOnly {
			t.Errorf("%+v, %v", me, err)
		}
		must(c.RevokeToken(ctx, token.ID))
		for other, err := range c.Tokens(ctx) {
			if err != nil || other.ID == token.ID {
				t.Errorf("%+v, %v", other, err)
			}
		}
		s.checkAPIClients(c)
	})
}

func (s *site) checkAPIClients(c *client.Client) {
	s.Helper()
	ctx := s.Context()
	settings := client.APIClientSettings{Name: "Billing", RedirectURIs: []string{"https://billing.example.com/callback"}}
	added, err := c.AddAPIClient(ctx, settings)
	if err != nil || added.Secret == "" || added.Endpoints["token_endpoint"] != s.url+"/oauth2/token" || !strings.Contains(added.Connection, added.ID) {
		s.Fatalf("%+v, %v", added, err)
	}
	settings.Name = "Payments"
	if changed, err := c.ChangeAPIClient(ctx, added.ID, settings); err != nil || changed.Name != "Payments" || changed.Secret != "" {
		s.Errorf("%+v, %v", changed, err)
	}
	second, err := c.AddAPIClientSecret(ctx, added.ID)
	if err != nil || second.Secret == "" || second.Secret == added.Secret || len(second.Secrets) != 2 {
		s.Fatalf("%+v, %v", second, err)
	}
	for _, err := range []error{
		c.RemoveAPIClientSecret(ctx, added.ID, added.Secrets[0].ID), c.DeactivateAPIClient(ctx, added.ID), c.ActivateAPIClient(ctx, added.ID), c.DeactivateAPIClient(ctx, added.ID),
	} {
		if err != nil {
			s.Error(err)
		}
	}
	inactive := false
	if found := only(s.T, c.APIClients(ctx, client.APIClientFilter{Search: "pay", Active: &inactive})); found.ID != added.ID {
		s.Errorf("%+v", found)
	}
	if found, err := c.APIClient(ctx, added.ID); err != nil || len(found.Secrets) != 1 || found.Active {
		s.Errorf("%+v, %v", found, err)
	}
	for session, err := range c.Sessions(ctx, added.ID, "") {
		s.Errorf("%+v, %v", session, err)
	}
	if err := c.RevokeSession(ctx, "nosuch"); !errors.Is(err, client.ErrNotFound) {
		s.Errorf("a session that does not exist: %v", err)
	}
	if err := c.DeleteAPIClient(ctx, added.ID); err != nil {
		s.Error(err)
	}
	if e := only(s.T, c.Audit(ctx, client.AuditFilter{Action: "delete_client", Name: "payments"})); e.Detail != "Payments ("+added.ID+")" {
		s.Errorf("%+v", e)
	}
}

// Versions, webhooks, files and numbers of runs are read and changed by the Go client.
func TestGoClientTasks(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		ctx, c := t.Context(), s.goClient(s.token(authserver.ScopeAll))
		for _, source := range []string{"1", `engine.setData("q_copy", engine.findData("q_file"))`} {
			_, _, err := c.Register(ctx, "copy", client.TaskVersion{Main: "copy.js", Files: map[string][]byte{"copy.js": []byte(source)}})
			if err != nil {
				t.Fatal(err)
			}
		}
		if task, err := c.Task(ctx, "copy", 0); err != nil || task.Name != "copy" || task.Version.Number != 2 || task.Kind != "javascript" || task.Files[0].Name != "copy.js" {
			t.Errorf("%+v, %v", task, err)
		}
		if err := c.DeleteVersion(ctx, "copy", 2); !errors.Is(err, client.ErrConflict) {
			t.Errorf("the active version: %v", err)
		}
		if err := c.DeleteVersion(ctx, "copy", 1); err != nil {
			t.Error(err)
		}
		if versions, err := c.Versions(ctx, "copy"); err != nil || len(versions) != 1 || versions[0].Number != 2 || versions[0].Actor != "ops@example.com" {
			t.Errorf("%+v, %v", versions, err)
		}
		files := []client.File{{Item: "q_file", Name: `a "b" ü.bin`, ContentType: "application/x-test", Content: []byte{0, 255, 1}}}
		for name, data := range map[string]map[string]any{"multipart": {"q": "1"}, "base64": {"q": strings.Repeat("a", 2<<20)}} {
			run, err := c.Start(ctx, client.RunRequest{Task: "copy", Data: data, Files: files, Wait: 30 * time.Second})
			if err == nil && !run.Ended() {
				run, err = c.Wait(ctx, run.ID)
			}
			if err != nil || run.State != "succeeded" {
				t.Fatalf("%s: %+v, %v", name, run, err)
			}
			i := slices.IndexFunc(run.Files, func(f client.RunFile) bool { return f.Item == "q_copy" })
			if i < 0 || run.Files[i].Name != files[0].Name || run.Files[i].ContentType != files[0].ContentType {
				t.Fatalf("%s: %+v", name, run.Files)
			}
			if content, err := c.RunFile(ctx, run.ID, i); err != nil || string(content) != string(files[0].Content) {
				t.Errorf("%s: %q, %v", name, content, err)
			}
		}
		stats, err := c.Stats(ctx, client.StatsQuery{Task: "copy", Interval: 24 * time.Hour})
		if err != nil || stats.Counts["succeeded"] != 2 || len(stats.Buckets) == 0 {
			t.Errorf("%+v, %v", stats, err)
		}
		addon, err := os.ReadFile("../../addon/testdata/hook.xml")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Register(ctx, "form", client.TaskVersion{
			Main: "hook.xml", Files: map[string][]byte{"hook.xml": addon}, Options: map[string]any{"settings": map[string]string{"conf_reply": "got it"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		made, err := c.AddHook(ctx, "form")
		if err != nil || !strings.HasPrefix(made.URL, s.url+"/hooks/form/") {
			t.Fatalf("%+v, %v", made, err)
		}
		if hook, err := c.Hook(ctx, "form"); err != nil || hook.URL != "" || hook.Actor != "ops@example.com" {
			t.Errorf("%+v, %v", hook, err)
		}
		if err := c.DeleteHook(ctx, "form"); err != nil {
			t.Error(err)
		}
		if _, err := c.Hook(ctx, "form"); !errors.Is(err, client.ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		added, err := c.AddSchedule(ctx, client.Schedule{Name: "s", Task: "copy", Cron: "@daily", Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		added.Enabled = false
		if changed, err := c.ChangeSchedule(ctx, *added); err != nil || changed.Enabled || len(changed.Next) > 0 {
			t.Errorf("%+v, %v", changed, err)
		}
		if err := c.ResetSchedule(ctx, added.ID); err != nil {
			t.Error(err)
		}
		if found, err := c.Schedule(ctx, added.ID); err != nil || found.Actor != "ops@example.com" {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
