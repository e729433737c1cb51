package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/cli"
	"github.com/postern-dev/postern/internal/testservers"
)

// canaryFailures are the ways in which the token endpoint of a connection fails.
var canaryFailures = []string{"html", "description", "code", "object", "form", "json200", "html200", "broken", "redirect"} //nolint:gochecknoglobals // a table, never changed

// nest is where canaries are kept, and what has come out of it.
type nest struct {
	*parrot
	dir    string
	env    map[string]string
	given  []string // names of the variables whose secrets a server must have seen
	secret []string // files that hold secrets because the test wrote them there
	out    []printed
	runs   map[string]int // of each script
}

func newNest(t *testing.T, storeURL string) *nest {
	t.Helper()
	c := new(canaries)
	n := &nest{parrot: newParrot(t, c), dir: t.TempDir(), env: make(map[string]string), runs: make(map[string]int)}
	n.given = []string{"OLD_SECRET", "CLIENT_SECRET", "USERNAME", "PASSWORD", "SUBJECT_TOKEN", "KEY", "PAIR_USER", "PAIR_PASSWORD", "HEADER", "PARAM", "REFRESH_PARAM"}
	for _, name := range append([]string{"LONG_SECRET", "PROXY_PASSWORD"}, n.given...) {
		n.env[name] = c.mint(name)
	}
	n.old = n.env["OLD_SECRET"]
	n.keepFile(t, "token", c.mint("fixed token")+"\n")
	for _, name := range []string{"STORE_KEY", "NEXT_STORE_KEY"} {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		n.env[name] = c.add(name, base64.StdEncoding.EncodeToString(key), base64.RawStdEncoding.EncodeToString(key), string(key))
	}
	n.env["PROXY"] = "http://" + url.UserPassword("me", n.env["PROXY_PASSWORD"]).String() + "@" + strings.TrimPrefix(n.url, "http://")
	n.env["NO_PROXY"] = "http://" + url.UserPassword("me", n.env["PROXY_PASSWORD"]).String() + "@127.0.0.1:1"
	n.env["STORE_URL"] = storeURL
	if u, err := url.Parse(storeURL); err == nil && u.User != nil {
		password, _ := u.User.Password()
		c.add("password of the store", password)
	}
	n.env["WRONG_STORE_URL"] = "postgres://me:" + url.QueryEscape(c.mint("another password of a store")) + "@127.0.0.1:1/db"

	n.keepKey(t, "signing.pem", n.newKey(t, "signing key"))
	key := n.newKey(t, "TLS key")
	n.keepKey(t, "client.key", key)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "me"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	n.keep(t, "client.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	n.keep(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: n.secure.Certificate().Raw})))

	config := n.read(t, "oauth.toml")
	for _, way := range canaryFailures {
		config += fmt.Sprintf("\n[connections.%q]\ngrant = \"client_credentials\"\ntoken_endpoint = \"$P/token/%s\"\nclient_id = \"me\"\n"+
			"client_secret = \"env:CLIENT_SECRET\"\ntoken_endpoint_auth_method = \"client_secret_post\"\ntoken_params = { code_of = \"env:PARAM\" }\n"+
			"token_headers = { X-Tenant = \"env:HEADER\" }\nhosts = [\"$H\"]\n", "bad "+way, way)
	}
	config += "\n[connections.down]\ngrant = \"client_credentials\"\ntoken_endpoint = \"http://127.0.0.1:1/token\"\nclient_id = \"me\"\n" +
		"client_secret = \"env:CLIENT_SECRET\"\ntoken_endpoint_auth_method = \"client_secret_post\"\ntoken_body = \"query\"\n"
	config = strings.NewReplacer("$P", n.url, "$S", n.secure.URL, "$H", strings.TrimPrefix(n.url, "http://")).Replace(config)
	proxied := config[strings.Index(config, "[connections.open]"):strings.Index(config, "[connections.shared]")]
	atStore := func(url, key string) string { return fmt.Sprintf("\n[store]\nurl = %q\nkey = %q\n", url, key) }
	for name, text := range map[string]string{
		"oauth.toml":      config + atStore("env:STORE_URL", "env:STORE_KEY"),
		"next.toml":       config + atStore("env:STORE_URL", "env:NEXT_STORE_KEY"),
		"nostore.toml":    config + atStore("env:WRONG_STORE_URL", "env:STORE_KEY"),
		"oddstore.toml":   config + atStore("env:PASSWORD", "env:STORE_KEY"),
		"oddkey.toml":     config + atStore("env:STORE_URL", "env:PASSWORD"),
		"proxy.toml":      "[egress]\nproxy = \"env:PROXY\"\n" + proxied,
		"proxydown.toml":  "[egress]\nproxy = \"env:NO_PROXY\"\n" + proxied,
		"proxyown.toml":   proxied + "proxy = \"env:PROXY\"\n",
		"proxyfails.toml": "[egress]\nproxy = \"env:PROXY\"\n" + strings.ReplaceAll(proxied, "/token\"", "/token/proxy\""),
		"leak.js":         n.read(t, "leak.js"), "throw.js": n.read(t, "throw.js"), "file.js": n.read(t, "file.js"),
	} {
		n.keep(t, name, text)
	}
	return n
}

// read returns a file that comes with the test.
func (n *nest) read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "canary", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// keep writes a file that holds no secret.
func (n *nest) keep(t *testing.T, name, content string) {
	t.Helper()
	write(t, filepath.Join(n.dir, name), content, 0o600)
}

// keepFile writes a file that holds one.
func (n *nest) keepFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(n.dir, name)
	write(t, path, content, 0o600)
	n.secret = append(n.secret, path)
	return path
}

// newKey returns a private key that is a canary.
func (n *nest) newKey(t *testing.T, name string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	n.add(name, string(d))
	return key
}

// keepKey writes a key in PEM, each line of which is to be found.
func (n *nest) keepKey(t *testing.T, name string, key *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	n.add(name, text, lines[1:len(lines)-1]...)
	n.keepFile(t, name, text)
}

// postern runs the command. The user approves on every page that it opens.
func (n *nest) postern(t *testing.T, args ...string) printed {
	t.Helper()
	var stdout, stderr strings.Builder
	pages := make(chan string, 1)
	p := printed{args: args}
	p.status = cli.Main(t.Context(), cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		LookupEnv: func(name string) (string, bool) { v, ok := n.env[name]; return v, ok },
		OpenBrowser: func(ctx context.Context, url string) error {
			page, err := agree(context.WithoutCancel(ctx), url)
			pages <- page // also if there is none: it is waited for
			return err
		},
	})
	p.stdout, p.stderr = stdout.String(), stderr.String()
	n.out = append(n.out, p)
	if strings.Contains(p.stderr, "open this page on this machine") {
		n.out = append(n.out, printed{args: append([]string{"the page of"}, args...), stdout: <-pages})
	}
	return p
}

// agree opens a page on which the user approves, and returns the last page of the browser,
// with its header.
func agree(ctx context.Context, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	var client http.Client
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // it has been read
	var page strings.Builder
	err = response.Write(&page)
	return page.String(), err
}

// on runs the command on an oauth.toml, and wants that exit status.
func (n *nest) on(t *testing.T, file string, status int, args ...string) printed {
	t.Helper()
	p := n.postern(t, append(args, "--connections", filepath.Join(n.dir, file))...)
	if p.status != status {
		t.Errorf("%v\nwant exit status %d", p, status)
	}
	return p
}

// run runs a script with a connection, with text and with JSON output, or with one of them in
// turn in the short form. The machine may be busy.
func (n *nest) run(t *testing.T, file, script, name string, status int) {
	t.Helper()
	formats := [][]string{nil, {"--json"}}
	if !testservers.Full() {
		i := n.runs[script] % len(formats)
		formats = formats[i : i+1]
		n.runs[script]++
	}
	for _, more := range formats {
		args := []string{"run", filepath.Join(n.dir, script), "--use", name, "--data", "q_name=" + name, "--data", "q_url=" + n.url, "--timeout", "10m"}
		n.on(t, file, status, append(args, more...)...)
	}
}
