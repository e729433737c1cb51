package runtime_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Large data are in a worker what they are in this process, whether the script reads them,
// replaces them or leaves them alone.
func TestLargeDataInAWorker(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("é", 100_000)
	list := make([]any, 20_000)
	for i := range list {
		list[i] = float64(i)
	}
	source := runtime.Source{Name: "large.js", Code: []byte(`
		const text = engine.findDataByVarName("text");
		engine.setDataByVarName("lengths", [text.length, engine.findDataByVarName("text").length, engine.findDataByVarName("list")[19999]]);
		engine.setDataByVarName("replaced", "short");
		engine.log(engine.findDataByVarName("replaced") + " " + engine.findDataByVarName("small") + " " + engine.findDataByVarName("none"));
		const file = engine.findDataByVarName("file");
		engine.log(file.getName() + " " + file.getLength());`)}
	for name, engine := range map[string]*runtime.Engine{"worker": newIsolated(t, runtime.Config{}), "here": runtime.New(runtime.Config{})} {
		script, err := engine.Compile(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		result, err := engine.Run(t.Context(), runtime.Task{Script: script, Data: map[string]any{
			"text": large, "list": list, "replaced": large, "unused": large, "small": "s",
			"file": &hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte(large)},
		}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fmt.Sprint(result.Data["lengths"]); got != "[100000 100000 19999]" {
			t.Errorf("%s: lengths %s", name, got)
		}
		if result.Data["replaced"] != "short" || result.Data["unused"] != large || result.Data["text"] != large {
			t.Errorf("%s: the data have changed", name)
		}
		if len(result.Logs) != 2 || result.Logs[0].Message != "short s null" || result.Logs[1].Message != "a.txt 200000" {
			t.Errorf("%s: log %v", name, result.Logs)
		}
	}
}
