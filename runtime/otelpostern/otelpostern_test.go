package otelpostern_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/otelpostern"
)

// telemetry keeps what an Observer reports.
type telemetry struct {
	*otelpostern.Observer
	spans  *tracetest.InMemoryExporter
	tracer *trace.TracerProvider
	reader *metric.ManualReader
}

func newTelemetry(t *testing.T) *telemetry {
	t.Helper()
	x := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	x.tracer = trace.NewTracerProvider(trace.WithSyncer(x.spans))
	var err error
	x.Observer, err = otelpostern.New(otelpostern.Config{
		TracerProvider: x.tracer, MeterProvider: metric.NewMeterProvider(metric.WithReader(x.reader)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// tree is the spans as text, each below its parent, with attributes and events.
func (x *telemetry) tree() string {
	all := x.spans.GetSpans()
	slices.SortStableFunc(all, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	var text strings.Builder
	var write func(parent tracetest.SpanStub, indent string)
	write = func(parent tracetest.SpanStub, indent string) {
		for _, s := range all {
			if s.Parent.SpanID() != parent.SpanContext.SpanID() {
				continue
			}
			fmt.Fprintf(&text, "%s%s (%s) %s", indent, s.Name, s.SpanKind, attributes(s.Attributes))
			if s.Status.Code != codes.Unset {
				fmt.Fprintf(&text, " %s%s", s.Status.Code, s.Status.Description)
			}
			for _, e := range s.Events {
				fmt.Fprintf(&text, " [%s %s]", e.Name, attributes(e.Attributes))
			}
			text.WriteString("\n")
			write(s, indent+"  ")
		}
	}
	write(tracetest.SpanStub{}, "")
	return text.String()
}

func attributes(list []attribute.KeyValue) string {
	var parts []string
	for _, a := range list {
		if a.Key != "postern.run.cpu_time" {
			parts = append(parts, string(a.Key)+"="+a.Value.String())
		}
	}
	return strings.Join(parts, " ")
}

const toml = `
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "demo"
client_secret = "demo-secret"
allow_plaintext = true
hosts = ["api.example.com"]
`

// memory carries requests to a handler in this process.
type memory struct{ http.Handler }

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI = r.URL.RequestURI()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

const canary = "canary-2c9f1"

// runTask runs a task that uses a connection, is refused things and fails.
func (x *telemetry) runTask(t *testing.T) {
	t.Helper()
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	provider := new(connectiontest.Provider)
	refuse := true
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Host == "id.example.com":
			provider.ServeHTTP(w, r)
		case r.URL.Path == "/away":
			http.Redirect(w, r, "https://other.example.com/?q="+canary, http.StatusTemporaryRedirect)
		case refuse:
			w.WriteHeader(http.StatusUnauthorized)
			refuse = false
		default:
			fmt.Fprint(w, canary)
		}
	})
	manager, err := connection.NewManager(connection.Config{
		Set: set, Egress: egress.New(egress.Config{Transport: memory{handler}}), OnTokenFetch: x.OnTokenFetch,
	})
	if err != nil {
		t.Fatal(err)
	}
	lookUp := func(ctx context.Context, call runtime.Call) (any, error) {
		_, err := manager.Do(ctx, call.Grant, &hostapi.Request{Method: "GET", URL: "https://other.example.com/"})
		return nil, err
	}
	engine := runtime.New(runtime.Config{Connector: manager, OnRun: x.OnRun, Modules: []runtime.Module{{
		Name: "tickets", Functions: map[string]runtime.Function{"find": lookUp},
	}}})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(`
		httpClient.begin().authSetting("crm").queryParam("q", "` + canary + `").get("https://api.example.com/items/` + canary + `");
		httpClient.begin().formParam("k", "` + canary + `").post("https://api.example.com/away");
		tickets.find("` + canary + `");
		try { httpClient.begin().get("https://denied.example.com/` + canary + `") } catch (e) {}
		try { httpClient.getOAuth2Token("billing") } catch (e) {}
		engine.log("` + canary + `");
		throw new Error("` + canary + `")`)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, caller := x.tracer.Tracer("caller").Start(t.Context(), "job")
	defer caller.End()
	_, err = engine.Run(ctx, runtime.Task{
		Script: script, Connections: []string{"crm"}, Allow: []hostapi.Rule{{Host: "other.example.com"}},
		Identity: hostapi.Identity{Tenant: "acme", Actor: "user:ada", Task: "17", Run: "17/2"},
	})
	if hostapi.CodeOf(err) != hostapi.CodeScript {
		t.Fatal(err)
	}
}

// The spans of a run have the right parents, follow the conventions for HTTP clients, and
// hold nothing that a script sent or received.
func TestSpans(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	x.runTask(t)
	const api = "server.address=api.example.com url.scheme=https server.port=443"
	want := `job (internal) 
  run task.js (internal) postern.script=task.js postern.tenant=acme postern.actor=user:ada postern.task.id=17 postern.run.id=17/2 postern.run.requests=5 error.type=script_error Error [postern.denied postern.operation=getOAuth2Token postern.connection=billing error.type=unknown_connection]
    request GET (internal) http.request.method=GET server.address=api.example.com postern.connection=crm postern.request.attempts=2
      fetch token (internal) postern.connection=crm postern.token_fetch.reason=first postern.token_fetch.shared=false postern.token_fetch.from_store=false
      GET (client) http.request.method=GET ` + api + ` http.response.status_code=401 network.protocol.name=http network.protocol.version=1.1 http.request.body.size=0 http.response.body.size=0 postern.connections=["crm"] error.type=401 Error
      fetch token (internal) postern.connection=crm postern.token_fetch.reason=refused postern.token_fetch.shared=false postern.token_fetch.from_store=false
      GET (client) http.request.method=GET ` + api + ` http.response.status_code=200 network.protocol.name=http network.protocol.version=1.1 http.request.body.size=0 http.response.body.size=12 http.request.resend_count=1 postern.resend=credential postern.connections=["crm"]
    request POST (internal) http.request.method=POST server.address=api.example.com postern.request.attempts=2
      POST (client) http.request.method=POST ` + api + ` http.response.status_code=307 network.protocol.name=http network.protocol.version=1.1 http.request.body.size=14 http.response.body.size=0
      POST (client) http.request.method=POST server.address=other.example.com url.scheme=https server.port=443 http.response.status_code=200 network.protocol.name=http network.protocol.version=1.1 http.request.body.size=14 http.response.body.size=12 http.request.resend_count=1 postern.resend=redirect
    call tickets.find (internal) 
      GET (client) http.request.method=GET server.address=other.example.com url.scheme=https server.port=443 http.response.status_code=200 network.protocol.name=http network.protocol.version=1.1 http.request.body.size=0 http.response.body.size=12
    request GET (internal) http.request.method=GET server.address=denied.example.com postern.request.attempts=0 error.type=denied Error [postern.denied postern.operation=get postern.denial.target=denied.example.com:443 error.type=denied]
`
	if got := x.tree(); got != want {
		t.Errorf("spans\n%s\nwant\n%s", got, want)
	}
	for _, s := range x.spans.GetSpans() {
		if text := fmt.Sprintf("%+v", s); strings.Contains(text, canary) {
			t.Errorf("a span has what a script sent: %s", text)
		}
		if s.Name != "job" && (s.EndTime.Before(s.StartTime) || time.Since(s.StartTime) > time.Minute) {
			t.Errorf("%s lasts from %v to %v", s.Name, s.StartTime, s.EndTime)
		}
	}
}

// The metrics count each thing once, with attributes of bounded number.
func TestMetrics(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	x.runTask(t)
	var all metricdata.ResourceMetrics
	if err := x.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]uint64)
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			note := func(count uint64, set attribute.Set) { got[m.Name+" "+attributes(set.ToSlice())] += count }
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					note(p.Count, p.Attributes)
				}
			case metricdata.Histogram[int64]:
				for _, p := range data.DataPoints {
					note(uint64(p.Sum), p.Attributes)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					note(uint64(p.Value), p.Attributes)
				}
			}
		}
	}
	get := func(host, status, failure string) string {
		text := "error.type=" + failure + " "
		if failure == "" {
			text = ""
		}
		return text + "http.request.method=GET http.response.status_code=" + status + " network.protocol.name=http network.protocol.version=1.1 server.address=" + host + " server.port=443 url.scheme=https"
	}
	want := map[string]uint64{
		"postern.run.duration error.type=script_error postern.script=task.js":                    1,
		"postern.run.active postern.script=task.js":                                              0,
		"http.client.request.duration " + get("api.example.com", "401", "401"):                   1,
		"http.client.request.duration " + get("api.example.com", "200", ""):                      1,
		"http.client.response.body.size " + get("api.example.com", "200", ""):                    uint64(len(canary)),
		"postern.token_fetch.duration postern.connection=crm postern.token_fetch.reason=first":   1,
		"postern.token_fetch.duration postern.connection=crm postern.token_fetch.reason=refused": 1,
		"postern.denials error.type=denied":                                                      1,
		"postern.denials error.type=unknown_connection":                                          1,
	}
	for name, count := range want {
		if n, ok := got[name]; !ok || n != count {
			t.Errorf("%s = %d (%t), want %d", name, n, ok, count)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
	for name := range got {
		if strings.Contains(name, canary) || strings.Contains(name, "acme") || strings.Contains(name, "denied.example.com") {
			t.Errorf("a metric has %s", name)
		}
	}
}

// A method that a script invented becomes neither a name of a span nor a time series.
func TestInventedMethod(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	listen := x.OnRun(t.Context(), hostapi.Identity{})
	listen(runtime.Event{RunStart: new(runtime.RunStart)})
	listen(runtime.Event{Attempt: &hostapi.Attempt{Method: canary}})
	listen(runtime.Event{RunEnd: new(runtime.RunEnd)})
	if got := x.tree(); strings.Contains(got, canary) || !strings.Contains(got, "http.request.method=_OTHER") {
		t.Error(got)
	}
}
