package oauthtoml

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	write("good", "s3cret\n", 0o600)
	write("windows", "s3cret\r\n", 0o400)
	write("open", "s3cret\n", 0o644)
	write("group", "s3cret\n", 0o640)
	write("empty", "\n", 0o600)
	write("huge", strings.Repeat("x", 100<<10), 0o600)
	tests := []struct{ name, ref, want string }{
		{"relative", "file:good", ""},
		{"line end of Windows", "file:windows", ""},
		{"absolute", "file:" + filepath.Join(dir, "good"), ""},
		{"K03 mode 0644", "file:open", "can be read by others (mode 0644) | chmod 600 "},
		{"K03 mode 0640", "file:group", "can be read by others (mode 0640)"},
		{"empty", "file:empty", "is empty"},
		{"huge", "file:huge", "too large"},
		{"missing", "file:missing", "no such file"},
		{"folder", "file:.", "is not a regular file"},
		{"no name", "file:", "names no file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseAll("[connections.crm]\ngrant = \"static\"\ntoken = \""+tt.ref+"\"\n", Options{Dir: dir})
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantConfigError(t, err, 3, `connection "crm" token: `)
			wantConfigError(t, err, 3, tt.want)
		})
	}
}

func TestLookupSecret(t *testing.T) {
	t.Parallel()
	const in = "[connections.crm]\ngrant = \"static\"\ntoken = \"vault:crm\"\n"
	opts := Options{LookupSecret: func(_ context.Context, ref string) (string, error) {
		if ref != "vault:crm" {
			t.Errorf("asked for %q", ref)
		}
		return "hunter2", nil
	}}
	if _, err := parseAll(in, opts); err != nil {
		t.Errorf("Parse: %v", err)
	}
	opts.LookupSecret = func(_ context.Context, ref string) (string, error) { return "", errors.New("cannot find " + ref) }
	_, err := parseAll(in, opts)
	wantConfigError(t, err, 3, "token: the host has no secret for this reference")
	assertNoSecret(t, err, "vault:crm")
}

// A secret in the file itself is a warning, wherever it may stand.
func TestPlaintextWarnings(t *testing.T) {
	t.Parallel()
	const head = "[connections.crm]\nallow_plaintext = true\n"
	const client = "token_endpoint = \"https://id.example.com/t\"\nclient_id = \"id\"\n"
	for in, want := range map[string]string{
		"grant = \"client_credentials\"\nclient_secret = \"p1\"\n" + client:                                              "client_secret",
		"grant = \"client_credentials\"\nclient_secret = [\"p1\", \"p2\"]\n" + client:                                    "client_secret",
		"grant = \"client_credentials\"\nclient_secret = [\"env:S\", \"p2\"]\n" + client:                                 "client_secret",
		"grant = \"client_credentials\"\nclient_secret = [\"env:S\", \"env:S\"]\n" + client:                              "",
		"grant = \"token_exchange\"\nsubject_token = \"p1\"\nclient_secret = \"env:S\"\n" + client:                       "subject_token",
		"grant = \"password\"\nlegacy = true\nusername = \"u\"\npassword = \"p1\"\nclient_secret = \"env:S\"\n" + client: "password",
		"grant = \"static\"\ntoken = \"p1\"\n":                                                                           "token",
		"grant = \"basic\"\nusername = \"u\"\npassword = \"p1\"\n":                                                       "password",
		"grant = \"basic\"\nusername = \"env:S\"\npassword = \"\"\nhosts = [\"a.b\"]\n":                                  "",
	} {
		set, err := parseAll(head+in, Options{LookupEnv: lookup(map[string]string{"S": "s"})})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		var plain []string
		for _, w := range set.Warnings() {
			if name, ok := strings.CutSuffix(w, " is stored in plaintext"); ok {
				plain = append(plain, strings.TrimPrefix(name, `connection "crm": `))
			}
		}
		if got := strings.Join(plain, " "); got != want {
			t.Errorf("warnings for %q, want %q, in\n%s", got, want, in)
		}
	}
}
