package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
	"github.com/postern-dev/postern/internal/testservers"
)

// BenchmarkServer starts runs through the API of one node, with 16 clients that wait for
// the end of each. Beside the time it reports the runs of a second, percentiles of the time
// that a client waits, the CPU time of the process and of the script for a run,
// and the heap when half of the runs have ended and at the end. In worker processes, the script's CPU time is not part of that
// of the process.
func BenchmarkServer(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   databasetest.SQLiteURL,
		"postgres": testservers.Postgres,
	} {
		for _, task := range []string{"trivial", "connection"} {
			for isolation, inProcess := range map[string]bool{"inprocess": true, "process": false} {
				b.Run(name+"/"+task+"/"+isolation, func(b *testing.B) {
					newLoad(b, url(b), inProcess).run(b, task)
				})
			}
		}
	}
}

type load struct {
	url, token string
	client     *http.Client
}

func newLoad(b *testing.B, url string, inProcess bool) *load {
	b.Helper()
	provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = provider.Close() })
	set, err := connection.Parse("oauth.toml", []byte(provider.OAuthTOML()), connection.ParseOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var handler http.Handler
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	log := slog.New(slog.DiscardHandler)
	db := databasetest.Open(b, url)
	s, err := server.Open(b.Context(), server.Config{
		Version: "test", URL: web.URL, DB: db, Key: []byte("0123456789abcdef0123456789abcdef"), Connections: set, InProcess: inProcess, Log: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	handler = s.Handler()
	b.Cleanup(func() {
		web.Close()
		if err := s.Close(context.Background()); err != nil { //nolint:usetesting // that of the benchmark has ended
			b.Error(err)
		}
	})
	svc := s.Service()
	link, err := svc.Accounts.SetupLink(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	u, err := svc.Accounts.SetUp(b.Context(), link.Token, accounts.User{Email: "ops@example.com", Name: "Ops"}, password)
	if err != nil {
		b.Fatal(err)
	}
	_, token, err := svc.Clients.CreateToken(b.Context(), authserver.User{ID: u.ID, Name: u.Email}, "load", authserver.ScopeAll, time.Now().Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	l := &load{web.URL, token, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	l.register(b, "trivial", `engine.setData("q_out", 1)`)
	l.register(b, "connection", fmt.Sprintf(`const t = httpClient.getOAuth2Token(%q);
		engine.setData("q_out", httpClient.begin().bearer(t).get(%q).getStatusCode())`, set.Names()[0], provider.URL+"/api/items"), set.Names()[0])
	return l
}

func (l *load) register(b *testing.B, name, code string, connections ...string) {
	b.Helper()
	l.call(b, http.MethodPut, "/v1/tasks/"+name, map[string]any{
		"main": "task.js", "files": map[string]any{"task.js": []byte(code)}, "options": map[string]any{"connections": connections},
	}, nil)
}

func (l *load) call(b *testing.B, method, path string, body, v any) {
	b.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		b.Error(err)
		return
	}
	r, err := http.NewRequestWithContext(b.Context(), method, l.url+path, bytes.NewReader(encoded))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+l.token)
	r.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		b.Error(err)
	case response.StatusCode >= http.StatusBadRequest:
		b.Errorf("%d %s", response.StatusCode, text)
	case v != nil:
		if err := json.Unmarshal(text, v); err != nil {
			b.Error(err)
		}
	}
}

func (l *load) run(b *testing.B, task string) {
	b.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var inScript float64
	var half uint64
	var n atomic.Int64
	heap := func() uint64 {
		goruntime.GC()
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	total := int64(b.N)
	before := processTime(b)
	const clients = 16
	b.SetParallelism(max(1, clients/goruntime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var run struct {
				State   string
				Outcome struct {
					Usage struct {
						CPU float64 `json:"cpu_ms"`
					}
				}
			}
			began := time.Now()
			l.call(b, http.MethodPost, "/v1/runs?wait=60", map[string]any{"task": task}, &run)
			elapsed := time.Since(began)
			if run.State != "succeeded" {
				b.Errorf("the run: %+v", run)
			}
			mu.Lock()
			took, inScript = append(took, elapsed), inScript+run.Outcome.Usage.CPU
			mu.Unlock()
			if n.Add(1) == total/2 {
				half = heap()
			}
		}
	})
	b.StopTimer()
	used := processTime(b) - before
	slices.Sort(took)
	const percent, mebibyte = 100, 1 << 20
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/percent].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/run")
	b.ReportMetric(1000*inScript/float64(b.N), "script-µs/run")
	b.ReportMetric(float64(half)/mebibyte, "half-MiB")
	b.ReportMetric(float64(heap())/mebibyte, "end-MiB")
}

// processTime returns the CPU time of this process.
func processTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
