package testservers

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Chromium runs a scenario, a script of tools/browser, in a browser; in is encoded as JSON for
// it. A failed assertion of the script fails the test. It returns false if the browser is not
// installed, except in CI, where that fails the test: `make browser` installs it.
func Chromium(tb testing.TB, scenario string, in any) bool {
	tb.Helper()
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	modules := filepath.Join(root, "build", "browser", "node_modules")
	for _, program := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(tb, program)
			return false
		}
	}
	if _, err := os.Stat(filepath.Join(modules, "playwright-core")); err != nil {
		missing(tb, "playwright-core")
		return false
	}
	input, err := json.Marshal(in)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), "node", filepath.Join(root, "tools", "browser", scenario)) //nolint:gosec // of this module
	cmd.Env = append(cmd.Environ(), "NODE_PATH="+modules)
	cmd.Stdin = bytes.NewReader(input)
	if output, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v: %s", scenario, err, output)
	}
	return true
}
