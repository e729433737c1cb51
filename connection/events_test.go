package connection_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// story collects the attempts, token fetches and denials of a run as text.
type story struct{ lines []string }

func (s *story) note(e runtime.Event) {
	switch {
	case e.Attempt != nil:
		a := e.Attempt
		s.lines = append(s.lines, fmt.Sprintf("%d attempt %d %q: %s with %q: %d %q", e.Request, a.Number, a.Resend, a.Origin.Host, a.Connections, a.Status, a.Code))
	case e.TokenFetch != nil:
		s.lines = append(s.lines, fmt.Sprintf("%d %s", e.Request, fetchText(*e.TokenFetch)))
	case e.Denial != nil:
		d := e.Denial
		s.lines = append(s.lines, fmt.Sprintf("%d denied %s: target %q connection %q", e.Request, d.Op, d.Target, d.Connection))
	}
}

func fetchText(f hostapi.TokenFetch) string {
	text := fmt.Sprintf("fetch %s#%s %s", f.Connection, f.Account, f.Reason)
	if f.FromStore {
		text += " from store"
	}
	if f.Shared {
		text += " shared"
	}
	if f.Code != "" {
		text += ": " + string(f.Code)
	}
	return text
}

// Events tell which connections a request used, with authSetting or a stand-in, why each
// token was fetched, and what a connection was refused.
func TestEventsOfConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refuse := true
		api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/away":
				http.Redirect(w, r, "https://other.example.com/", http.StatusTemporaryRedirect)
			case "/expired":
				if refuse {
					w.WriteHeader(http.StatusUnauthorized)
				}
				refuse = false
			}
		})
		p := &connectiontest.Provider{TokenLifetime: time.Hour}
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Host, "id.") {
				time.Sleep(time.Second) //nolint:forbidigo // fake time
				p.ServeHTTP(w, r)
				return
			}
			api(w, r)
		})
		set := parse(t, crm+strings.ReplaceAll(crm, ".crm", ".mail")+strings.ReplaceAll(crm, ".crm", ".billing"))
		var mu sync.Mutex
		var fetched []string
		m, err := connection.NewManager(connection.Config{
			Set: set, Egress: egress.New(egress.Config{Transport: memory{handler}}),
			OnTokenFetch: func(id hostapi.Identity, f hostapi.TokenFetch) {
				mu.Lock()
				defer mu.Unlock()
				if f.Duration != time.Second {
					t.Errorf("the fetch took %v, want 1s", f.Duration)
				}
				fetched = append(fetched, id.Task+" "+fetchText(f))
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		engine, task := newTask(t, m, `
			const call = (f) => { try { f() } catch (e) { if (e.code != "denied") throw e } };
			httpClient.begin().authSetting("crm").get("https://api.example.com/");
			const standIn = httpClient.getOAuth2Token("mail");
			httpClient.begin().header("Authorization", standIn).get("https://api.example.com/away");
			httpClient.begin().authSetting("crm").get("https://api.example.com/expired");
			call(() => httpClient.begin().authSetting("billing").get("https://api.example.com/"));
			call(() => httpClient.begin().bearer(standIn).get("https://elsewhere.example.com/"));
			call(() => httpClient.begin().get("https://elsewhere.example.com/"))`, "crm", "mail")
		task.Allow = []hostapi.Rule{{Host: "other.example.com"}}
		task.Identity.Task = "17"
		var told story
		task.OnEvent = told.note
		if _, err := engine.Run(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		want := []string{
			`1 fetch crm# first`,
			`1 attempt 1 "": api.example.com with ["crm"]: 200 ""`,
			`0 fetch mail# first`,
			`2 attempt 1 "": api.example.com with ["mail"]: 307 ""`,
			`2 attempt 2 "redirect": other.example.com with []: 200 ""`,
			`3 attempt 1 "": api.example.com with ["crm"]: 401 ""`,
			`3 fetch crm# refused`,
			`3 attempt 2 "credential": api.example.com with ["crm"]: 200 ""`,
			`4 denied authSetting: target "" connection "billing"`,
			`5 denied get: target "elsewhere.example.com:443" connection "mail"`,
			`6 denied get: target "elsewhere.example.com:443" connection ""`,
		}
		if !slices.Equal(told.lines, want) {
			t.Errorf("events\n%s\nwant\n%s", strings.Join(told.lines, "\n"), strings.Join(want, "\n"))
		}

		// The next tasks: one is told of the expiry, and one shares its fetch.
		time.Sleep(2 * time.Hour) //nolint:forbidigo // fake time
		var both sync.WaitGroup
		shared := 0
		for range 2 {
			both.Go(func() {
				task := task
				var told story
				task.OnEvent = told.note
				task.Script = compileTask(t, engine, `httpClient.getOAuth2Token("crm")`)
				if _, err := engine.Run(t.Context(), task); err != nil || len(told.lines) != 1 || !strings.HasPrefix(told.lines[0], "0 fetch crm# expired") {
					t.Errorf("%v, %q", err, told.lines)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				shared += strings.Count(told.lines[0], "shared")
			})
		}
		both.Wait()
		if shared != 1 {
			t.Errorf("%d of 2 tasks shared the fetch of another, want 1", shared)
		}
		if _, err := m.Refresh(t.Context(), "crm"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59*time.Minute + 30*time.Second) //nolint:forbidigo // fake time
		if _, err := m.Token(t.Context(), "crm", 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		time.Sleep(time.Second) //nolint:forbidigo // fake time
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"17 fetch crm# first", "17 fetch mail# first", "17 fetch crm# refused", "17 fetch crm# expired", " fetch crm# forced", " fetch crm# early"}; !slices.Equal(fetched, want) {
			t.Errorf("the manager told of %q, want %q", fetched, want)
		}
	})
}

func compileTask(t *testing.T, engine *runtime.Engine, source string) *runtime.Script {
	t.Helper()
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	return script
}
