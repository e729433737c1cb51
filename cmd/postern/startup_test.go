package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/cli"
)

// printed is what one run of the command has left.
type printed struct {
	args           []string
	status         int
	stdout, stderr string
}

func (p printed) String() string {
	return fmt.Sprintf("postern %s: exit status %d\n%s\n%s", strings.Join(p.args, " "), p.status, p.stdout, p.stderr)
}

// call runs the command in this process, with an environment of the test's own.
func call(t *testing.T, env map[string]string, args ...string) printed {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := cli.Main(t.Context(), cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	return printed{args, status, stdout.String(), stderr.String()}
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

// TestStartUp holds that what is wrong with an oauth.toml is told by every
// command that reads it, with its place, and never with a secret.
func TestStartUp(t *testing.T) {
	t.Parallel()
	const head = "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\nclient_id = \"id\"\n" // 4 lines
	const canary = "hunter2canary"
	tests := []struct {
		name, toml string
		line       int
		want       string
	}{
		{"K01 unknown key", head + "client_secret = \"env:S\"\nclient_secrit = \"x\"", 6, `connection "crm" client_secrit: unknown key`},
		{"K01 wrong-case key", head + "client_secret = \"env:S\"\nScopes = [\"x\"]", 6, `connection "crm" Scopes: unknown key`},
		{"K01 duplicate table", head + "client_secret = \"env:S\"\n\n[connections.crm]\n", 7, `connections.crm: defined twice`},
		{"K01 bad grant", strings.Replace(head, "client_credentials", "telepathy", 1), 2, `connection "crm" grant: has a value that is not allowed`},
		{"K01 http endpoint", strings.Replace(head, "https:", "http:", 1) + "client_secret = \"env:S\"", 3, `connection "crm" token_endpoint: must begin with https://`},
		{"K02 unquoted secret", head + "client_secret = " + canary + "\n", 5, `client_secret: not valid TOML here`},
		{"K02 unterminated secret", head + "client_secret = \"" + canary + "\nscopes = []\n", 5, `client_secret: not valid TOML here`},
		{"K03 variable missing", head + "client_secret = \"env:NOT_SET\"", 5, `connection "crm" client_secret: environment variable NOT_SET is not set`},
		{"K03 mode 0644", head + "client_secret = \"file:open\"", 5, `connection "crm" client_secret: `},
		{"K03 plain text", head + "client_secret = \"" + canary + "\"", 5, `connection "crm" client_secret: is a secret in plaintext`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "oauth.toml")
			write(t, file, tt.toml, 0o600)
			write(t, filepath.Join(dir, "open"), canary, 0o644)
			script := filepath.Join(dir, "task.js")
			write(t, script, "console.log('it began')", 0o600)
			commands := [][]string{
				{"run", script, "--connections", file},
				{"run", script, "--connections", file, "--json"},
				{"check", file},
				{"token", "crm", "--connections", file},
				{"connect", "crm", "--connections", file},
				{"connection", "test", "crm", "--connections", file},
				{"connection", "list", "--connections", file},
				{"connection", "show", "crm", "--connections", file, "--json"},
			}
			if strings.HasPrefix(tt.name, "K03") && !strings.Contains(tt.toml, canary) {
				commands[0], commands[1] = append(commands[0], "--use", "crm"), slices.Insert(commands[1], 2, "--use", "crm")
				commands = commands[:6] // the others need no secret
				if got := call(t, nil, "run", script, "--connections", file); got.status != 0 {
					t.Errorf("%v\na script that does not use the connection", got)
				}
			}
			for _, args := range commands {
				got := call(t, map[string]string{"S": "s"}, args...)
				place := fmt.Sprintf("%s:%d:", file, tt.line)
				if got.status != 2 || !strings.Contains(got.stderr, place) || !strings.Contains(got.stderr, tt.want) {
					t.Errorf("%v\nwant exit status 2 and %s %s", got, place, tt.want)
				}
				if args[0] == "run" && args[len(args)-1] == "--json" && !strings.Contains(got.stdout, fmt.Sprintf(`"line": %d`, tt.line)) {
					t.Errorf("%v\nwant line %d in the object", got, tt.line)
				}
				if all := got.stdout + got.stderr; strings.Contains(all, canary) || strings.Contains(all, "it began") {
					t.Errorf("%v\nhas the secret, or the script ran", got)
				}
			}
		})
	}
}

// C15: scripts that ask a token endpoint themselves run as they are; only the
// endpoints come from the task.
func TestScriptsThatAskForTheirTokens(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]string{
		"password":           "grant_type=password&client_id=demo&client_secret=demo-secret&scope=read&username=alice&password=wonderland",
		"client-credentials": "grant_type=client_credentials&client_id=demo&client_secret=demo-secret",
	} {
		t.Run("C15 "+name, func(t *testing.T) {
			t.Parallel()
			provider := &connectiontest.Provider{}
			server, err := connectiontest.Start("", provider)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			})
			got := call(t, nil, "run", "../../scripts/"+name+".js", "--allow", server.Host(), "--data", "q_base_url="+server.URL, "--json")
			var outcome struct {
				Data map[string]string `json:"data"`
			}
			if err := json.Unmarshal([]byte(got.stdout), &outcome); err != nil || got.status != 0 || got.stderr != "" {
				t.Fatalf("%v: %v", got, err)
			}
			log := outcome.Data["q_accesslog"]
			for _, want := range []string{
				"POST " + server.URL + "/token\n200 {\"access_token\":\"[redacted]\"",
				"POST " + server.URL + "/api/echo\n200 {\"client\":\"demo\"", `"greeting":["hello"]`,
			} {
				if !strings.Contains(log, want) {
					t.Errorf("the log has no %q:\n%s", want, log)
				}
			}
			requests := provider.Requests()
			if len(requests) != 2 || string(requests[0].Body) != form || requests[0].Path != "/token" || requests[1].Path != "/api/echo" {
				t.Fatalf("requests %s, want the form %s and one to the API", requests, form)
			}
			token, ok := strings.CutPrefix(requests[1].Header.Get("Authorization"), "Bearer ")
			if !ok || len(token) < 20 || strings.Contains(got.stdout, token) {
				t.Errorf("Authorization %q, or its token is in\n%v", requests[1].Header.Get("Authorization"), got)
			}
		})
	}
}

// Libraries have nothing to say to the user: what they quote may hold a secret.
func TestLibrariesDoNotLog(t *testing.T) {
	was := log.Writer()
	t.Cleanup(func() { log.SetOutput(was) })
	run(cli.Env{Args: []string{"version"}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, LookupEnv: os.LookupEnv})
	if log.Writer() != io.Discard {
		t.Error("the log package has an output")
	}
}
