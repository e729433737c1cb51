// Command 6-service is a workflow service in small: an HTTP API for many tenants, on one
// database and one pool of network connections. Run it to see it used: the demonstration
// calls it over HTTP, and the authorization server and the API are part of this program.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Stderr); err != nil {
		log.Fatal(err)
	}
}

//go:embed order.xml
var orderXML string

// The scripts of the demonstration. wait.js waits for a server that does not respond.
const (
	uploadScript = `
const file = engine.findDataByVarName("q_file")[0];
const response = httpClient.begin().bearer(httpClient.getOAuth2Token("playground"))
	.body(file).post(engine.findDataByVarName("q_url") + "/api/echo");
engine.setDataByVarName("q_file", null);
engine.setDataByVarName("q_result", file.getName() + ": " + response.getStatusCode());`
	whoamiScript = `
const response = httpClient.begin().authSetting("user").get(engine.findDataByVarName("q_url") + "/api/echo");
engine.setDataByVarName("q_result", JSON.parse(response.getResponseAsString()).user);`
	waitScript   = `httpClient.begin().authSetting("playground").get(engine.findDataByVarName("q_url") + "/wait");`
	deleteScript = `httpClient.begin().authSetting("playground").delete(engine.findDataByVarName("q_url") + "/api/items");`
	orderScript  = `
engine.setDataByVarName("q_order", engine.findDataByVarName("q_order") + ", number " + counter.next("orders"));`
)

// run starts the API that tasks call and the service, and uses it.
func run(ctx context.Context, out, logs io.Writer) (err error) {
	waiting := make(chan struct{})
	api, err := connectiontest.Start("", &connectiontest.Provider{Bend: func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/wait" {
			return false
		}
		waiting <- struct{}{}
		<-r.Context().Done()
		return true
	}})
	if err != nil {
		return err
	}
	defer api.Close() //nolint:errcheck // the program ends here
	folder, err := os.MkdirTemp("", "postern-service")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)         //nolint:errcheck // a temporary folder
	key := bytes.Repeat([]byte{1}, 32) // of a demonstration: yours is random, and secret
	secrets := func(_ context.Context, tenant, ref string) (string, error) {
		if (tenant == "acme" || tenant == "globex") && ref == "vault:demo" {
			return "demo-secret", nil
		}
		return "", errors.New("no such secret")
	}
	spans := tracetest.NewInMemoryExporter() // a program of yours exports to a collector
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	s, err := newService(ctx, config{
		folder: folder, key: key, callback: base + "/callback", secrets: secrets,
		log: slog.New(slog.NewTextHandler(logs, nil)), spans: trace.NewTracerProvider(trace.WithSyncer(spans)),
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	d := &demonstration{ctx: ctx, out: out, base: base, api: api, client: &http.Client{Transport: &http.Transport{}}}
	defer d.client.CloseIdleConnections()
	d.connections("acme", "globex")
	d.tasks(waiting)
	d.spans(spans.GetSpans())
	d.authorize()
	d.webhook()

	// The end. No request is accepted any more; those in progress end; then the service.
	d.start("acme", order{Script: "wait", Connections: []string{"playground"}})
	<-waiting
	err = server.Shutdown(ctx)
	now, cancel := context.WithCancel(ctx)
	cancel() // a program of yours gives tasks some time
	fmt.Fprintln(out, "shutdown:", s.shutdown(now))
	if serving := <-served; !errors.Is(serving, http.ErrServerClosed) {
		err = errors.Join(err, serving)
	}
	return errors.Join(err, d.err)
}

// demonstration uses the service as its clients do, and tells what happened.
type demonstration struct {
	ctx    context.Context //nolint:containedctx // of all its calls
	out    io.Writer
	base   string
	api    *connectiontest.Server
	client *http.Client
	err    error // all of them
}

func (d *demonstration) connections(tenants ...string) {
	machine := connection.Definition{
		Grant: "client_credentials", TokenEndpoint: d.api.URL + "/token", Hosts: []string{d.api.Host()},
		ClientID: "demo", ClientSecret: []connection.Secret{connection.SecretRef("vault:demo")},
	}
	user := machine
	user.Grant, user.AuthorizationEndpoint = "authorization_code", d.api.URL+"/authorize"
	definitions, err := json.Marshal(map[string]connection.Definition{"playground": machine, "user": user})
	d.err = errors.Join(d.err, err)
	for _, tenant := range tenants {
		d.call("PUT", "/tenants/"+tenant+"/connections", string(definitions))
	}
}

func (d *demonstration) tasks(waiting <-chan struct{}) {
	for name, code := range map[string]string{
		"upload": uploadScript, "wait": waitScript, "delete": deleteScript, "order": orderScript, "whoami": whoamiScript,
	} {
		d.call("PUT", "/scripts/"+name, code)
	}
	playground := []string{"playground"}
	d.call("PUT", "/tenants/acme/files/scan.tiff", strings.Repeat("scan", 1<<18))
	d.end("a file", d.start("acme", order{Script: "upload", Connections: playground, Files: map[string]string{"q_file": "scan.tiff"}}))
	_, text := d.call("POST", "/tenants/globex/tasks", `{"script": "upload", "files": {"q_file": "scan.tiff"}}`)
	fmt.Fprintln(d.out, "the file of another tenant:", text)
	d.end("not granted", d.start("acme", order{Script: "wait"}))
	d.end("policy", d.start("acme", order{Script: "delete", Connections: playground}))

	id := d.start("acme", order{Script: "wait", Connections: playground})
	<-waiting
	// Both are replaced while the task runs, which finishes with what it began with.
	d.call("PUT", "/scripts/wait", `engine.setDataByVarName("q_result", "the new script");`)
	d.call("PUT", "/tenants/acme/connections", "{}")
	d.end("replaced", d.start("acme", order{Script: "wait"}))
	_, state := d.call("GET", id, "")
	fmt.Fprintln(d.out, "the task from before:", state)
	d.call("DELETE", id, "")
	d.end("cancelled", id)
	d.call("PUT", "/scripts/wait", waitScript)
	d.connections("acme")
}

// spans tells the spans of the first task, each after its parent.
func (d *demonstration) spans(all tracetest.SpanStubs) {
	var tell func(parent oteltrace.SpanID, indent string)
	tell = func(parent oteltrace.SpanID, indent string) {
		for _, s := range all {
			if s.SpanContext.TraceID() == all[0].SpanContext.TraceID() && s.Parent.SpanID() == parent {
				fmt.Fprintln(d.out, indent+s.Name)
				tell(s.SpanContext.SpanID(), indent+"  ")
			}
		}
	}
	tell(oteltrace.SpanID{}, "span ")
}

// authorize is what the browser of a user does, who agrees.
func (d *demonstration) authorize() {
	ask := order{Script: "whoami", Connections: []string{"user"}}
	d.end("before the user agreed", d.start("acme", ask))
	_, text := d.call("GET", "/tenants/acme/connections/user/authorize", "")
	fmt.Fprintln(d.out, "authorization:", text)
	d.end("after it", d.start("acme", ask))
	d.end("of another tenant", d.start("globex", ask))
}

func (d *demonstration) webhook() {
	d.call("PUT", "/tenants/globex/hooks/order?conf_Key=open-sesame", orderXML)
	for _, key := range []string{"guess", "open-sesame", "open-sesame"} {
		header, text := d.call("POST", "/tenants/globex/hooks/order", `{"order": "3 bolts"}`, "X-Key", key)
		fmt.Fprintf(d.out, "webhook with the key %s: %s\n", key, text)
		if id := header.Get("Location"); id != "" {
			d.end("it started", id)
		}
	}
}

// start starts a task, and returns its path.
func (d *demonstration) start(tenant string, o order) string {
	o.Data = map[string]any{"q_url": d.api.URL}
	text, err := json.Marshal(o)
	d.err = errors.Join(d.err, err)
	header, _ := d.call("POST", "/tenants/"+tenant+"/tasks", string(text))
	return header.Get("Location")
}

// end waits for the end of a task, and tells it.
func (d *demonstration) end(what, id string) {
	_, text := d.call("GET", id+"?wait", "")
	_, text, _ = strings.Cut(text, " ")
	var r result
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		fmt.Fprintln(d.out, what, text)
		return
	}
	delete(r.Data, "q_url")
	fmt.Fprintf(d.out, "%s: %s %v", what, r.State, r.Data)
	if r.Error != nil {
		fmt.Fprintf(d.out, " %s (%s)", strings.ReplaceAll(r.Error.Message, d.api.Host(), "HOST"), r.Error.Code)
	}
	fmt.Fprintln(d.out)
}

// call sends a request to the service, and returns the header and the body of the response.
func (d *demonstration) call(method, path, body string, header ...string) (http.Header, string) {
	req, err := http.NewRequestWithContext(d.ctx, method, d.base+path, strings.NewReader(body))
	if err != nil {
		d.err = errors.Join(d.err, err)
		return nil, ""
	}
	req.Header.Set("X-User", "ada")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	response, err := d.client.Do(req)
	if err != nil {
		d.err = errors.Join(d.err, err)
		return nil, ""
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	d.err = errors.Join(d.err, err)
	return response.Header, strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", string(text)))
}
