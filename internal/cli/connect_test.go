package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/internal/cli"
)

// authorizationServer says yes to everybody, unless a test says otherwise.
type authorizationServer struct {
	refusal string // error code of the authorization endpoint
	codes   []string
}

func (s *authorizationServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/authorize":
		q := r.URL.Query()
		back := url.Values{"state": {q.Get("state")}}
		if s.refusal != "" {
			back.Set("error", s.refusal)
			back.Set("error_description", "<b>not today</b>")
		} else {
			back.Set("code", "the-code")
		}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	case "/token":
		s.codes = append(s.codes, r.PostFormValue("grant_type"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"canary-access","refresh_token":"canary-refresh","expires_in":3600,"scope":"read"}`)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// pageLog keeps what a browser was shown.
type pageLog struct {
	mu    sync.Mutex
	pages []string
}

func (l *pageLog) add(page string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pages = append(l.pages, page)
}

func (l *pageLog) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.pages, "\n")
}

// command runs postern with a browser that goes where it is sent.
func command(t *testing.T, pages *pageLog, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Main(t.Context(), cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		LookupEnv: func(name string) (string, bool) {
			key := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
			return key, name == "STORE_KEY"
		},
		OpenBrowser: func(ctx context.Context, target string) error {
			go func() {
				request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, target, nil)
				if err != nil {
					return
				}
				response, err := new(http.Client).Do(request)
				if err != nil {
					return
				}
				defer response.Body.Close() //nolint:errcheck // read below
				body, _ := io.ReadAll(response.Body)
				pages.add(string(body))
			}()
			return nil
		},
	})
	return status, out.String(), errs.String()
}

func writeConnections(t *testing.T, server, store string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "oauth.toml")
	toml := fmt.Sprintf(`[connections.crm]
grant = "authorization_code"
authorization_endpoint = "%[1]s/authorize"
token_endpoint = "%[1]s/token"
revocation_endpoint = "%[1]s/revoke"
client_id = "id"
token_endpoint_auth_method = "none"
%[2]s`, server, store)
	if err := os.WriteFile(file, []byte(toml), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

const sqliteStore = "[store]\nurl = \"sqlite:tokens.db\"\nkey = \"env:STORE_KEY\"\n"

func TestConnect(t *testing.T) {
	t.Parallel()
	s := new(authorizationServer)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	_, file := writeConnections(t, server.URL, sqliteStore)
	var pages pageLog
	everything := ""
	run := func(want int, args ...string) string {
		t.Helper()
		status, stdout, stderr := command(t, &pages, append(args, "--connections", file)...)
		if status != want {
			t.Fatalf("postern %s: status %d, want %d\n%s%s", strings.Join(args, " "), status, want, stdout, stderr)
		}
		everything += stderr
		return stdout + stderr
	}
	if out := run(5, "token", "crm"); !strings.Contains(out, `postern connect crm`) {
		t.Errorf("before anybody gave the grant: %s", out)
	}
	if out := run(0, "connect", "crm"); !strings.Contains(out, "granted     read") {
		t.Errorf("connect: %s", out)
	}
	// Another process, as it were, has the grant from the store.
	if out := run(0, "token", "crm"); strings.TrimSpace(out) != "canary-access" {
		t.Errorf("token: %s", out)
	}
	var shown struct {
		CallbackURL string `json:"callback_url"`
		Status      struct {
			State       string
			Refreshable bool
		}
	}
	if err := json.Unmarshal([]byte(run(0, "connection", "show", "crm", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Status.State != "ready" || !shown.Status.Refreshable || !strings.HasPrefix(shown.CallbackURL, "http://127.0.0.1") {
		t.Errorf("show: %+v", shown)
	}
	if out := run(0, "connection", "test", "crm"); !strings.Contains(out, "the server issued a token just now") {
		t.Errorf("test: %s", out)
	}
	if out := run(0, "keys", "rotate"); !strings.Contains(out, "1 secret re-encrypted") {
		t.Errorf("rotate: %s", out)
	}
	run(2, "connection", "revoke", "crm")
	if out := run(0, "connection", "revoke", "crm", "--yes"); !strings.Contains(out, "revoked and deleted") {
		t.Errorf("revoke: %s", out)
	}
	run(5, "token", "crm")
	if strings.Contains(everything, "canary") {
		t.Errorf("a secret was shown:\n%s", everything)
	}
	if got, want := strings.Join(s.codes, " "), "authorization_code refresh_token"; got != want {
		t.Errorf("token requests: %s, want %s", got, want)
	}
}

func TestConnectRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&authorizationServer{refusal: "access_denied"})
	t.Cleanup(server.Close)
	_, file := writeConnections(t, server.URL, sqliteStore)
	var pages pageLog
	status, _, stderr := command(t, &pages, "connect", "crm", "--connections", file)
	if status != 3 || !strings.Contains(stderr, "authorization: the request was denied: access_denied") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if page := pages.all(); strings.Contains(page, "<b>") {
		t.Errorf("the page has the server's markup: %s", page)
	}
}

func TestConnectNeedsAStore(t *testing.T) {
	t.Parallel()
	_, file := writeConnections(t, "https://id.example.com", "")
	var pages pageLog
	status, _, stderr := command(t, &pages, "connect", "crm", "--connections", file)
	if status != 2 || !strings.Contains(stderr, "hint: postern store init") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(new(authorizationServer))
	t.Cleanup(server.Close)
	dir, file := writeConnections(t, server.URL, sqliteStore)
	tokens := filepath.Join(dir, "tokens.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(tokens, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var pages pageLog
	for _, bad := range []string{`{"crm": {"access_tokn": "canary"}}`, `[]`, `{"nobody": {"access_token": "canary"}}`, `{"crm": {}}`} {
		write(bad)
		if status, _, stderr := command(t, &pages, "connection", "import", tokens, "--connections", file); status == 0 || strings.Contains(stderr, "canary") {
			t.Errorf("import of %s: status %d\n%s", bad, status, stderr)
		}
	}
	write(`{"crm": {"access_token": "canary-imported", "expires_at": "2999-01-01T00:00:00Z"}}`)
	if status, _, stderr := command(t, &pages, "connection", "import", tokens, "--connections", file); status != 0 || strings.Contains(stderr, "canary") {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if _, stdout, stderr := command(t, &pages, "token", "crm", "--connections", file); strings.TrimSpace(stdout) != "canary-imported" {
		t.Errorf("token: %s%s", stdout, stderr)
	}
}
