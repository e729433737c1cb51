package runtime_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// The benchmarks come in pairs: what a user could do without Postern, and
// Postern. The ratio of the two is what counts.

func compile(tb testing.TB, engine *runtime.Engine, source string) *runtime.Script {
	tb.Helper()
	script, err := engine.Compile(tb.Context(), runtime.Source{Name: "bench.js", Code: []byte(source)})
	if err != nil {
		tb.Fatal(err)
	}
	return script
}

func benchTask(b *testing.B, engine *runtime.Engine, task runtime.Task) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Run(b.Context(), task); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrivial is the cost of a task that does nothing.
func BenchmarkTrivial(b *testing.B) {
	const source = "1 + 1"
	b.Run("goja", func(b *testing.B) {
		program := goja.MustCompile("bench.js", source, false)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := goja.New().RunProgram(program); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("postern", func(b *testing.B) {
		engine := runtime.New(runtime.Config{})
		benchTask(b, engine, runtime.Task{Script: compile(b, engine, source)})
	})
}

// BenchmarkItems is the cost of a data item that a task declares and is given, of few
// and of many.
func BenchmarkItems(b *testing.B) {
	engine := runtime.New(runtime.Config{})
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			task := runtime.Task{Script: compile(b, engine, "1 + 1"), Data: make(map[string]any)}
			for i := range n {
				name := fmt.Sprint("q_", i)
				task.Items = append(task.Items, hostapi.Item{VarName: name, Type: hostapi.TypeString})
				task.Data[name] = "x"
			}
			benchTask(b, engine, task)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/item")
		})
	}
}

// BenchmarkLogs is the cost of a line in the log, which is searched for a credential, of
// few lines and of many.
func BenchmarkLogs(b *testing.B) {
	engine := runtime.New(runtime.Config{Connector: stub{}, Limits: hostapi.Limits{LogLines: 10_000, LogBytes: 64 << 20}})
	for _, n := range []int{10, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			benchTask(b, engine, runtime.Task{Script: compile(b, engine, fmt.Sprintf(`
				httpClient.begin().bearer("a-token-of-the-script").get("https://api.example.com/");
				for (let i = 0; i < %d; i++) console.log("item", i, "was stored under the number 4711");`, n))})
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/line")
		})
	}
}

const passwordScript = `
const uriToken = "https://id.example.com/token";
const uriApi = "https://api.example.com/v1/run";
let accessLog = "";

const response = httpClient.begin()
  .formParam("grant_type", "password")
  .formParam("client_id", "client")
  .formParam("client_secret", "secret")
  .formParam("scope", "read write")
  .formParam("username", "alice")
  .formParam("password", "wonderland")
  .post(uriToken);
accessLog += "---POST token--- " + response.getStatusCode() + "\n";
accessLog += response.getResponseAsString() + "\n";
const token = JSON.parse(response.getResponseAsString()).access_token;

const answer = httpClient.begin()
  .bearer(token)
  .formParam("greeting", "hello")
  .post(uriApi);
accessLog += "---POST api--- " + answer.getStatusCode() + "\n";
accessLog += answer.getResponseAsString() + "\n";
engine.setDataByVarName("q_accesslog", accessLog);
`

const tokenAnswer = `{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"scope":"read write"}`

// stub answers without a network or any work.
type stub struct {
	hostapi.BaseConnector
	header http.Header
}

func (s stub) OAuth2Token(context.Context, *hostapi.Grant, string) (string, error) {
	return "2YotnFZFEjr1zCsicMWpAA", nil
}

func (s stub) OAuth2TokenInfo(context.Context, *hostapi.Grant, string) (*hostapi.TokenInfo, error) {
	return &hostapi.TokenInfo{TokenType: "Bearer"}, nil
}

func (s stub) AuthSetting(_ context.Context, _ *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	return &hostapi.AuthSetting{Name: name}, nil
}

func (s stub) Do(context.Context, *hostapi.Grant, *hostapi.Request) (*hostapi.Response, error) {
	return &hostapi.Response{Status: 200, Header: s.header, Body: []byte(tokenAnswer)}, nil
}

// BenchmarkPasswordScript is a whole realistic script against a host that
// answers at once, beside the handwritten host.
func BenchmarkPasswordScript(b *testing.B) {
	b.Run("goja", func(b *testing.B) {
		program := goja.MustCompile("bench.js", passwordScript, false)
		b.ReportAllocs()
		for b.Loop() {
			if err := runByHand(program, answerAtOnce); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("postern", func(b *testing.B) {
		engine := runtime.New(runtime.Config{Connector: stub{header: http.Header{"Content-Type": {"application/json"}}}})
		benchTask(b, engine, runtime.Task{Script: compile(b, engine, passwordScript)})
	})
}

// BenchmarkHTTP is one request from a script, 64 scripts at a time, beside
// net/http with a transport tuned the same way: "task" is a whole task that makes
// one request, "call" one request of a task that makes many.
func BenchmarkHTTP(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, tokenAnswer)
	}))
	defer server.Close()
	parallel := func(b *testing.B, each int, f func() error) {
		b.Helper()
		b.ReportAllocs()
		b.SetParallelism(64 / goruntime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for n := 1; pb.Next(); n++ {
				if n%each != 0 {
					continue
				}
				if err := f(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.Run("net-http", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
		defer client.CloseIdleConnections()
		parallel(b, 1, func() error {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/x", strings.NewReader("greeting=hello"))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Authorization", "Bearer tok")
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close() //nolint:errcheck // read to its end
			_, err = io.ReadAll(resp.Body)
			return err
		})
	})
	rule, err := hostapi.ParseRule(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: []hostapi.Rule{rule}})
	defer client.Close()
	engine := runtime.New(runtime.Config{Connector: client})
	const many = 50
	for _, bench := range []struct {
		name  string
		calls int
	}{{"task", 1}, {"call", many}} {
		b.Run(bench.name, func(b *testing.B) {
			task := runtime.Task{Script: compile(b, engine, fmt.Sprintf(`
				for (let i = 0; i < %d; i++)
					httpClient.begin().bearer("tok").formParam("greeting", "hello").post("%s/x").getResponseAsString()`, bench.calls, server.URL))}
			parallel(b, bench.calls, func() error {
				_, err := engine.Run(b.Context(), task)
				return err
			})
		})
	}
}

// gate is a connector that holds every request until it is opened.
type gate struct {
	stub
	in   sync.WaitGroup
	open chan struct{}
}

func (g *gate) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	g.in.Done()
	<-g.open
	return g.stub.Do(ctx, grant, req)
}

// BenchmarkBlocked measures the memory of a task that waits in a host call,
// with 10,000 of them at once: heap and stacks, as bytes per task.
func BenchmarkBlocked(b *testing.B) {
	const tasks = 10_000
	for b.Loop() {
		g := &gate{open: make(chan struct{})}
		engine := runtime.New(runtime.Config{Connector: g})
		task := runtime.Task{Script: compile(b, engine, `httpClient.begin().bearer("tok").formParam("a", "b").post("http://h/")`)}
		before := inUse()
		g.in.Add(tasks)
		var wg sync.WaitGroup
		for range tasks {
			wg.Go(func() {
				if _, err := engine.Run(b.Context(), task); err != nil {
					b.Error(err)
				}
			})
		}
		g.in.Wait()
		b.ReportMetric(float64(inUse()-before)/tasks, "bytes/task")
		close(g.open)
		wg.Wait()
	}
}

func inUse() int64 {
	goruntime.GC()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
