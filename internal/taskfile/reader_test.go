package taskfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/runtime"
)

// TestReadAndRun holds that what a file says is all that an engine needs.
func TestReadAndRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"double.js":   `engine.setDataByVarName("q_b", engine.findDataByVarName("q_a") * 2);`,
		"double.toml": "script = \"double.js\"\n[data.q_a]\ntype = \"DECIMAL\"\n[data.q_b]\ntype = \"DECIMAL\"\n[limits]\nrequests = 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var shown []string
	engine := runtime.New(runtime.Config{})
	r := taskfile.Reader{Ceiling: engine.Limits(), Show: func(file string, _ []byte) { shown = append(shown, filepath.Base(file)) }}
	task, err := r.Read(filepath.Join(dir, "double.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(shown, []string{"double.toml", "double.js"}) {
		t.Errorf("errors may show lines of %q", shown)
	}
	if err := task.Assign("--data", "q_a=21"); err != nil {
		t.Fatal(err)
	}
	script, err := engine.Compile(t.Context(), runtime.Source{Name: task.Script, Code: task.Source})
	if err != nil {
		t.Fatal(err)
	}
	rt := task.Runtime(script)
	if rt.Limits.Requests != 1 {
		t.Errorf("limits %+v", rt.Limits)
	}
	result, err := engine.Run(t.Context(), rt)
	if err != nil || fmt.Sprint(result.Data["q_b"]) != "42" {
		t.Errorf("data %v, error %v", result.Data, err)
	}
}

// TestReadAlone holds that a Reader needs nothing to be set, and refuses what is no task.
func TestReadAlone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"oauth.toml", "x.test.js", "notes.txt", "other.toml"} {
		path := filepath.Join(t.TempDir(), name)
		content := ""
		if name == "oauth.toml" {
			content = "[connections.crm]\n"
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := new(taskfile.Reader).Read(path)
		if hostapi.CodeOf(err) != hostapi.CodeConfig {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
