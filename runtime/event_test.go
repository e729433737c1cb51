package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// recorder collects events as text.
type recorder struct{ lines []string }

func (r *recorder) note(e runtime.Event) {
	text := ""
	switch {
	case e.RunStart != nil:
		text = fmt.Sprint("run may use ", e.RunStart.Connections)
	case e.RunEnd != nil:
		text = fmt.Sprintf("run ended: %q, %d requests", hostapi.CodeOf(e.RunEnd.Err), e.RunEnd.Usage.Requests)
	case e.RequestStart != nil:
		text = fmt.Sprintf("%s %s with %q", e.RequestStart.Method, e.RequestStart.Host, e.RequestStart.Connection)
	case e.RequestEnd != nil:
		text = fmt.Sprintf("ended: %d %q after %d attempts", e.RequestEnd.Status, e.RequestEnd.Code, e.RequestEnd.Attempts)
	case e.Attempt != nil:
		a := e.Attempt
		text = fmt.Sprintf("attempt %d %q: %s %s://%s:%s with %q: %d %q, %d and %d bytes",
			a.Number, a.Resend, a.Method, a.Origin.Scheme, a.Origin.Host, a.Origin.Port, a.Connections, a.Status, a.Code, a.RequestBytes, a.ResponseBytes)
	case e.Denial != nil:
		d := e.Denial
		text = fmt.Sprintf("denied: %s %s target %q connection %q rule %q: %s", d.Op, d.Code, d.Target, d.Connection, d.Rule, d.Message)
	case e.Log != nil:
		text = "log " + e.Log.Message
	}
	r.lines = append(r.lines, fmt.Sprintf("%d %s", e.Request, text))
}

func (r *recorder) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.lines, want) {
		t.Errorf("events\n%s\nwant\n%s", strings.Join(r.lines, "\n"), strings.Join(want, "\n"))
	}
}

// network is an in-memory egress.Client.
func network(handler http.HandlerFunc, allow ...hostapi.Rule) *egress.Client {
	return egress.New(egress.Config{Allow: allow, Transport: inMemory{handler}})
}

// A program learns what happens in a run in the order in which it does, with what is
// needed to build spans.
func TestEvents(t *testing.T) {
	t.Parallel()
	client := network(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "http://other.test/end?token=hunter2", http.StatusTemporaryRedirect)
		default:
			fmt.Fprint(w, "12345")
		}
	}, hostapi.Rule{Host: "a.test"}, hostapi.Rule{Host: "other.test"})
	var all recorder
	task := runtime.Task{OnEvent: all.note}
	_, err := run(t, runtime.Config{Connector: client}, `
		engine.log("a");
		httpClient.begin().formParam("k", "v").post("http://a.test/redirect?secret=hunter2");
		try { httpClient.begin().get("http://else.test/hunter2") } catch (e) {}
		try { httpClient.getOAuth2Token("crm") } catch (e) {}
		httpClient.begin().authSetting("crm").get("http://a.test/")`, task)
	wantCode(t, err, hostapi.CodeUnknownConnection, "no connection")
	all.want(t,
		`0 run may use []`,
		`0 log a`,
		`1 POST a.test with ""`,
		`1 attempt 1 "": POST http://a.test:80 with []: 307 "", 3 and 0 bytes`,
		`1 attempt 2 "redirect": POST http://other.test:80 with []: 200 "", 3 and 5 bytes`,
		`1 ended: 200 "" after 2 attempts`,
		`2 GET else.test with ""`,
		`2 denied: get denied target "else.test:80" connection "" rule "": no rule allows it`,
		`2 ended: 0 "denied" after 0 attempts`,
		`0 denied: getOAuth2Token unknown_connection target "" connection "crm" rule "": no connection has this name`,
		`3 GET a.test with "crm"`,
		`3 denied: authSetting unknown_connection target "" connection "crm" rule "": no connection has this name`,
		`3 ended: 0 "unknown_connection" after 0 attempts`,
		`0 run ended: "unknown_connection", 2 requests`,
	)
}

// A denial names the rule that denied, and an engine without a network says so too.
func TestDenials(t *testing.T) {
	t.Parallel()
	deny := hostapi.Rule{Host: "a.test", Path: "/private/*"}
	client := egress.New(egress.Config{Allow: []hostapi.Rule{{Host: "a.test"}}, Deny: []hostapi.Rule{deny}, Transport: inMemory{http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}})
	source := `httpClient.begin().get("http://a.test/private/hunter2")`
	for name, tt := range map[string]struct {
		connector hostapi.Connector
		want      string
	}{
		"rule":                 {client, `1 denied: get denied target "a.test:80" connection "" rule "a.test/private/*": a rule denies it`},
		"no network":           {nil, `1 denied: get denied target "a.test" connection "" rule "": this engine has no network`},
		"of another connector": {&hostapitest.Connector{Enforce: true}, `1 denied: get denied target "a.test" connection "" rule "": not allowed by any rule`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all recorder
			_, err := run(t, runtime.Config{Connector: tt.connector}, source, runtime.Task{OnEvent: all.note})
			wantCode(t, err, hostapi.CodeDenied, "")
			if !slices.Contains(all.lines, tt.want) {
				t.Errorf("events\n%s\nlack\n%s", strings.Join(all.lines, "\n"), tt.want)
			}
			var d *hostapi.DenialError
			if found := errors.As(err, &d); found != (name != "of another connector") {
				t.Errorf("errors.As finds a *hostapi.DenialError in %v: %t", err, found)
			}
		})
	}
}

// A connector that reports no attempts gets them reported, and repeats are marked.
func TestEventsOfRepeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		times := 0
		handler := func(w http.ResponseWriter, _ *http.Request) {
			if times++; times%2 == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}
		for name, connector := range map[string]hostapi.Connector{
			"egress": network(handler, hostapi.Rule{Host: "a.test"}), "other": &hostapitest.Connector{Handler: http.HandlerFunc(handler)},
		} {
			var all recorder
			start := time.Now()
			var took time.Duration
			task := runtime.Task{OnEvent: func(e runtime.Event) {
				all.note(e)
				if e.RequestEnd != nil {
					took = e.RequestEnd.Duration
				}
			}}
			if _, err := run(t, runtime.Config{Connector: connector}, `httpClient.begin().retry(2).get("http://a.test/")`, task); err != nil {
				t.Fatal(err)
			}
			if took == 0 || took != time.Since(start) {
				t.Errorf("%s: the request took %v, want %v", name, took, time.Since(start))
			}
			all.want(t,
				`0 run may use []`,
				`1 GET a.test with ""`,
				`1 attempt 1 "": GET http://a.test:80 with []: 503 "", 0 and 0 bytes`,
				`1 attempt 2 "repeat": GET http://a.test:80 with []: 200 "", 0 and 0 bytes`,
				`1 ended: 200 "" after 2 attempts`,
				`0 run ended: "", 2 requests`,
			)
		}
	})
}

type contextKey struct{}

// OnRun hears of every run of the engine, with its context and identity, before OnEvent
// of the task; also of one that is refused.
func TestOnRun(t *testing.T) {
	t.Parallel()
	var order []string
	cfg := runtime.Config{OnRun: func(ctx context.Context, id hostapi.Identity) func(runtime.Event) {
		order = append(order, fmt.Sprint(ctx.Value(contextKey{}), id.Tenant, id.Script))
		return func(e runtime.Event) {
			if e.Identity != id {
				t.Errorf("an event of %v, want %v", e.Identity, id)
			}
			order = append(order, kind(e))
		}
	}}
	engine := runtime.New(cfg)
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(`engine.log("a")`)})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), contextKey{}, "span ")
	task := runtime.Task{Script: script, Identity: hostapi.Identity{Tenant: "acme "}}
	task.OnEvent = func(e runtime.Event) { order = append(order, "task "+kind(e)) }
	if _, err := engine.Run(ctx, task); err != nil {
		t.Fatal(err)
	}
	want := []string{"span acme task.js", "RunStart", "task RunStart", "Log", "task Log", "RunEnd", "task RunEnd"}
	if !slices.Equal(order, want) {
		t.Errorf("%q, want %q", order, want)
	}

	order, task.OnEvent = nil, nil
	task.Data = map[string]any{"q_a": make(chan int)}
	if _, err := engine.Run(ctx, task); err == nil {
		t.Error("a channel as a value is accepted")
	}
	if want := []string{"span acme task.js", "RunStart", "RunEnd"}; !slices.Equal(order, want) {
		t.Errorf("refused: %q, want %q", order, want)
	}
}

// kind is the name of the pointer that is set.
func kind(e runtime.Event) string {
	v := reflect.ValueOf(e)
	var set []string
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			set = append(set, v.Type().Field(i).Name)
		}
	}
	return strings.Join(set, "+")
}

// A listener that panics at any event fails its run, which says so and stores nothing.
func TestPanicInAnyEvent(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"OnRun", "RunStart", "Log", "RequestStart", "Attempt", "RequestEnd", "RunEnd"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			cfg := runtime.Config{Connector: &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "")}}
			task := runtime.Task{OnEvent: func(e runtime.Event) {
				if kind(e) == at {
					panic("boom")
				}
			}}
			whose := "the callback OnEvent"
			if at == "OnRun" {
				cfg.OnRun, whose = func(context.Context, hostapi.Identity) func(runtime.Event) { panic("boom") }, "the callback OnRun of the runtime.Config"
			}
			result, err := run(t, cfg, `engine.log("a"); httpClient.begin().get("http://a.test/"); engine.setDataByVarName("q_a", 1)`, task)
			wantCode(t, err, hostapi.CodeInternal, "event: "+whose+" panicked")
			if len(result.Data) != 0 || len(result.Logs) != 1 {
				t.Errorf("data %v, logs %v; want none and one", result.Data, result.Logs)
			}
		})
	}
}

// No event shows a credential of the script, even where it put it into a host name or
// the name of a connection.
func TestEventsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2-hunter2"
	var events []string
	task := runtime.Task{OnEvent: func(e runtime.Event) {
		for _, part := range []any{e, e.RequestStart, e.RequestEnd, e.Attempt, e.Denial, e.Log, e.RunEnd} {
			events = append(events, fmt.Sprintf("%+v", part))
		}
	}}
	client := network(func(http.ResponseWriter, *http.Request) {}, hostapi.Rule{Host: "*.test"})
	_, err := run(t, runtime.Config{Connector: client}, `
		const secret = "`+secret+`";
		httpClient.begin().bearer(secret).get("http://a.test/" + secret + "?k=" + secret);
		httpClient.begin().get("http://" + secret + ".test/");
		for (const f of [() => httpClient.getOAuth2Token(secret), () => httpClient.begin().get("http://" + secret + ".example/")]) try { f() } catch (e) {}`, task)
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(events, "\n"); strings.Contains(all, secret) || !strings.Contains(all, "[redacted].test") {
		t.Errorf("events:\n%s", all)
	}
}

// Several listeners: each of those that listen to a run gets all of its events.
func ExampleMultiOnRun() {
	listener := func(name string) func(context.Context, hostapi.Identity) func(runtime.Event) {
		return func(_ context.Context, id hostapi.Identity) func(runtime.Event) {
			return func(e runtime.Event) {
				if e.RunStart != nil {
					fmt.Println(name, "begin", id.Script)
				}
			}
		}
	}
	silent := func(context.Context, hostapi.Identity) func(runtime.Event) { return nil }
	engine := runtime.New(runtime.Config{OnRun: runtime.MultiOnRun(listener("log"), nil, silent, listener("spans"))})
	ctx := context.Background()
	script, err := engine.Compile(ctx, runtime.Source{Name: "greet.js"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := engine.Run(ctx, runtime.Task{Script: script}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// log begin greet.js
	// spans begin greet.js
}

// Those who keep the last line of each number that events tell of have the log of the result.
func TestLogLinesAreToldAgain(t *testing.T) {
	t.Parallel()
	const early, late = "own-bearer-token-1", "own-bearer-token-2"
	connector := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	for name, isolated := range map[string]bool{"in process": false, "in a worker": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := runtime.New(runtime.Config{Connector: connector})
			if isolated {
				engine = newIsolated(t, runtime.Config{Connector: connector})
			}
			var told []runtime.Log
			var messages []string
			result, err := engine.Run(t.Context(), runtime.Task{
				Script: compile(t, engine, `
					engine.log("early `+early+` late `+late+`");
					httpClient.begin().bearer("`+early+`").get("http://h/");
					engine.log("then `+early+` and `+late+`");
					engine.log("plain");
					httpClient.begin().bearer("`+late+`").get("http://h/");
					engine.log("end `+late+`");
					throw "failed with `+late+`"`),
				OnEvent: func(e runtime.Event) {
					if e.Log == nil {
						return
					}
					messages = append(messages, fmt.Sprint(e.LogLine, " ", e.Log.Message))
					if e.LogLine > len(told) {
						told = append(told, *e.Log)
					} else {
						told[e.LogLine-1] = *e.Log
					}
				},
			})
			wantCode(t, err, hostapi.CodeScript, "failed with [redacted]")
			if !slices.EqualFunc(told, result.Logs, func(a, b runtime.Log) bool {
				return a.Message == b.Message && a.Level == b.Level && a.Time.Equal(b.Time)
			}) {
				t.Errorf("told of %v, and the result has %v", told, result.Logs)
			}
			want := []string{
				"1 early " + early + " late " + late, "2 then [redacted] and " + late, "3 plain", "4 end [redacted]",
				"1 early [redacted] late [redacted]", "2 then [redacted] and [redacted]",
			}
			if !slices.Equal(messages, want) {
				t.Errorf("told\n%s\nwant\n%s", strings.Join(messages, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// A body that is too long is refused before it is sent from a worker, and there is an event
// of the request in any case.
func TestEventsOfABodyThatIsTooLong(t *testing.T) {
	t.Parallel()
	const source = `
		for (const send of [r => r.body("12345", "text/plain"), r => r.formParam("k", "1234"), r => r.multipart("k", "1234")]) {
			try { send(httpClient.begin()).post("http://a.test/") } catch (e) { engine.log(e.message) }
		}`
	client := network(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }, hostapi.Rule{Host: "a.test"})
	cfg := runtime.Config{Connector: client, Limits: hostapi.Limits{RequestBytes: 4}}
	for name, engine := range map[string]*runtime.Engine{"in process": runtime.New(cfg), "in a worker": newIsolated(t, cfg)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all recorder
			if _, err := engine.Run(t.Context(), runtime.Task{Script: compile(t, engine, source), OnEvent: all.note}); err != nil {
				t.Fatal(err)
			}
			want := []string{"0 run may use []"}
			for n := range 3 {
				want = append(want,
					fmt.Sprintf(`%d POST a.test with ""`, n+1), fmt.Sprintf(`%d ended: 0 "limit" after 0 attempts`, n+1),
					"0 log post: request size limit of 4 bytes reached")
			}
			all.want(t, append(want, `0 run ended: "", 0 requests`)...)
		})
	}
}
