package runtime_test

import (
	"fmt"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// A worker has the items of the task that it runs: those that it was sent before are not sent
// again, and not taken for those of another task.
func TestItemsOfTasksInAWorker(t *testing.T) {
	t.Parallel()
	engine := newIsolated(t, runtime.Config{Isolation: &runtime.Workers{Max: 1}})
	script := compile(t, engine, `
		for (const name of ["q_1", "other"]) {
			try {
				engine.setDataByVarName(name, "text");
				engine.log(name);
			} catch (e) {
				engine.log("no " + name);
			}
		}`)
	items := func(kind hostapi.ItemType, n int) []hostapi.Item {
		list := make([]hostapi.Item, n)
		for i := range list {
			list[i] = hostapi.Item{VarName: fmt.Sprint("q_", i), Type: kind}
		}
		return list
	}
	texts, numbers, few := items(hostapi.TypeString, 100), items(hostapi.TypeDecimal, 100), items(hostapi.TypeDecimal, 2)
	for i, tt := range []struct {
		items []hostapi.Item
		want  string
	}{
		{texts, "q_1, no other"},
		{texts, "q_1, no other"},
		{nil, "q_1, other"},
		{texts, "q_1, no other"},
		{few, "no q_1, no other"},
		{texts, "q_1, no other"},
		{numbers, "no q_1, no other"},
		{numbers, "no q_1, no other"},
		{[]hostapi.Item{}, "no q_1, no other"},
		{nil, "q_1, other"},
		{numbers, "no q_1, no other"},
		{texts, "q_1, no other"},
	} {
		result, err := engine.Run(t.Context(), runtime.Task{Script: script, Items: tt.items})
		if err != nil || len(result.Logs) != 2 {
			t.Fatalf("%d: log %v, error %v", i, result.Logs, err)
		}
		if got := result.Logs[0].Message + ", " + result.Logs[1].Message; got != tt.want {
			t.Errorf("%d: %s, want %s", i, got, tt.want)
		}
	}
}
