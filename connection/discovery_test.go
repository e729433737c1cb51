package connection_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Published endpoints do not allow addresses that the operator did not configure: the
// client's secret would be sent there.
func TestDiscoveryOfAPrivateAddress(t *testing.T) {
	t.Parallel()
	var elsewhere strings.Builder
	token := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(&elsewhere, "%s ", r.URL.Path)
		_, _ = io.WriteString(w, `{"access_token":"T"}`)
	}
	internal := httptest.NewServer(http.HandlerFunc(token))
	t.Cleanup(internal.Close)
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer":%q,"token_endpoint":%q}`, issuer+"/away", internal.URL+"/found")
		case "/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer":%q,"token_endpoint":%q}`, issuer, issuer+"/own")
		case "/own":
			_, _ = io.WriteString(w, `{"access_token":"T"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	server.Start()
	t.Cleanup(server.Close)

	for name, tt := range map[string]struct {
		keys      string
		err, seen string // seen by the other server
	}{
		"at the issuer": {keys: fmt.Sprintf("issuer = %q", issuer)},
		"elsewhere":     {keys: fmt.Sprintf("issuer = %q", issuer+"/away"), err: "cannot be reached: no rule allows it"},
		"written down":  {keys: fmt.Sprintf("issuer = %q\ntoken_endpoint = %q", issuer+"/away", internal.URL+"/written"), seen: "/written "},
	} {
		elsewhere.Reset()
		toml := "[connections.crm]\ngrant = \"client_credentials\"\nclient_id = \"id\"\nclient_secret = \"sss\"\nallow_plaintext = true\n" + tt.keys
		m, err := connection.NewManager(connection.Config{Set: parse(t, toml), Egress: egress.New(egress.Config{})})
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Token(t.Context(), "crm", 0)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: error %v, want %q", name, err, tt.err)
		}
		if got := elsewhere.String(); got != tt.seen {
			t.Errorf("%s: the other server saw %q, want %q", name, got, tt.seen)
		}
	}
}

const issuerTOML = `[connections.crm]
grant = "client_credentials"
issuer = "https://id.example.com"
client_id = "id"
client_secret = "env:S"
`

// An unusable endpoint is an error only when it is used.
func TestDiscoveryOfABadEndpoint(t *testing.T) {
	t.Parallel()
	for key, use := range map[string]func(*connection.Manager) error{
		"token_endpoint":         func(m *connection.Manager) error { _, err := m.Token(t.Context(), "crm", 0); return err },
		"revocation_endpoint":    func(m *connection.Manager) error { _, err := m.Revoke(t.Context(), "crm"); return err },
		"introspection_endpoint": func(m *connection.Manager) error { _, err := m.Introspect(t.Context(), "crm"); return err },
	} {
		m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/t" {
				_, _ = io.WriteString(w, `{"access_token":"T"}`)
				return
			}
			document := `{"issuer":"https://id.example.com","token_endpoint":"https://id.example.com/t",` + fmt.Sprintf("%q", key) + `:"http://id.example.com/x"}`
			_, _ = io.WriteString(w, document)
		}), map[string]string{"S": "s"}, issuerTOML, nil)
		if key != "token_endpoint" {
			token(t, m, "crm")
		}
		err := use(m)
		if e := asError(t, err); e.Code != hostapi.CodeConnection || !strings.Contains(e.Message, "has an endpoint that cannot be used: "+key+" must begin with https://") || !strings.Contains(e.Hint, "write "+key) {
			t.Errorf("%s: %v, hint %q", key, err, e.Hint)
		}
	}
}

// The error says why the metadata could not be fetched.
func TestDiscoveryTellsWhy(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, tt := range []struct {
		issuer, deny string
		code         hostapi.Code
		message      string
	}{
		{"http://" + nowhere, "", hostapi.CodeNetwork, "refused"},
		{secure.URL, "", hostapi.CodeNetwork, "certificate"},
		{secure.URL, "127.0.0.1", hostapi.CodeDenied, "a rule denies it"},
	} {
		var config egress.Config
		if tt.deny != "" {
			config.Deny = []hostapi.Rule{{Host: tt.deny}}
		}
		toml := fmt.Sprintf("[connections.crm]\ngrant = \"client_credentials\"\nclient_id = \"id\"\nclient_secret = \"sss\"\nallow_plaintext = true\nissuer = %q", tt.issuer)
		_, err := managerFor(t, parse(t, toml), config).Token(t.Context(), "crm", 0)
		e := asError(t, err)
		if e.Code != tt.code || !strings.HasPrefix(e.Message, "the metadata of issuer 127.0.0.1") || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%v, code %s, want %s and %q", err, e.Code, tt.code, tt.message)
		}
	}
	m := manage(t, bend(http.StatusOK, `{"issuer":"https://id.example.com/"}`), map[string]string{"S": "hunter2"}, issuerTOML, nil)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); e.Hint != `write issuer = "https://id.example.com/", as the server does` {
		t.Errorf("%v, hint %q", err, e.Hint)
	}
}

// A call that waits for metadata that another call fetches ends with its own context.
func TestDiscoveryWaitsNoLongerThanItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := manage(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), map[string]string{"S": "s"}, issuerTOML, nil)
		var calls sync.WaitGroup
		calls.Go(func() {
			_, err := m.Token(t.Context(), "crm", 0)
			if e := asError(t, err); e.Code != hostapi.CodeNetwork || !strings.HasSuffix(e.Message, "did not respond within 30s") {
				t.Errorf("the first call: %v", err)
			}
		})
		synctest.Wait()
		for _, call := range []func(context.Context) error{
			func(ctx context.Context) error { _, err := m.Revoke(ctx, "crm"); return err },
			func(ctx context.Context) error { _, err := m.Token(ctx, "crm", 0); return err },
			func(ctx context.Context) error { _, err := m.Preview(ctx, "crm", ""); return err },
		} {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := call(ctx); hostapi.CodeOf(err) != hostapi.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("%v after %v, want a timeout after 1s", err, time.Since(began))
			}
			cancel()
			began = time.Now()
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			if err := call(ctx); hostapi.CodeOf(err) != hostapi.CodeCanceled || time.Since(began) != time.Second {
				t.Errorf("%v after %v, want canceled after 1s", err, time.Since(began))
			}
		}
		calls.Wait()
		advance(t, time.Minute) // until those have ended that go on without their callers
	})
}
