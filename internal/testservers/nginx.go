package testservers

import (
	_ "embed"
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
	return runProxy(tb, "nginx", nginxScript, "nginx.conf", nginxBase+block+"}\n", files)
}
