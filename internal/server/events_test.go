package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// send sends a request to the API as it is, and returns the response.
func (s *site) send(token, method, path, contentType, body string, headers ...string) (*http.Response, string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response, string(text)
}

// A run that failed keeps its log and usage, and not the data it was given.
func TestFailedRun(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "fail", `function main() { engine.log("before"); throw new Error("no stock"); }`)
	var run struct {
		State   string
		Outcome struct {
			Data  map[string]any
			Logs  []struct{ Text string }
			Usage struct {
				Wall float64 `json:"wall_ms"`
			}
		}
		Error struct{ Message string }
	}
	s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "fail", "data": map[string]any{"q_a": "given"}}, &run)
	if run.State != "failed" || !strings.Contains(run.Error.Message, "no stock") || len(run.Outcome.Logs) != 1 || run.Outcome.Usage.Wall <= 0 || len(run.Outcome.Data) != 0 {
		t.Errorf("%+v", run)
	}
}

// The log of a run is sent as events, from where the client was, and the last one has the run.
func TestFollow(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "count", `function main() { for (const n of [1, 2, 3]) engine.log("line " + n); }`)
	var run struct{ ID string }
	s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "count"}, &run)
	path := "/v1/runs/" + run.ID + "/log"
	r, text := s.send(token, http.MethodGet, path, "", "", "Accept", "text/event-stream")
	if r.Header.Get("Content-Type") != "text/event-stream" || strings.Count(text, "event: log\n") != 3 || !strings.Contains(text, "event: end\n") || !strings.Contains(text, `"state":"succeeded"`) {
		t.Fatalf("%v %s", r.Header, text)
	}
	_, rest, _ := strings.Cut(text, "id: ")
	first, _, _ := strings.Cut(rest, "\n")
	if _, text := s.send(token, http.MethodGet, path, "", "", "Accept", "text/event-stream", "Last-Event-ID", first); strings.Count(text, "event: log\n") != 2 {
		t.Errorf("after %s: %s", first, text)
	}
	if r, _ := s.send(token, http.MethodGet, "/v1/runs/nosuch/log", "", "", "Accept", "text/event-stream"); r.StatusCode != http.StatusNotFound {
		t.Errorf("unknown run: %d", r.StatusCode)
	}
	if r, _ := s.send("", http.MethodGet, path, "", "", "Accept", "text/event-stream"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("no token: %d", r.StatusCode)
	}
}

// The page of a run learns at once that there is more to show, and that the run has ended.
func TestFollowPage(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "count", `function main() { for (const n of [1, 2, 3]) engine.log("line " + n); }`)
	var run struct{ ID string }
	s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "count"}, &run)
	path := "/runs/" + run.ID + "/events"
	r, text := s.send("", http.MethodGet, path, "", "")
	if r.Header.Get("Content-Type") != "text/event-stream" || strings.Count(text, "event: log\n") != 3 || !strings.HasSuffix(text, "event: end\ndata: null\n\n") || strings.Contains(text, "line") {
		t.Fatalf("%v %s", r.Header, text)
	}
	_, rest, _ := strings.Cut(text, "id: ")
	first, _, _ := strings.Cut(rest, "\n")
	if _, text := s.send("", http.MethodGet, path, "", "", "Last-Event-ID", first); strings.Count(text, "event: log\n") != 2 {
		t.Errorf("after %s: %s", first, text)
	}
	if r, _ := s.send("", http.MethodGet, "/runs/nosuch/events", "", ""); r.StatusCode != http.StatusNotFound {
		t.Errorf("unknown run: %d", r.StatusCode)
	}
	s.client.Jar = nil
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if r, _ := s.send("", http.MethodGet, path, "", ""); r.StatusCode != http.StatusSeeOther {
		t.Errorf("not signed in: %d", r.StatusCode)
	}
}

// A run is started with files by multipart/form-data.
func TestMultipart(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "size", `function main() {
	const files = engine.findDataByVarName("q_files");
	engine.setDataByVarName("q_out", files.length + " " + files[1].getName() + " " + engine.findDataByVarName("q_name"));
}`)
	form := func(parts ...string) (contentType, body string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for i := 0; i < len(parts); i += 2 {
			var part io.Writer
			var err error
			if parts[i] == "request" {
				part, err = w.CreateFormField("request")
			} else {
				part, err = w.CreateFormFile("q_files", parts[i])
			}
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(part, parts[i+1])
		}
		_ = w.Close()
		return w.FormDataContentType(), b.String()
	}
	contentType, body := form("request", `{"task": "size", "data": {"q_name": "Ada"}}`, "a.txt", "A", "b.txt", "B")
	r, text := s.send(token, http.MethodPost, "/v1/runs?wait=30", contentType, body)
	if r.StatusCode != http.StatusCreated || !strings.Contains(text, `"q_out":"2 b.txt Ada"`) {
		t.Errorf("%d %s", r.StatusCode, text)
	}
	contentType, body = form("request", `{"task": "size", "data": {"q_name": "Ada"}}`, "a.txt", "A", "empty.txt", "")
	if r, text := s.send(token, http.MethodPost, "/v1/runs?wait=30", contentType, body); r.StatusCode != http.StatusCreated || !strings.Contains(text, `"q_out":"2 empty.txt Ada"`) {
		t.Errorf("an empty file: %d %s", r.StatusCode, text)
	}
	const inJSON = `{"task": "size", "files": [{"item": "q_files", "name": "a.txt", "content": "QQ=="}, {"item": "q_files", "name": "empty.txt", "content": ""}]}`
	if r, text := s.send(token, http.MethodPost, "/v1/runs?wait=30", "application/json", inJSON); r.StatusCode != http.StatusCreated || !strings.Contains(text, `"q_out":"2 empty.txt null"`) {
		t.Errorf("an empty file in JSON: %d %s", r.StatusCode, text)
	}
	for name, tt := range map[string]struct {
		parts []string
		want  string // in the problem
	}{
		"no request":    {[]string{"a.txt", "A"}, "there is no part request"},
		"not an object": {[]string{"request", "7"}, "the part request is not a JSON object"},
		"null":          {[]string{"request", "null"}, "the part request is not a JSON object"},
		"no filename":   {[]string{"request", `{"task":"size"}`, "", "A"}, `the part \"q_files\" is not a file`},
		"files twice":   {[]string{"request", `{"task":"size","files":[{}]}`, "a", "A"}, "there are files in the part request and in other parts"},
		"two requests":  {[]string{"request", `{"task":"size"}`, "request", `{"task":"size"}`}, "there are two parts request"},
		"not UTF-8":     {[]string{"request", "{\"task\":\"size\",\"data\":{\"q_name\":\"\xff\"}}"}, "the part request is not UTF-8"},
	} {
		contentType, body := form(tt.parts...)
		if r, text := s.send(token, http.MethodPost, "/v1/runs", contentType, body); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %d %s", name, r.StatusCode, text)
		}
	}
	contentType, body = form("request", `{"task": "size"}`, "a.txt", "A")
	if r, text := s.send(token, http.MethodPost, "/v1/runs", contentType, body[:len(body)-20]); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("cut off: %d %s", r.StatusCode, text)
	}
}

// A webhook runs with the secret of its URL only, responds what the add-on does, and starts a task.
func TestHook(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		s.register(token, "greet", `function main() { engine.setDataByVarName("q_out", "got " + engine.findDataByVarName("q_text")); }`)
		if r := s.api(token, http.MethodPost, "/v1/tasks/greet/hook", nil, nil); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("hook of a script: %d", r.StatusCode)
		}
		addon, err := os.ReadFile("../../addon/testdata/hook.xml")
		if err != nil {
			t.Fatal(err)
		}
		task := map[string]any{"main": "hook.xml", "files": map[string]any{"hook.xml": addon}, "options": map[string]any{
			"settings": map[string]string{"conf_key": "k1", "conf_text": "q_text"}, "start_task": "greet",
		}}
		var made struct{ URL string }
		s.api(token, http.MethodPut, "/v1/tasks/form", task, nil)
		if r := s.api(token, http.MethodPost, "/v1/tasks/form/hook", nil, &made); r.StatusCode != http.StatusCreated {
			t.Fatalf("hook: %d", r.StatusCode)
		}
		path := strings.TrimPrefix(made.URL, s.url)
		r, body := s.send("", http.MethodPost, path, "application/json", `{"challenge": "c7"}`, "X-Key", "k1")
		if r.StatusCode != http.StatusOK || body != "c7" || r.Header.Get("Content-Type") != "text/plain" || !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "sandbox;") {
			t.Errorf("challenge: %d %v %s", r.StatusCode, r.Header, body)
		}
		if r, _ := s.send("", http.MethodPost, path, "application/json", `{}`, "X-Key", "other"); r.StatusCode != http.StatusForbidden {
			t.Errorf("wrong key: %d", r.StatusCode)
		}
		if r, _ := s.send("", http.MethodPost, path, "application/json", `{"text": "hello"}`, "X-Key", "k1"); r.StatusCode != http.StatusOK {
			t.Errorf("event: %d", r.StatusCode)
		}
		s.wantRuns(token, `"q_out":"got hello"`)
		if r, body := s.send("", http.MethodPost, path, "application/json", `not JSON`, "X-Key", "k1"); r.StatusCode != http.StatusInternalServerError || strings.Contains(body, "SyntaxError") {
			t.Errorf("a failure: %d %s", r.StatusCode, body)
		}
		if r, _ := s.send("", http.MethodPost, path, "", strings.Repeat("x", 9<<20)); r.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("large body: %d", r.StatusCode)
		}
		secret := path[strings.LastIndex(path, "/")+1:]
		s.api(token, http.MethodPost, "/v1/tasks/form/hook", nil, &made)
		for _, path := range []string{path, "/hooks/form/" + strings.Repeat("a", len(secret)), "/hooks/nosuch/" + secret, "/hooks/greet/" + secret} {
			if r, _ := s.send("", http.MethodPost, path, "", "{}"); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
		var kept []byte
		if err := db.QueryRowContext(t.Context(), "SELECT input FROM postern_runs WHERE task = 'form' LIMIT 1").Scan(&kept); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(s.log.String()+string(kept), secret) {
			t.Error("the secret was logged or stored")
		}
	})
}

// wantRuns waits until the runs of the task greet have these outcomes, each once, the newest first.
func (s *site) wantRuns(token string, want ...string) {
	s.Helper()
	var list struct {
		Runs []struct {
			ID       string
			EventRun string `json:"event_run"`
		}
	}
	s.api(token, http.MethodGet, "/v1/runs?trigger=event&task=greet", nil, &list)
	if len(list.Runs) != len(want) {
		s.Fatalf("runs: %+v", list.Runs)
	}
	for i, r := range list.Runs {
		_, text := s.send(token, http.MethodGet, "/v1/runs/"+r.ID+"?wait=30", "", "")
		if !strings.Contains(text, want[i]) {
			s.Errorf("run %d: %s, want %s", i, text, want[i])
		}
		if _, page := s.get("/runs/" + r.ID); !strings.Contains(page, `<a href="/runs/`+r.EventRun+`">event</a>`) {
			s.Errorf("the page of run %d has no link to %q", i, r.EventRun)
		}
		var event struct{ Task string }
		if s.api(token, http.MethodGet, "/v1/runs/"+r.EventRun, nil, &event); event.Task == "" || event.Task == "greet" {
			s.Errorf("run %d was started by run %q of task %q", i, r.EventRun, event.Task)
		}
	}
}

// A schedule of a start event starts a task for each item once, also when it lists them again.
func TestStartEvent(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "greet", `function main() { engine.setDataByVarName("q_out", "got " + engine.findDataByVarName("q_title")); }`)
	addon := func(items string) map[string]any {
		text := fmt.Sprintf(`<service-task-definition>
<addon-type>START_EVENT</addon-type><label>Tickets</label><engine-type>3</engine-type><addon-version>2</addon-version>
<configs><config name="conf_titleData" form-type="SELECT" select-data-type="STRING"><label>Title</label></config></configs>
<script><![CDATA[ function list() { return %s; } ]]></script>
</service-task-definition>`, items)
		return map[string]any{"main": "t.xml", "files": map[string]any{"t.xml": []byte(text)}, "options": map[string]any{
			"settings": map[string]string{"conf_titleData": "q_title"}, "start_task": "greet",
		}}
	}
	if r := s.api(token, http.MethodPut, "/v1/tasks/tickets", addon(`[{id: "1", title: "a"}]`), nil); r.StatusCode != http.StatusCreated {
		t.Fatalf("registered: %d", r.StatusCode)
	}
	var schedule, run struct{ ID string }
	s.api(token, http.MethodPost, "/v1/schedules", map[string]any{"name": "t", "task": "tickets", "every_s": 3600}, &schedule)
	poll := func() {
		s.api(token, http.MethodPost, "/v1/schedules/"+schedule.ID+"/start", nil, &run)
		if _, text := s.send(token, http.MethodGet, "/v1/runs/"+run.ID+"?wait=30", "", ""); !strings.Contains(text, `"state":"succeeded"`) {
			t.Fatal(text)
		}
	}
	poll()
	poll()
	s.wantRuns(token, "got a")
	s.api(token, http.MethodPut, "/v1/tasks/tickets", addon(`[{id: "1", title: "a"}, {id: "2", title: "b"}]`), nil)
	poll()
	s.wantRuns(token, "got b", "got a")
	s.api(token, http.MethodPost, "/v1/schedules/"+schedule.ID+"/reset", nil, nil)
	poll()
	s.wantRuns(token, "got b", "got a", "got b", "got a")
}

// A client that follows a run does not keep the server from stopping.
func TestFollowUntilStop(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "later", "1")
	var run struct{ ID string }
	s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "later", "not_before": time.Now().Add(time.Hour)}, &run)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/runs/"+run.ID+"/log", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept", "text/event-stream")
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	stopped := make(chan error, 1)
	go func() { stopped <- s.Close(context.WithoutCancel(t.Context())) }()
	text, err := io.ReadAll(response.Body) // until the server ends it
	if err != nil || strings.Contains(string(text), "event: end") {
		t.Errorf("%q, %v", text, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
