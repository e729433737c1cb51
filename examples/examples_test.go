// Package examples holds that each program prints what the file output.txt beside it says.
package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestOutput(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/output.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no programs: %v", err)
	}
	for _, file := range files {
		folder := filepath.Dir(file)
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "go", "run", "./"+folder)
			cmd.Stderr = t.Output()
			got, err := cmd.Output()
			if err != nil || string(got) != string(want) {
				t.Errorf("printed, and ended with %v:\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}
