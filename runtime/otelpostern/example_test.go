package otelpostern_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/otelpostern"
)

// A run is a span, below that of its caller, and a denial an event of it.
func Example() {
	spans := tracetest.NewInMemoryExporter()
	observer, err := otelpostern.New(otelpostern.Config{TracerProvider: trace.NewTracerProvider(trace.WithSyncer(spans))})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := runtime.New(runtime.Config{Connector: egress.New(egress.Config{}), OnRun: observer.OnRun})
	ctx := context.Background()
	script, err := engine.Compile(ctx, runtime.Source{Name: "task.js", Code: []byte(`httpClient.begin().get("https://api.example.com/")`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = engine.Run(ctx, runtime.Task{Script: script, Identity: hostapi.Identity{Tenant: "acme"}})
	fmt.Println(hostapi.CodeOf(err))
	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name, s.Status.Code)
		for _, e := range s.Events {
			fmt.Println(e.Name, e.Attributes[1].Value.AsString())
		}
	}
	// Output:
	// denied
	// request GET Error
	// postern.denied api.example.com:443
	// run task.js Error
}
