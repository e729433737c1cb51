package jsapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/runtime"
)

// TestSampleScripts runs the tests of the sample tasks.
func TestSampleScripts(t *testing.T) {
	t.Parallel()
	const extension = ".test.js"
	files, err := filepath.Glob("../../scripts/*" + extension)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no sample has tests")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), extension)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := source(t, strings.TrimSuffix(file, extension)+".js")
			compiled, err := runtime.New(runtime.Config{}).Compile(t.Context(), runtime.Source{Name: name, Code: []byte(script)})
			if err != nil {
				t.Fatal(err)
			}
			passSuite(t, script, source(t, file), !compiled.OnlyDeclares("main"))
		})
	}
}

// TestTypesHold runs what the types for scripts allow: it gives what they say.
// tsc checks the same file.
func TestTypesHold(t *testing.T) {
	t.Parallel()
	passSuite(t, "", source(t, "testdata/types/good.js"), false)
}

func source(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
