package testservers

import (
	_ "embed"
	"testing"
)

//go:embed caddy.sh
var caddyScript string

// caddyBase keeps Caddy from listening on more than the sites say.
const caddyBase = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"

// Caddy is [Nginx] with Caddy and a site block.
func Caddy(tb testing.TB, site string, files map[string][]byte) bool {
	tb.Helper()
	return runProxy(tb, "caddy", caddyScript, "Caddyfile", caddyBase+site, files)
}
