package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/sandbox"
	"github.com/postern-dev/postern/internal/wasmvm"
)

type wasmProgram struct{ p *wasmvm.Program }

func (w wasmProgram) run(ctx context.Context, host sandbox.Host, limits *hostapi.Limits, _ *jsvm.Watch, then function) (out outcome, err error) {
	if then.name != "" {
		return outcome{}, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "run", Name: then.name,
			Message: "a WebAssembly task has no functions to call by name", Hint: "leave Task.Call empty",
		}
	}
	out.memory, err = w.p.Run(ctx, host, *limits)
	return out, err
}

func (w wasmProgram) size() int64 { return w.p.Size() }
