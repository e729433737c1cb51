package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// A line that a task has logged has its level, and its text as it was written.
func TestLevels(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		s.register(token, "levels", `console.debug("a"); console.log("log: b"); console.warn("c\nd"); console.error("<i>é\u001b[1m")`)
		var run struct{ ID string }
		s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "levels"}, &run)
		type entry struct{ Kind, Level, Text string }
		var log struct{ Entries []entry }
		s.api(token, http.MethodGet, "/v1/runs/"+run.ID+"/log", nil, &log)
		want := []entry{{"log", "debug", "a"}, {"log", "info", "log: b"}, {"log", "warn", "c\nd"}, {"log", "error", "<i>é\x1b[1m"}}
		if len(log.Entries) != len(want) {
			t.Fatalf("log: %+v", log)
		}
		for i, e := range log.Entries {
			if e != want[i] {
				t.Errorf("entry %d: %+v, want %+v", i, e, want[i])
			}
		}
		if _, events := s.send(token, http.MethodGet, "/v1/runs/"+run.ID+"/log", "", "", "Accept", "text/event-stream"); !strings.Contains(events, `"level":"warn","text":"c\nd"`) {
			t.Errorf("events: %s", events)
		}
		_, page := s.get("/runs/" + run.ID)
		for _, want := range []string{`<span class="log debug">`, `</time> log: b</span>`, "<b>warn</b> c\nd</span>", "<b>error</b> &lt;i&gt;é"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q: %s", want, page)
			}
		}
	})
}
