//go:build unix

package cli_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/testservers"
)

// The commands that the error of connection trust has for a connection of a server do what it says.
func TestTrustRemote(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "openssl", "sh")
	provider := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, secret, _ := r.BasicAuth(); secret != "SEKRET" {
			t.Errorf("the secret is %q", secret)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "a", "token_type": "Bearer", "expires_in": 3600}`)
	}))
	provider.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are refused
	provider.StartTLS()
	t.Cleanup(provider.Close)
	s := startSite(t)
	status, _, stderr := s.command("SEKRET", nil, "connection", "add", "crm", "--template", "client_credentials", "--set", "token_endpoint="+provider.URL+"/token",
		"--set", "client_id=demo", "--set", "client_secret=env:SECRET", "--set", "hosts=a.test")
	if status != 0 {
		t.Fatalf("add: %s", stderr)
	}
	if status, _, stderr := s.command("", nil, "connection", "test", "crm"); status != 3 || !strings.Contains(stderr, "certificate") {
		t.Errorf("not trusted yet: %d %s", status, stderr)
	}
	_, _, stderr = s.command("", nil, "connection", "trust", "crm")
	show := regexp.MustCompile(`to see HEX: (.*?); then run: `).FindStringSubmatch(stderr)
	if show == nil {
		t.Fatalf("trust: %s", stderr)
	}
	shown, err := exec.CommandContext(t.Context(), "sh", "-c", show[1]).CombinedOutput()
	sum := sha256.Sum256(provider.Certificate().Raw)
	pin := hex.EncodeToString(sum[:])
	if err != nil || !strings.Contains(strings.ToLower(strings.ReplaceAll(string(shown), ":", "")), pin) {
		t.Errorf("%s: %v, %s", show[1], err, shown)
	}
	status, _, stderr = s.command("", nil, "connection", "trust", "crm", "--fingerprint", pin)
	edit := regexp.MustCompile(`run: postern (connection edit .*) --server `).FindStringSubmatch(stderr)
	if status != 2 || edit == nil || strings.Contains(stderr, "openssl") {
		t.Fatalf("trust: %d %s", status, stderr)
	}
	words, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\n' `+edit[1]).Output()
	if err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := s.command("SEKRET", nil, strings.Split(strings.TrimSpace(string(words)), "\n")...); status != 0 {
		t.Fatalf("%s: %s", edit[1], stderr)
	}
	if status, stdout, stderr := s.command("", nil, "connection", "test", "crm"); status != 0 || !strings.Contains(stdout, "the server has a token") {
		t.Errorf("trusted: %d %s", status, stderr)
	}
	if status, _, stderr := s.command("", nil, "connection", "trust", "nosuch"); status != 3 || !strings.Contains(stderr, "no such connection") {
		t.Errorf("one that does not exist: %d %s", status, stderr)
	}
}
