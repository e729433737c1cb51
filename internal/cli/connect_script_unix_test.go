//go:build unix

package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/internal/testservers"
)

// sentRequest is what a token endpoint was sent, decoded.
type sentRequest struct {
	method, uri   string
	authorization string
	key           string // the header X-Key
	mediaType     string
	body          any
}

// tokenServer takes down what it is sent.
type tokenServer struct {
	mu   sync.Mutex
	sent []sentRequest
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	q := r.URL.Query()
	one := sentRequest{r.Method, r.URL.Path + " " + q.Encode(), r.Header.Get("Authorization"), r.Header.Get("X-Key"), mediaType, nil}
	switch {
	case len(content) == 0:
		one.mediaType = "" // curl and Go differ in whether they send one for nothing
	case mediaType == "application/json":
		_ = json.Unmarshal(content, &one.body)
	case mediaType == "text/xml":
		var v struct {
			Attr string `xml:"a,attr"`
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal(content, &v); err != nil {
			v.Text = "not XML: " + string(content)
		}
		one.body = v
	default:
		one.body, _ = url.ParseQuery(string(content))
	}
	s.mu.Lock()
	s.sent = append(s.sent, one)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"access_token":"T","token_type":"Bearer","device_code":"D","user_code":"U","verification_uri":"https://x.example.com/"}`)
}

// all returns what was sent, and forgets it.
func (s *tokenServer) all() []sentRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = nil
	return sent
}

// posternWith runs the command with those variables.
func posternWith(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = Main(t.Context(), Env{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, LookupEnv: func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}})
	return status, out.String(), errs.String()
}

// runScript runs a script with those variables of the shell and no others.
func runScript(t *testing.T, shell, script string, env map[string]string) (stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), shell, "-s")
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	err = cmd.Run()
	return errs.String(), err
}

// oddSecret has whatever a form, JSON, XML, a shell and printf take for more than text.
const oddSecret = "a&b=c%41%zz+d \"e\" \\f\\n 'g' <h> $HOME `id` $(id) ;é日\t\nß:{client_id}%s\\"

// TestScriptSendsTheSame holds that the script of a dry run sends what postern token
// sends, whatever is in the secrets.
func TestScriptSendsTheSame(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "curl", "sh", "bash")
	env := map[string]string{"CLIENT_SECRET": oddSecret, "PASSWORD": oddSecret + "2", "USERNAME": oddSecret + "3", "SUBJECT_TOKEN": oddSecret + "4"}
	env["TOKEN_PARAMS_KEY"], env["TOKEN_HEADERS_X_KEY"] = oddSecret+"5", `it's "$(id)" & a%41 \n`
	const post = "token_endpoint_auth_method = \"client_secret_post\"\nclient_secret = \"env:CLIENT_SECRET\"\n"
	const body = "token_request = { content_type = %q, body = '''%s''' }\n"
	for name, toml := range map[string]string{
		"basic":  "grant = \"client_credentials\"\nclient_secret = \"env:CLIENT_SECRET\"\n",
		"raw":    "grant = \"client_credentials\"\nbasic_encoding = \"raw\"\nclient_secret = \"env:CLIENT_SECRET\"\n",
		"post":   "grant = \"client_credentials\"\n" + post,
		"json":   "grant = \"client_credentials\"\ntoken_body = \"json\"\n" + post,
		"query":  "grant = \"client_credentials\"\ntoken_body = \"query\"\n" + post,
		"get":    "grant = \"client_credentials\"\ntoken_method = \"GET\"\n" + post,
		"params": "grant = \"client_credentials\"\ntoken_params = { key = \"env:TOKEN_PARAMS_KEY\" }\ntoken_headers = { X-Key = \"env:TOKEN_HEADERS_X_KEY\" }\n" + post,
		"own JSON": "grant = \"client_credentials\"\n" + post +
			fmt.Sprintf(body, "application/json", `{"a": {"{client_secret}": ["{client_secret}", "{client_id}"]}}`),
		"own XML":        "grant = \"client_credentials\"\n" + strings.ReplaceAll(post, "\\t", "") + fmt.Sprintf(body, "text/xml; charset=utf-8", `<r a="{client_secret}">{client_secret}</r>`),
		"own form":       "grant = \"client_credentials\"\n" + post + fmt.Sprintf(body, "application/x-www-form-urlencoded", `s={client_secret}&x=%41`),
		"password":       "grant = \"password\"\nlegacy = true\nusername = \"env:USERNAME\"\npassword = \"env:PASSWORD\"\nclient_secret = \"env:CLIENT_SECRET\"\n",
		"token_exchange": "grant = \"token_exchange\"\nsubject_token = \"env:SUBJECT_TOKEN\"\n" + post,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &tokenServer{}
			api := httptest.NewServer(server)
			t.Cleanup(api.Close)
			id := "me:+ &"
			if name == "raw" {
				id = "me + &"
			}
			file := writeFile(t, "oauth.toml", "[connections.crm]\ntoken_endpoint = \""+api.URL+"/token?a=%5B1%5D\"\nclient_id = \""+id+"\"\n"+toml)
			if status, _, stderr := posternWith(t, env, "token", "crm", "--connections", file); status != 0 {
				t.Fatalf("status %d: %s", status, stderr)
			}
			want := server.all()
			status, script, stderr := posternWith(t, env, "connect", "crm", "--dry-run", "--connections", file)
			if status != 0 || len(server.all()) > 0 {
				t.Fatalf("status %d: %s", status, stderr)
			}
			for _, shell := range []string{"sh", "bash"} {
				if stderr, err := runScript(t, shell, script, env); err != nil {
					t.Fatalf("%v: %s of\n%s", err, stderr, script)
				}
				if got := server.all(); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: the script sends\n%q, and postern\n%q\n%s", shell, got, want, script)
				}
			}
			for name := range env {
				if !strings.Contains(script, "${"+name+":?}") {
					continue
				}
				for _, value := range []string{"", "unset"} {
					without := maps.Clone(env)
					if without[name] = value; value == "unset" {
						delete(without, name)
					}
					stderr, err := runScript(t, "sh", script, without)
					if sent := server.all(); err == nil || len(sent) > 0 || !strings.Contains(stderr, name) {
						t.Errorf("without %s: %d requests, %v: %s", name, len(sent), err, stderr)
					}
				}
			}
		})
	}
}

// TestScriptStops holds that a request whose values another one yields is not sent
// without them.
func TestScriptStops(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "curl", "sh")
	server := &tokenServer{}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	file := writeFile(t, "oauth.toml", "[connections.tv]\ngrant = \"device_code\"\ndevice_authorization_endpoint = \""+api.URL+"/device\"\ntoken_endpoint = \""+api.URL+
		"/token\"\nclient_id = \"me\"\ntoken_endpoint_auth_method = \"none\"\n")
	_, script, _ := posternWith(t, nil, "connect", "tv", "--dry-run", "--connections", file)
	stderr, err := runScript(t, "sh", script, nil)
	if sent := server.all(); err == nil || len(sent) != 1 || !strings.Contains(stderr, "DEVICE_CODE") {
		t.Errorf("%d requests, %v: %s", len(sent), err, stderr)
	}
	stderr, err = runScript(t, "sh", script, map[string]string{"DEVICE_CODE": "D"})
	if sent := server.all(); err != nil || len(sent) != 2 {
		t.Errorf("%d requests, %v: %s", len(sent), err, stderr)
	}
}

// TestScriptShowsSecretsInTurn holds that a secret that is being replaced is told with
// those to try after it.
func TestScriptShowsSecretsInTurn(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "oauth.toml", `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "me"
client_secret = ["env:NEW", "env:OLD", "SEKRET"]
allow_plaintext = true
`)
	_, script, _ := posternWith(t, map[string]string{"NEW": "SEKRET1", "OLD": "SEKRET2"}, "connect", "crm", "--dry-run", "--connections", file)
	want := "client_secret of " + file + ", which is env:NEW, or if the server answers invalid_client env:OLD, or if the server answers invalid_client in plain text"
	if !strings.Contains(script, want) || strings.Contains(script, "SEKRET") {
		t.Errorf("no %q in\n%s", want, script)
	}
}

// TestScriptGoesByProxy holds that the script uses the proxy of the connection, else
// that of [egress], and names where one comes from that may hold a password.
func TestScriptGoesByProxy(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "curl", "sh")
	server := &tokenServer{}
	proxy := httptest.NewServer(server)
	t.Cleanup(proxy.Close)
	const connection = "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"http://127.0.0.1:1/token\"\nclient_id = \"me\"\nclient_secret = \"env:CLIENT_SECRET\"\n"
	env := map[string]string{"CLIENT_SECRET": "s", "PROXY": proxy.URL}
	for name, toml := range map[string]string{
		"own":             connection + "proxy = \"" + proxy.URL + "\"\n",
		"own by name":     connection + "proxy = \"env:PROXY\"\n",
		"egress":          connection + "[egress]\nproxy = \"" + proxy.URL + "\"\n",
		"egress by name":  connection + "[egress]\nproxy = \"env:PROXY\"\n",
		"own over egress": connection + "proxy = \"env:PROXY\"\n[egress]\nproxy = \"http://127.0.0.1:1\"\n",
	} {
		file := writeFile(t, "oauth.toml", toml)
		status, script, stderr := posternWith(t, env, "connect", "crm", "--dry-run", "--connections", file)
		if status != 0 {
			t.Fatalf("%s: status %d: %s", name, status, stderr)
		}
		if by := strings.Contains(toml, "env:PROXY"); by != strings.Contains(script, "# PROXY: proxy of "+file+", which is env:PROXY\n") {
			t.Errorf("%s:\n%s", name, script)
		}
		if stderr, err := runScript(t, "sh", script, env); err != nil || len(server.all()) != 1 {
			t.Errorf("%s: %v: %s", name, err, stderr)
		}
	}
}

// TestScriptHoldsThePin holds that the script sends a secret to a server whose
// certificate is pinned, and to no other.
func TestScriptHoldsThePin(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "curl", "sh", "openssl")
	server := &tokenServer{}
	api := httptest.NewTLSServer(server)
	t.Cleanup(api.Close)
	sum := sha256.Sum256(api.Certificate().Raw)
	right, wrong := hex.EncodeToString(sum[:]), strings.Repeat("ab", 32)
	env := map[string]string{"CLIENT_SECRET": "s"}
	for pins, want := range map[string]bool{
		`"` + right + `"`: true, `"` + strings.ToUpper(right) + `"`: true, `["` + wrong + `", "` + right + `"]`: true, `"` + wrong + `"`: false,
	} {
		file := writeFile(t, "oauth.toml", "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \""+api.URL+
			"/token\"\nclient_id = \"me\"\nclient_secret = \"env:CLIENT_SECRET\"\ntls = { pin_sha256 = "+pins+" }\n")
		_, script, _ := posternWith(t, env, "connect", "crm", "--dry-run", "--connections", file)
		stderr, err := runScript(t, "sh", script, env)
		if sent := server.all(); (err == nil) != want || (len(sent) == 1) != want || !want && !strings.Contains(stderr, "has a certificate that is not pinned") {
			t.Errorf("%s: %d requests, %v: %s\n%s", pins, len(sent), err, stderr, script)
		}
	}
}

// TestScriptOptions holds what else of a connection curl is told.
func TestScriptOptions(t *testing.T) {
	t.Parallel()
	s := &curlScript{file: filepath.Join("folder", "oauth.toml"), proxyText: "socks5://127.0.0.1:1080", settings: map[string]any{
		"tls": map[string]any{"ca_file": "ca.pem", "min_version": "1.3"},
	}}
	if got, want := slices.Concat(s.proxy(), s.tls()), []string{"--proxy socks5h://127.0.0.1:1080", "--cacert folder/ca.pem", "--tlsv1.3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
