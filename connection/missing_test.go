package connection_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

const oneMissing = `[connections.good]
grant = "static"
token = "env:GOOD"
hosts = ["api.example.com"]

[connections.bad]
grant = "static"
token = "env:BAD"
hosts = ["api.example.com"]

[connections.file]
grant = "basic"
username = "u"
password = "file:nowhere"
hosts = ["api.example.com"]
`

// TestOneMissingSecret checks that a connection without its secret fails alone, and
// that the error names the secret and its line.
func TestOneMissingSecret(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	env := map[string]string{"GOOD": "the-good-token"}
	asked := make(map[string]int)
	set, err := connection.Parse("oauth.toml", []byte(oneMissing), connection.ParseOptions{LookupEnv: func(name string) (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		asked[name]++
		value, ok := env[name]
		return value, ok
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 0 {
		t.Errorf("%v was looked up before it was needed", asked)
	}
	config := set.Egress()
	config.Transport = memory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(strings.ToUpper(r.Header.Get("Authorization"))))
	})}
	m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(config)})
	if err != nil {
		t.Fatal(err)
	}
	grant := &hostapi.Grant{Connections: []string{"good", "bad", "file"}, Limits: hostapi.DefaultLimits()}
	do := func(name string) (*hostapi.Response, error) {
		return m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: name})
	}
	for range 2 {
		if response, err := do("good"); err != nil || string(response.Body) != "BEARER THE-GOOD-TOKEN" {
			t.Fatalf("good: %v, %v", response, err)
		}
	}
	if asked["GOOD"] != 1 || asked["BAD"] > 1 { // BAD might be in a response of the same host
		t.Errorf("looked up: %v, want GOOD once", asked)
	}
	_, err = do("bad")
	wantConfigError(t, err, 8, `connection "bad" token: environment variable BAD is not set`)
	_, err = do("file")
	wantConfigError(t, err, 14, `connection "file" password: no such file: nowhere`)
	_, err = m.Token(t.Context(), "bad", 0)
	wantConfigError(t, err, 8, "BAD is not set")
	if status, err := m.Status(t.Context(), "bad"); err != nil || status.State != connection.StateFailing || status.Reason != "token: environment variable BAD is not set" {
		t.Errorf("status %+v, %v", status, err)
	}

	joined, ok := set.CheckSecrets(t.Context()).(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 2 {
		t.Fatalf("missing: %v, want two", set.CheckSecrets(t.Context()))
	}
	wantConfigError(t, joined.Unwrap()[0], 8, "BAD is not set")
	wantConfigError(t, joined.Unwrap()[1], 14, "no such file: nowhere")
	if err := set.CheckSecrets(t.Context(), "good"); err != nil {
		t.Errorf("good: %v", err)
	}
	if err := set.CheckSecrets(t.Context(), "nowhere"); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
		t.Errorf("nowhere: %v", err)
	}

	// A missing secret may be there the next time.
	mu.Lock()
	env["BAD"] = "the-bad-token"
	mu.Unlock()
	if response, err := do("bad"); err != nil || response.Status != http.StatusOK {
		t.Errorf("bad, once it is set: %v, %v", response, err)
	}
}

// TestSecretsAtOnce checks that many tasks can use their connections for the first time
// concurrently.
func TestSecretsAtOnce(t *testing.T) {
	t.Parallel()
	set, err := connection.Parse("oauth.toml", []byte(oneMissing), connection.ParseOptions{LookupEnv: lookup(map[string]string{"GOOD": "the-good-token"})})
	if err != nil {
		t.Fatal(err)
	}
	m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(egress.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			if _, err := m.Token(t.Context(), "good", 0); err != nil {
				t.Error(err)
			}
			if _, err := m.Token(t.Context(), "bad", 0); err == nil {
				t.Error("bad has a token")
			}
			_, _ = m.Status(t.Context(), "file")
			if err := set.CheckSecrets(t.Context()); err == nil {
				t.Error("nothing is missing")
			}
		})
	}
	wait.Wait()
}
