package repotest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/testservers"
)

// TestUnits checks that systemd accepts the services and timers of the pages.
func TestUnits(t *testing.T) {
	t.Parallel()
	testservers.Programs(t, "systemd-analyze")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages(t) {
		args, dir := []string{"verify", "--man=no"}, t.TempDir()
		for _, unit := range fences(string(read(t, page)), "ini") {
			name := "postern.service"
			if strings.Contains(unit, "[Timer]") {
				name = "postern.timer" // of the service of the same name
			}
			file := filepath.Join(dir, name)
			unit = strings.ReplaceAll(unit, "/usr/local/bin/postern ", program+" ") // verify wants it to be there
			if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, file)
		}
		if found += len(args) - 2; len(args) == 2 {
			continue
		}
		output, err := exec.CommandContext(t.Context(), "systemd-analyze", args...).CombinedOutput()
		if err != nil || len(output) > 0 {
			t.Errorf("%s: %v: %s", page, err, output)
		}
	}
	if found < 3 {
		t.Errorf("found %d units in the pages", found)
	}
}
