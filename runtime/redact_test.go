package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// A credential is taken out of names as well as of values: of data items, and in
// errors.
func TestCredentialAsAName(t *testing.T) {
	t.Parallel()
	const secret = "own-bearer-1"
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	source := `httpClient.begin().bearer("` + secret + `").get("http://h/"); engine.setDataByVarName("q_` + secret + `", 1)`

	result, err := run(t, runtime.Config{Connector: network}, source, runtime.Task{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Data["q_[redacted]"] != 1.0 || len(result.Data) != 1 || len(result.Changed) != 1 || result.Changed[0] != "q_[redacted]" {
		t.Errorf("data %v, changed %q", result.Data, result.Changed)
	}

	_, err = run(t, runtime.Config{Connector: network}, source, runtime.Task{Items: []hostapi.Item{}})
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Name != "q_[redacted]" || strings.Contains(err.Error(), secret) {
		t.Errorf("error %v", err)
	}
}

// A task that ends while its data are searched for its credentials has not succeeded:
// the search takes no longer than the task may, and hands back nothing half done.
func TestSearchForCredentialsEndsWithTheTask(t *testing.T) {
	t.Parallel()
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	engine := runtime.New(runtime.Config{Connector: network})
	given := "saved before"
	result, err := engine.Run(ctx, runtime.Task{
		Script: compile(t, engine, `
			const request = httpClient.begin();
			for (let i = 0; i < 1000; i++) request.header("X-Key-" + i, "credential-number-" + i);
			request.get("http://h/");
			engine.setDataByVarName("q_new", "credential-number-1 ".repeat(200_000));
			engine.saveTemporaryData("saved now");
			engine.log("with credential-number-7");`),
		Data:          map[string]any{"q_old": "old"},
		TemporaryData: &given,
		OnEvent: func(e runtime.Event) {
			if e.Log != nil {
				cancel() // the last that the script does
			}
		},
	})
	wantCode(t, err, hostapi.CodeCanceled, "cancelled")
	if len(result.Data) != 1 || result.Data["q_old"] != "old" || len(result.Changed) != 0 || *result.TemporaryData != given {
		t.Errorf("after cancellation: data %v, changed %q, temporary data %q", result.Data, result.Changed, *result.TemporaryData)
	}
	if len(result.Logs) != 1 || result.Logs[0].Message != "with [redacted]" {
		t.Errorf("logs %v", result.Logs)
	}
}

func TestTooManyCredentials(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"number": `for (let i = 0; i < 101; i++) {
			const request = httpClient.begin();
			for (let j = 0; j < 100; j++) request.header("X-Key-" + j, "credential-" + i + "-" + j);
			request.get("http://h/");
		}`,
		"bytes": `for (let i = 0; i < 20; i++) httpClient.begin().bearer((i + "x").repeat(30_000)).get("http://h/")`,
	} {
		sent := 0
		network := &hostapitest.Connector{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ })}
		_, err := run(t, runtime.Config{Connector: network, Limits: hostapi.Limits{Requests: 1000}}, source, runtime.Task{})
		wantCode(t, err, hostapi.CodeLimit, "get: the task has used more than 10,000 credentials or 1 MiB of them")
		if want := map[string]int{"number": 100, "bytes": 14}[name]; sent != want {
			t.Errorf("%s: %d requests were sent, want %d", name, sent, want)
		}
	}
	// One that is used again counts once.
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	source := `const token = "token".repeat(10_000); for (let i = 0; i < 50; i++) httpClient.begin().bearer(token).get("http://h/")`
	if _, err := run(t, runtime.Config{Connector: network}, source, runtime.Task{}); err != nil {
		t.Error(err)
	}
}

// A credential that is made so that the search for it takes long does not take a task past its
// deadline: the search is proportional to the data.
func TestLongCredentialInMuchData(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile("testdata/credential.wasm")
	if err != nil {
		t.Fatal(err)
	}
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	engine := runtime.New(runtime.Config{Connector: network, Limits: hostapi.Limits{Time: 10 * time.Second}}) // it took minutes
	for _, source := range []runtime.Source{
		{Name: "a.wasm", Code: wasm},
		{Name: "a.js", Code: []byte(`httpClient.begin().bearer("a".repeat(10_000)).get("http://h/"); engine.setDataByVarName("q", "a".repeat(1e6))`)},
		{Name: "b.js", Code: []byte(`httpClient.begin().bearer("b" + "a".repeat(10_000)).get("http://h/");
			engine.setDataByVarName("q", "b" + "a".repeat(10_000)); engine.setDataByVarName("q_near", "a".repeat(1e6))`)},
	} {
		script, err := engine.Compile(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		result, err := engine.Run(t.Context(), runtime.Task{Script: script})
		if err != nil || result.Data["q"] != "[redacted]" {
			t.Errorf("%s: %v, data of %d bytes", source.Name, err, len(fmt.Sprint(result.Data["q"])))
		}
	}
}
