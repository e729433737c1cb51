package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

var update = flag.Bool("update", false, "write what goja did into the cases") //nolint:gochecknoglobals // a flag

// given is what a case sets up: task.json.
type given struct {
	Calls         json.RawMessage            `json:"calls"`
	Data          map[string]any             `json:"data"`
	References    map[string][]reference     `json:"references"` // files by reference, beside data
	Items         []hostapi.Item             `json:"items"`      // beside q_calls and q_results
	Settings      map[string]hostapi.Setting `json:"settings"`
	Process       *hostapi.Process           `json:"process"`
	Directory     *givenDirectory            `json:"directory"`
	TemporaryData *string                    `json:"temporaryData"`
	Connections   []string                   `json:"connections"`
	Limits        map[string]int64           `json:"limits"`
	Answers       []answer                   `json:"responses"` // of the network, in order; then 200 without a body
}

// reference is a file that the host has elsewhere.
type reference struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Text        string `json:"text"`
	Size        int64  `json:"size"` // if not that of the text
}

func (r reference) file() *hostapi.File {
	return &hostapi.File{Name: r.Name, ContentType: r.ContentType, Size: cmp.Or(r.Size, int64(len(r.Text))), Open: func(context.Context) (io.ReadSeekCloser, error) {
		return struct {
			*strings.Reader
			io.Closer
		}{strings.NewReader(r.Text), io.NopCloser(nil)}, nil
	}}
}

type answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"` // base64
	Text   string      `json:"text"` // or as it is
}

// outcome is what came of it: want.json.
type outcome struct {
	Data          map[string]any     `json:"data,omitempty"`
	Results       []any              `json:"results"`
	Error         *failure           `json:"error,omitempty"`
	TemporaryData *string            `json:"temporaryData,omitempty"`
	StartProcess  bool               `json:"startProcess,omitempty"`
	Posts         []hostapi.FeedPost `json:"posts,omitempty"`
	Emails        []hostapi.Email    `json:"emails,omitempty"`
	Logs          []string           `json:"logs,omitempty"`
	HTTP          []string           `json:"http,omitempty"` // every request, byte for byte, but for the time in a signature
}

type failure struct {
	Code    hostapi.Code `json:"code"`
	Message string       `json:"message"`
}

func TestMain(m *testing.M) {
	runtime.WorkerMain()
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	js, err := os.ReadFile("testdata/driver.js")
	if err != nil {
		t.Fatal(err)
	}
	drivers := []driver{{name: "goja", source: js}, {name: "wazero", source: buildDriver(t)}}
	if runtime.WorkersSupported() {
		drivers = append(drivers, driver{name: "goja in a worker", source: js, workers: new(runtime.Workers)})
	}
	for i := range drivers {
		drivers[i].compile(t)
	}

	for _, file := range cases {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			g := parseGiven(t, archive)
			for i, driver := range drivers {
				got := perform(t, &driver, g)
				if *update && i == 0 {
					setSection(archive, "want.json", got)
					if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if want := section(archive, "want.json"); !bytes.Equal(got, want) {
					t.Errorf("%s: got\n%s\nwant\n%s", driver.name, got, want)
				}
			}
		})
	}
}

// driver is the script that makes the calls of a case, and the engine that runs it.
type driver struct {
	name    string
	source  []byte
	workers *runtime.Workers // nil: it runs in this process

	engine *runtime.Engine
	script *runtime.Script
}

func (d *driver) compile(t *testing.T) {
	t.Helper()
	d.engine = runtime.New(runtime.Config{Connector: caseConnector{}, Modules: []runtime.Module{tickets()}, Isolation: d.workers})
	t.Cleanup(func() {
		if err := d.engine.Close(); err != nil {
			t.Error(err)
		}
	})
	var err error
	if d.script, err = d.engine.Compile(t.Context(), runtime.Source{Name: d.name, Code: d.source}); err != nil {
		t.Fatal(err)
	}
}

// perform runs a driver and returns the outcome as JSON.
func perform(t *testing.T, d *driver, g given) []byte {
	t.Helper()
	n := 0
	connector := &hostapitest.Connector{
		Tokens: map[string]string{"crm": hostapi.SealedPrefix + "c3RhbmQtaW4tZm9yLWNybQ", "raw": "raw-token-of-the-raw-one", "other": "x"},
		TokenInfos: map[string]hostapi.TokenInfo{"crm": {
			TokenType: "Bearer", Scope: "read write", Expiry: time.Date(2030, 1, 2, 15, 4, 5, 0, time.UTC),
			Fields: map[string]any{"instance_url": "https://eu.example.com", "team.id": hostapi.Decimal("42"), "trial": true},
		}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if n >= len(g.Answers) {
				return
			}
			a := g.Answers[n]
			n++
			for k, v := range a.Header {
				w.Header()[k] = v
			}
			w.WriteHeader(a.Status)
			_, _ = w.Write(append(a.Body, a.Text...))
		}),
	}
	task := runtime.Task{
		Script: d.script, Data: map[string]any{}, Connections: g.Connections,
		Settings: g.Settings, Process: g.Process, TemporaryData: g.TemporaryData,
		Limits: hostapi.Limits{
			Time:     time.Duration(g.Limits["time_ms"]) * time.Millisecond,
			Requests: int(g.Limits["requests"]), LogLines: int(g.Limits["log_lines"]), DataBytes: g.Limits["data_bytes"],
			RequestBytes: g.Limits["request_bytes"], Calls: int(g.Limits["calls"]),
		},
	}
	if g.Directory != nil {
		task.Directory = asked{static: &hostapi.StaticDirectory{Users: g.Directory.Users, Groups: g.Directory.Groups}}
	}
	for k, v := range g.Data {
		task.Data[k] = v
	}
	for name, files := range g.References {
		list := make([]*hostapi.File, len(files))
		for i, f := range files {
			list[i] = f.file()
		}
		task.Data[name] = list
	}
	var calls any
	if err := json.Unmarshal(g.Calls, &calls); err != nil {
		t.Fatal(err)
	}
	task.Data["q_calls"] = calls
	if g.Items != nil {
		own := []hostapi.Item{{VarName: "q_calls", Type: hostapi.TypeJSON}, {VarName: "q_results", Type: hostapi.TypeJSON}}
		task.Items = append(own, g.Items...)
	}

	result, err := d.engine.Run(context.WithValue(t.Context(), caseKey{}, connector), task)
	out := outcome{
		Data: result.Data, TemporaryData: result.TemporaryData, StartProcess: result.StartProcess, Posts: result.Posts, Emails: result.Emails,
		HTTP: timeless(connector.Requests(), g.References != nil),
	}
	results, _ := result.Data["q_results"].([]any)
	out.Results = plain(t, results)
	delete(out.Data, "q_results")
	delete(out.Data, "q_calls")
	for _, l := range result.Logs {
		out.Logs = append(out.Logs, string(l.Level)+" "+l.Message)
	}
	if err != nil {
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok {
			t.Fatalf("%s: error is a %T: %v", d.name, err, err)
		}
		out.Error = &failure{e.Code, e.Error()}
	}
	out.Data = plain(t, out.Data)
	return indent(t, out)
}

// timeless takes out of requests what the time of the run is in: that of a
// signature, and the signature. With files by reference, that is the boundary as well.
func timeless(requests []string, references bool) []string {
	if references {
		boundary := regexp.MustCompile(`postern-[0-9a-f]{32}`)
		for i, r := range requests {
			requests[i] = boundary.ReplaceAllString(r, "postern-…")
		}
	}
	changes := regexp.MustCompile(`(Signature=)[0-9a-f]{64}|(Credential=[^/]+/)\d{8}|(X-Amz-Date: )\d{8}T\d{6}Z`)
	for i, r := range requests {
		requests[i] = changes.ReplaceAllString(r, "$1$2$3…")
	}
	return requests
}

// caseConnector passes the calls of a task on to the connector of its case,
// which the context carries: one engine, with the drivers compiled once, serves
// all cases.
type caseConnector struct{ hostapi.BaseConnector }

type caseKey struct{}

func (caseConnector) OAuth2Token(ctx context.Context, grant *hostapi.Grant, connection string) (string, error) {
	return connectorOf(ctx).OAuth2Token(ctx, grant, connection)
}

func (caseConnector) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, connection string) (*hostapi.TokenInfo, error) {
	return connectorOf(ctx).OAuth2TokenInfo(ctx, grant, connection)
}

func (caseConnector) AuthSetting(ctx context.Context, grant *hostapi.Grant, connection string) (*hostapi.AuthSetting, error) {
	setting, err := connectorOf(ctx).AuthSetting(ctx, grant, connection)
	if err == nil {
		setting.Scope, setting.ClientID, setting.PrivateKeyID = "read write", "client-of-"+connection, "key-1"
	}
	return setting, err
}

func (caseConnector) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	return connectorOf(ctx).Do(ctx, grant, req)
}

func connectorOf(ctx context.Context) *hostapitest.Connector {
	c, _ := ctx.Value(caseKey{}).(*hostapitest.Connector)
	return c
}

func buildDriver(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "driver.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildmode=c-shared", "-o", file, "./driver")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func parseGiven(t *testing.T, archive *txtar.Archive) (g given) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(section(archive, "task.json")))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		t.Fatalf("task.json: %v", err)
	}
	return g
}

func section(archive *txtar.Archive, name string) []byte {
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return archive.Files[i].Data
}

func setSection(archive *txtar.Archive, name string, data []byte) {
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
}

// plain returns v with what only JSON has in it: a file is the object that it is
// in JSON, whichever of the two the script has stored.
func plain[T any](t *testing.T, v T) (out T) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func indent(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
