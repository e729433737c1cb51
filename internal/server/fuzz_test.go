package server_test

import (
	"testing"

	"github.com/postern-dev/postern/internal/server"
)

// No file makes the parser fail in another way than by an error.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("listen = \":8080\"\nurl = \"https://postern.example.com\"\n[tls]\ncert_file = \"a\"\nkey_file = \"b\"\n[limits]\ntime = \"3s\"\n[runs]\nkeep = \"1h\"\n"))
	f.Add([]byte("trusted_proxies = [\"10.0.0.0/8\", \"::1\", 7]\nlisten = \"[::1]:0\"\nmetrics = \"x\"\n"))
	f.Add([]byte("url = \"http://a:b@127.0.0.1/x?y#z\"\nlisten = 1\n[api_clients]\nrefresh_grace = \"99h\"\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := server.ParseConfig("server.toml", content, func(string) (string, bool) { return "", false })
		if err == nil && (file == nil || file.Listen == "") {
			t.Errorf("neither a configuration nor an error: %+v", file)
		}
	})
}
