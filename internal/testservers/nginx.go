package testservers

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed nginx.sh
var nginxScript string

// nginxBase is what the configuration has beside the servers. All paths are in the folder of the test.
const nginxBase = `pid pid;
worker_processes 1;
events {}
http {
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
`

// Nginx runs nginx with a server block until the end of the test. The files are written beside its configuration, and
// named by the block. It returns false if nginx is not installed, except in CI, where that fails the test.
func Nginx(tb testing.TB, block string, files map[string][]byte) bool {
	tb.Helper()
	if _, err := exec.LookPath("nginx"); err != nil {
		missing(tb, "nginx")
		return false
	}
	dir := tb.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	for name, content := range files {
		write(name, content)
	}
	write("nginx.conf", []byte(nginxBase+block+"}\n"))
	cmd := exec.Command("sh", "-c", nginxScript, "nginx.sh", dir) //nolint:gosec,noctx // the script beside this file; it ends with its input
	server, err := serve(cmd, "")
	if err != nil {
		tb.Fatalf("start nginx: %v", err)
	}
	tb.Cleanup(func() {
		_ = server.stdin.Close()
		_ = cmd.Wait() // it was ended
	})
	return true
}
