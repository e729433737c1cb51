package runtime

import (
	"bytes"
	"context"
	"sync"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/jsapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/sandbox"
)

// jsProgram is a script in JavaScript.
type jsProgram struct {
	// program compiles the script when it is first called, unless it was compiled here.
	program func() (*jsvm.Program, error)

	source   func() Source
	declared jsvm.Declarations
	bytes    int64
	legacy   bool // see Source.Legacy
	equals   bool // the script calls a method equals
}

func newJSProgram(source Source) (program, error) {
	p, err := compileJS(source)
	if err != nil {
		return nil, err
	}
	return &jsProgram{
		program:  func() (*jsvm.Program, error) { return p, nil },
		source:   func() Source { return Source{Name: source.Name, Code: []byte(p.Source()), Legacy: source.Legacy} },
		declared: p.Declarations(),
		bytes:    p.Size(),
		legacy:   source.Legacy,
		equals:   callsEquals(source),
	}, nil
}

func compileJS(source Source) (*jsvm.Program, error) {
	if message, line, column := charset.NotUTF8(source.Code); message != "" {
		return nil, &hostapi.Error{Code: hostapi.CodeScript, Message: message, File: source.Name, Line: line, Column: column}
	}
	return jsvm.Compile(source.Name, source.Code)
}

func callsEquals(source Source) bool { return bytes.Contains(source.Code, []byte(".equals")) }

// javascript is the sandbox of one run of a script: one object, since every run needs a new
// one.
type javascript struct {
	api     jsapi.API
	machine jsvm.Machine
}

func (j *jsProgram) config(host sandbox.Host, limits *hostapi.Limits, equals bool) jsapi.Config {
	return jsapi.Config{Host: host, DataBytes: limits.DataBytes, Memory: limits.Memory, Legacy: j.legacy, Equals: j.equals || equals}
}

func (j *jsProgram) run(ctx context.Context, host sandbox.Host, limits *hostapi.Limits, watch *jsvm.Watch, then function) (out outcome, err error) {
	p, err := j.program()
	if err != nil {
		return out, err
	}
	s := &javascript{api: jsapi.New(ctx, j.config(host, limits, false))}
	err = s.machine.Run(ctx, watch, max(limits.CallDepth, 0), &s.api, func() error {
		value, err := s.machine.Load(p)
		if err == nil && then.name != "" {
			value, err = s.api.Call(s.machine.Function(then.name), then.name, then.args)
		}
		if err != nil {
			return err
		}
		if value, err = s.machine.Settle(value); err == nil && then.name != "" {
			out.value = s.api.Returned(value)
		}
		return err
	})
	return out, err
}

func (j *jsProgram) size() int64 { return j.bytes }

// compiledOnce returns a function that compiles source when it is first called.
func compiledOnce(source Source) func() (*jsvm.Program, error) {
	return sync.OnceValues(func() (*jsvm.Program, error) { return compileJS(source) })
}
