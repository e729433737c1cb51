package conformance

import (
	"context"
	"errors"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// tickets is a module whose functions do each thing that a function can do.
func tickets() runtime.Module {
	return runtime.Module{Name: "tickets", Functions: map[string]runtime.Function{
		"echo": func(_ context.Context, c runtime.Call) (any, error) { return c.Args, nil },
		"refuse": func(context.Context, runtime.Call) (any, error) {
			return nil, &hostapi.Error{Code: hostapi.CodeDenied, Name: "7", Message: "the ticket is closed", Hint: "open it first"}
		},
		"fail": func(context.Context, runtime.Call) (any, error) { return nil, errors.New("password=secret") },
		"crash": func(context.Context, runtime.Call) (any, error) {
			panic("boom")
		},
		"get": func(ctx context.Context, c runtime.Call) (any, error) {
			resp, err := connectorOf(ctx).Do(ctx, c.Grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/v1", AuthSetting: "crm"})
			if err != nil {
				return nil, err
			}
			return map[string]int{"status": resp.Status}, nil
		},
	}}
}
