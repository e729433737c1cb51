package connection_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
)

// What a server publishes opens no address that the operator did not write down:
// the client's secret would go to whatever listens there.
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
