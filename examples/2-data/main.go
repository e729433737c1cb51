// Command 2-data passes data to a task and gets its result, and shows that a failed task
// changes nothing.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

const source = `
const items = engine.findDataByVarName("q_items");
const total = items.reduce((sum, item) => sum + item.price, 0);
engine.setDataByVarName("q_total", total);
engine.setDataByVarName("q_summary", items.length + " items, " + total + " in all");
if (total > engine.findDataByVarName("q_budget")) {
	throw new Error("over budget by " + (total - engine.findDataByVarName("q_budget")));
}
`

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	engine := runtime.New(runtime.Config{})
	defer engine.Close() //nolint:errcheck // the program ends here

	script, err := engine.Compile(ctx, runtime.Source{Name: "total.js", Code: []byte(source)})
	if err != nil {
		return err
	}
	for _, budget := range []int{100, 10} {
		result, err := engine.Run(ctx, runtime.Task{
			Script: script,
			// Declared items take values of their type, and no others exist.
			Items: []hostapi.Item{
				{VarName: "q_items", Type: hostapi.TypeJSON},
				{VarName: "q_budget", Type: hostapi.TypeDecimal},
				{VarName: "q_total", Type: hostapi.TypeDecimal},
				{VarName: "q_summary", Type: hostapi.TypeTextfield},
			},
			Data: map[string]any{
				"q_budget": budget,
				"q_items": []any{
					map[string]any{"name": "bolt", "price": 2.5},
					map[string]any{"name": "nut", "price": 40},
				},
			},
		})
		fmt.Printf("budget %d\n", budget)
		if err != nil {
			fmt.Println("  failed: ", err)
		}
		fmt.Println("  changed:", result.Changed)
		fmt.Println("  summary:", result.Data["q_summary"])
	}
	return nil
}
