package testservers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// runProxy runs a reverse proxy by a script until the end of the test. It returns false if its program is not
// installed, except in CI, where that fails the test.
func runProxy(tb testing.TB, program, script, name, config string, files map[string][]byte) bool {
	tb.Helper()
	if _, err := exec.LookPath(program); err != nil {
		missing(tb, program)
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
	write(name, []byte(config))
	cmd := exec.Command("sh", "-c", script, program+".sh", dir) //nolint:gosec,noctx // a script of this package; it ends with its input
	server, err := serve(cmd, "")
	if err != nil {
		tb.Fatalf("start %s: %v", program, err)
	}
	tb.Cleanup(func() {
		_ = server.stdin.Close()
		_ = cmd.Wait() // it was ended
	})
	return true
}
