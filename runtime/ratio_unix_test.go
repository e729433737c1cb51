//go:build unix

package runtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// BenchmarkRatio compares the CPU time (user and system) of Postern with that of what one
// would use without it, in rounds that alternate between them, so that the load of the
// machine affects all alike. A metric such as "postern/goja" is the median of the ratios of
// the rounds; "goja-ns" is CPU time for each operation.
func BenchmarkRatio(b *testing.B) {
	b.Run("trivial", ratioTrivial)
	b.Run("script", ratioScript)
	api := startAPI(b)
	b.Run("post", func(b *testing.B) { ratioPost(b, api) })
	b.Run("job", func(b *testing.B) { ratioJob(b, api) })
	b.Run("named", func(b *testing.B) { ratioNamed(b, api) })
	b.Run("token", func(b *testing.B) { ratioToken(b, api) })
}

// ratioTrivial is a task that does nothing.
func ratioTrivial(b *testing.B) {
	const source = "1 + 1"
	program := goja.MustCompile("bench.js", source, false)
	engine := runtime.New(runtime.Config{})
	compare(b, 1, side{"goja", func(context.Context) error {
		_, err := goja.New().RunProgram(program)
		return err
	}}, posternSide(engine, runtime.Task{Script: compile(b, engine, source)}))
}

// ratioScript is a script with two requests, which are answered without a network.
func ratioScript(b *testing.B) {
	engine := runtime.New(runtime.Config{Connector: stub{header: http.Header{"Content-Type": {"application/json"}}}})
	compare(b, 1, handwrittenSide(passwordScript, answerAtOnce),
		posternSide(engine, runtime.Task{Script: compile(b, engine, passwordScript)}))
}

const postScript = `
const response = httpClient.begin().bearer("a-token-of-the-script").formParam("greeting", "hello").post("%s/api");
engine.setDataByVarName("q_accesslog", response.getStatusCode() + " " + response.getResponseAsString());`

// ratioPost is a task with one request, 64 at a time.
func ratioPost(b *testing.B, api string) {
	b.Helper()
	client := tunedClient(b)
	engine := engineFor(b, api)
	script := fmt.Sprintf(postScript, api)
	compare(b, 64, side{"net-http", func(ctx context.Context) error {
		status, body, err := client.post(ctx, api+"/api", "a-token-of-the-script", "greeting=hello")
		keep(fmt.Sprint(status, " ", body))
		return err
	}}, handwrittenSide(script, client.send(b)), posternSide(engine, runtime.Task{Script: compile(b, engine, script)}))
}

// ratioJob is the task that gets a token with a password and calls an API with it, 64 at
// a time.
func ratioJob(b *testing.B, api string) {
	b.Helper()
	client := tunedClient(b)
	engine := engineFor(b, api)
	script := strings.NewReplacer("https://id.example.com", api, "https://api.example.com", api).Replace(passwordScript)
	compare(b, 64, side{"net-http", func(ctx context.Context) error { return client.passwordJob(ctx, api) }},
		handwrittenSide(script, client.send(b)), posternSide(engine, runtime.Task{Script: compile(b, engine, script)}))
}

// ratioNamed is a task with one request that carries the token of a connection, 64 at a
// time, beside programs that keep the token.
func ratioNamed(b *testing.B, api string) {
	b.Helper()
	client := tunedClient(b)
	source := cachedSource()
	engine := runtime.New(runtime.Config{Connector: managerFor(b, api)})
	script := strings.Replace(fmt.Sprintf(postScript, api), `"a-token-of-the-script"`, `httpClient.getOAuth2Token("crm")`, 1)
	compare(b, 64, side{"oauth2", func(ctx context.Context) error {
		token, err := source.Token()
		if err != nil {
			return err
		}
		status, body, err := client.post(ctx, api+"/api", token.AccessToken, "greeting=hello")
		keep(fmt.Sprint(status, " ", body))
		return err
	}}, handwrittenSide(script, client.send(b)), posternSide(engine, runtime.Task{Script: compile(b, engine, script), Connections: []string{"crm"}}))
}

// ratioToken gets the token that a connection has in memory, from 64 goroutines.
func ratioToken(b *testing.B, api string) {
	b.Helper()
	source, manager := cachedSource(), managerFor(b, api)
	compare(b, 64, side{"oauth2", func(context.Context) error {
		_, err := source.Token()
		return err
	}}, side{"postern", func(ctx context.Context) error {
		_, err := manager.Token(ctx, "crm", 0)
		return err
	}})
}

// cachedSource has a token for an hour.
func cachedSource() oauth2.TokenSource {
	return oauth2.ReuseTokenSource(&oauth2.Token{AccessToken: cachedToken, Expiry: time.Now().Add(time.Hour)}, nil)
}

// managerFor returns a manager with the connection crm, for the API.
func managerFor(b *testing.B, api string) *connection.Manager {
	b.Helper()
	set, err := connection.Parse("oauth.toml", fmt.Appendf(nil, `
[connections.crm]
grant = "client_credentials"
token_endpoint = "%s/token"
client_id = "demo"
client_secret = "demo-secret"
hosts = [%q]
allow_plaintext = true`, api, strings.TrimPrefix(api, "http://")), connection.ParseOptions{})
	if err != nil {
		b.Fatal(err)
	}
	gate := egress.New(set.Egress())
	b.Cleanup(gate.Close)
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: gate})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = manager.Close(context.Background()) }) //nolint:usetesting // that of b has ended
	return manager
}

// side is one of the programs that are compared; run is one operation.
type side struct {
	name string
	run  func(context.Context) error
}

func posternSide(engine *runtime.Engine, task runtime.Task) side {
	return side{"postern", func(ctx context.Context) error {
		_, err := engine.Run(ctx, task)
		return err
	}}
}

func handwrittenSide(source string, send sendForm) side {
	program := goja.MustCompile("bench.js", source, false)
	return side{"handwritten", func(context.Context) error { return runByHand(program, send) }}
}

// compare measures the sides in turn, with that many operations at a time.
func compare(b *testing.B, parallel int, sides ...side) {
	b.Helper()
	const rounds = 7
	n := 0
	for spent := time.Duration(0); spent < 40*time.Millisecond; n = max(2*n, parallel) {
		spent = cpuOf(b, sides[0], n, parallel)
	}
	times := make([][]float64, len(sides)) // ns for each operation, by side and round
	for b.Loop() {
		for range rounds {
			for i, s := range sides {
				times[i] = append(times[i], float64(cpuOf(b, s, n, parallel))/float64(n))
			}
		}
	}
	for _, unit := range []string{"ns/op", "B/op", "allocs/op"} {
		b.ReportMetric(0, unit) // of all rounds together: meaningless
	}
	last := len(sides) - 1
	for i, s := range sides {
		b.ReportMetric(median(times[i]), s.name+"-ns")
		if i == last {
			continue
		}
		ratios := make([]float64, len(times[i]))
		for round := range ratios {
			ratios[round] = times[last][round] / times[i][round]
		}
		b.ReportMetric(median(ratios), sides[last].name+"/"+s.name)
	}
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// cpuOf returns the CPU time of this process for n operations of s.
func cpuOf(b *testing.B, s side, n, parallel int) time.Duration {
	b.Helper()
	goruntime.GC()
	before := cpu(b)
	var wg sync.WaitGroup
	for i := range parallel {
		wg.Go(func() {
			for range (n + i) / parallel {
				if err := s.run(b.Context()); err != nil {
					b.Errorf("%s: %v", s.name, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return cpu(b) - before
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// kept is what a baseline computed last, so that the compiler does not leave it out.
var kept atomic.Pointer[string] //nolint:gochecknoglobals // see its comment

func keep(text string) { kept.Store(&text) }

// tuned is net/http with a transport for many requests to one host.
type tuned struct{ *http.Client }

func tunedClient(b *testing.B) tuned {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	b.Cleanup(client.CloseIdleConnections)
	return tuned{client}
}

func (c tuned) send(b *testing.B) sendForm {
	b.Helper()
	return func(url, bearer, form string) (int, string, error) { return c.post(b.Context(), url, bearer, form) }
}

func (c tuned) post(ctx context.Context, url, bearer, form string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(form))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// passwordJob is passwordScript in Go.
func (c tuned) passwordJob(ctx context.Context, api string) error {
	form := url.Values{
		"grant_type": {"password"}, "client_id": {"client"}, "client_secret": {"secret"},
		"scope": {"read write"}, "username": {"alice"}, "password": {"wonderland"},
	}
	status, body, err := c.post(ctx, api+"/token", "", form.Encode())
	if err != nil {
		return err
	}
	log := fmt.Sprintf("---POST token--- %d\n%s\n", status, body)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &token); err != nil {
		return err
	}
	status, body, err = c.post(ctx, api+"/v1/run", token.AccessToken, url.Values{"greeting": {"hello"}}.Encode())
	keep(log + fmt.Sprintf("---POST api--- %d\n%s\n", status, body))
	return err
}

// engineFor returns an engine whose tasks may reach the API.
func engineFor(b *testing.B, api string) *runtime.Engine {
	b.Helper()
	rule, err := hostapi.ParseRule(strings.TrimPrefix(api, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: []hostapi.Rule{rule}})
	b.Cleanup(client.Close)
	return runtime.New(runtime.Config{Connector: client})
}

const apiProcess = "POSTERN_API_PROCESS"

// startAPI starts a server in a separate process, so that its CPU time does not count,
// and returns its URL.
func startAPI(b *testing.B) string {
	b.Helper()
	self := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestAPIProcess$")
	self.Env = append(os.Environ(), apiProcess+"=1")
	self.Stderr = os.Stderr
	stop, err := self.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	said, err := self.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := self.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stop.Close()
		_ = self.Wait()
	})
	address, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// TestAPIProcess is the server of startAPI; it ends with its standard input.
func TestAPIProcess(t *testing.T) { //nolint:paralleltest // it is a separate process
	if os.Getenv(apiProcess) == "" {
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, tokenAnswer)
			return
		}
		_, _ = io.WriteString(w, `{"id":4711,"status":"created"}`)
	}))
	defer server.Close()
	if _, err := fmt.Println(server.URL); err != nil { //nolint:forbidigo // to the process that started this one
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
