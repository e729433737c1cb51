package runtime_test

import (
	"fmt"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// What an earlier run of a step saved is still there for the next one if this one
// fails, and also if it does not even begin.
func TestTemporaryDataOfARefusedTask(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	saves := compile(t, engine, `engine.saveTemporaryData("new"); throw "stop"`)
	closed := runtime.New(runtime.Config{})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, task := range map[string]runtime.Task{
		"no script":     {},
		"closed engine": {Script: saves},
		"items":         {Script: saves, Items: []hostapi.Item{{}}},
		"settings":      {Script: saves, Settings: map[string]hostapi.Setting{"a": {Item: "b"}}},
		"process":       {Script: saves, Process: &hostapi.Process{TimeZone: "Mars"}},
		"data":          {Script: saves, Data: map[string]any{"a": make(chan int)}},
		"failed":        {Script: saves},
		"call":          {Script: saves, Call: "none"},
	} {
		given := "what an earlier run saved"
		task.TemporaryData = &given
		runs := engine
		if name == "closed engine" {
			runs = closed
		}
		result, err := runs.Run(t.Context(), task)
		if err == nil {
			t.Errorf("%s: it succeeded", name)
		}
		if result.TemporaryData == nil || *result.TemporaryData != given {
			t.Errorf("%s: the temporary data are lost", name)
		}
	}
}

func TestManyItems(t *testing.T) {
	t.Parallel()
	task := runtime.Task{Data: map[string]any{}}
	for i := range 1000 {
		name := fmt.Sprint("q_", i)
		task.Items = append(task.Items, hostapi.Item{VarName: name, Type: hostapi.TypeString})
		task.Data[name] = name
	}
	result, err := run(t, runtime.Config{}, `engine.setDataByVarName("q_999", engine.findDataByVarName("q_500"))`, task)
	if err != nil || result.Data["q_999"] != "q_500" || len(result.Data) != 1000 {
		t.Errorf("q_999 is %v of %d, error %v", result.Data["q_999"], len(result.Data), err)
	}
	_, err = run(t, runtime.Config{}, `engine.setDataByVarName("q_1000", 1)`, task)
	wantCode(t, err, hostapi.CodeInvalidArgument, "q_1000: the task declares no such data item")
	task.Items[999].Number = 1
	_, err = run(t, runtime.Config{}, "", task)
	wantCode(t, err, hostapi.CodeConfig, "data item q_999: another data item has the number 1 as well")
}
