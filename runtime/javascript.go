package runtime

import (
	"bytes"
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/jsapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/sandbox"
)

// jsProgram is a script in JavaScript.
type jsProgram struct {
	p      *jsvm.Program
	legacy bool // see Source.Legacy
	equals bool // the script calls a method equals
}

func newJSProgram(source Source) (program, error) {
	if message, line, column := charset.NotUTF8(source.Code); message != "" {
		return nil, &hostapi.Error{Code: hostapi.CodeScript, Message: message, File: source.Name, Line: line, Column: column}
	}
	p, err := jsvm.Compile(source.Name, source.Code)
	if err != nil {
		return nil, err
	}
	return jsProgram{p, source.Legacy, bytes.Contains(source.Code, []byte(".equals"))}, nil
}

func (j jsProgram) config(host sandbox.Host, limits *hostapi.Limits, equals bool) jsapi.Config {
	return jsapi.Config{Host: host, DataBytes: limits.DataBytes, Memory: limits.Memory, Legacy: j.legacy, Equals: j.equals || equals}
}

func (j jsProgram) run(ctx context.Context, host sandbox.Host, limits *hostapi.Limits, watch *jsvm.Watch, then function) (out outcome, err error) {
	api := jsapi.New(ctx, j.config(host, limits, false))
	err = jsvm.Run(ctx, watch, max(limits.CallDepth, 0), api, func(m *jsvm.Machine) error {
		value, err := m.Load(j.p)
		if err == nil && then.name != "" {
			value, err = api.Call(m.Function(then.name), then.name, then.args)
		}
		if err != nil {
			return err
		}
		if value, err = m.Settle(value); err == nil && then.name != "" {
			out.value = api.Returned(value)
		}
		return err
	})
	return out, err
}

func (j jsProgram) size() int64 { return j.p.Size() }
