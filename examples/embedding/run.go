// Package embedding has the first steps of docs/EMBEDDING.md. Its tests run them, and a
// test of the repository checks that the page shows this code.
package embedding

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func greet(ctx context.Context) (any, error) {
	engine := runtime.New(runtime.Config{})
	defer engine.Close() //nolint:errcheck // only tasks in progress could make it fail
	script, err := engine.Compile(ctx, runtime.Source{
		Name: "greet.js",
		Code: []byte(`engine.setDataByVarName("q_greeting", "Hello, " + engine.findDataByVarName("q_name"));`),
	})
	if err != nil {
		return nil, err
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script, Data: map[string]any{"q_name": "Ada"}})
	return result.Data["q_greeting"], err
}

// readme has the lines that README.md shows.
func readme(ctx context.Context, manager hostapi.Connector, code []byte) (*runtime.Result, error) {
	engine := runtime.New(runtime.Config{Connector: manager})
	defer engine.Close() //nolint:errcheck // only tasks in progress could make it fail
	script, err := engine.Compile(ctx, runtime.Source{Name: "task.js", Code: code})
	if err != nil {
		return nil, err
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script, Connections: []string{"crm"}})
	return result, err
}

// invoice is a value of the program. A script sees it as it would be in JSON.
type invoice struct {
	Number int             `json:"number"`
	Total  hostapi.Decimal `json:"total"` // every digit is kept
}

func book(ctx context.Context, engine *runtime.Engine, script *runtime.Script, in invoice) (hostapi.Decimal, error) {
	result, err := engine.Run(ctx, runtime.Task{
		Script: script,
		Items: []hostapi.Item{
			{VarName: "q_invoice", Type: hostapi.TypeJSON},
			{VarName: "q_sum", Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Required: true}},
		},
		Data: map[string]any{"q_invoice": in, "q_sum": 0},
	})
	if err != nil {
		return "", err // no item was changed
	}
	sum, _ := result.Data["q_sum"].(hostapi.Decimal)
	return sum, nil
}
