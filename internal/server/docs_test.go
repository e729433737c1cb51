package server_test

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/testservers"
)

// The examples with curl in docs/SERVER.md do what the page says.
func TestDocumentedRequests(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "curl")
	page, err := os.ReadFile("../../docs/SERVER.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	dir := t.TempDir()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.certificate})
	for name, content := range map[string]string{"orders.csv": "id,total\n", "auth": "Authorization: Bearer " + s.token(authserver.ScopeAll) + "\n", "authority.pem": string(authority)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var answers []string
	for _, m := range regexp.MustCompile(`(?m)^\$ (curl .*)$`).FindAllStringSubmatch(string(page), -1) {
		command := strings.ReplaceAll(m[1], "https://postern.example.com", s.url)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", command)
		cmd.Dir, cmd.Env = dir, append(cmd.Environ(), "CURL_CA_BUNDLE="+filepath.Join(dir, "authority.pem"))
		answer, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, answer)
		}
		answers = append(answers, string(answer))
	}
	want := []string{`"version":1`, `"q_n":42`, `"task":"double"`, `"connections":[]`, `"status":404`, `"status":412`, `"q_n":8`}
	if len(answers) != len(want) {
		t.Fatalf("the page has %d requests, want %d", len(answers), len(want))
	}
	for i, text := range want {
		if !strings.Contains(strings.ReplaceAll(answers[i], " ", ""), text) {
			t.Errorf("request %d: %s, want %s", i+1, answers[i], text)
		}
	}
}
