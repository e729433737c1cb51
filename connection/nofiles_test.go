package connection_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// With NoFiles, no key of a definition reads a file or tells whether there is one.
func TestNoFiles(t *testing.T) {
	t.Parallel()
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, []byte("content-of-the-machine"), 0o600); err != nil {
		t.Fatal(err)
	}
	const missing = "/nowhere/missing"
	client := connection.Definition{
		Grant: "client_credentials", TokenEndpoint: "https://as.example.com/token", ClientID: "id",
		ClientSecret: []connection.Secret{connection.SecretRef("vault:x")},
	}
	for name, refer := range map[string]func(d *connection.Definition, file string){
		"secret":    func(d *connection.Definition, file string) { d.ClientSecret[0] = connection.SecretRef("file:" + file) },
		"parameter": func(d *connection.Definition, file string) { d.TokenParams = connection.Table{"p": "file:" + file} },
		"ca_file":   func(d *connection.Definition, file string) { d.TLS = connection.Table{"ca_file": file} },
		"client key": func(d *connection.Definition, file string) {
			d.TLS = connection.Table{"cert_file": file, "key_file": file}
		},
	} {
		said := map[string]bool{}
		for _, file := range []string{there, missing} {
			d := client
			d.ClientSecret = append([]connection.Secret(nil), client.ClientSecret...)
			refer(&d, file)
			set, err := connection.NewSet(map[string]connection.Definition{"crm": d}, connection.ParseOptions{
				NoFiles:      true,
				LookupSecret: func(context.Context, string) (string, error) { return "s", nil },
			})
			if err == nil {
				err = set.CheckSecrets(t.Context())
			}
			if !errors.Is(err, hostapi.CodeConfig) || !strings.Contains(err.Error(), "files cannot be read here") {
				t.Errorf("%s: %v, want a refusal", name, err)
				continue
			}
			said[strings.ReplaceAll(err.Error(), file, "")] = true
		}
		if len(said) > 1 {
			t.Errorf("%s: the errors tell whether the file exists: %v", name, said)
		}
	}
}
