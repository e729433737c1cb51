package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/ring"
)

// running returns the pool, that for modules or the other, or nil if every engine was closed.
func (w *Workers) running(modules bool) *ring.Pool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if modules {
		return w.modules
	}
	return w.pool
}

// run runs a task in a worker.
func (w *Workers) run(r *run, key cacheKey, p *jsProgram, then function) (outcome, error) {
	o := &order{
		Kind: runTask, Limits: r.grant.Limits, Early: r.context.early, Modules: r.modules.names,
		Task: &given{Directory: r.directory != nil, Call: then.name},
	}
	o.setEngine(r.context.limit.Engine)
	o.Task.Data, o.Task.Large = r.small()
	if s := r.step; s != nil {
		o.Task.Settings, o.Task.Process, o.Task.Temporary = s.settings, withoutDirectory(s.process), s.given
	}
	for _, arg := range then.args {
		v, err := exchangeable(arg)
		if err != nil {
			return outcome{}, err
		}
		o.Task.Args = append(o.Task.Args, v)
	}
	j := &job{run: r, context: &r.context, order: o, scripts: []jobScript{{key: key, program: p}}}
	if r.step != nil {
		j.declared = r.step.declared
	}
	defer j.files.close()
	rep, err := j.do(w)
	if err != nil {
		return outcome{}, err
	}
	if err := j.ended(rep); err != nil {
		return outcome{}, err
	}
	value, _, err := hostapi.Normalize(rep.Value, max(r.grant.Limits.DataBytes, 0)+1<<20)
	if err != nil {
		return outcome{}, j.died("run", ring.Death{Reason: ring.Broken}, fmt.Errorf("the result: %s", err.Error()))
	}
	return outcome{value: value}, nil
}

// withoutDirectory returns a process without the users and groups, which the task looks up.
func withoutDirectory(p *hostapi.Process) *hostapi.Process {
	if p == nil || len(p.Users)+len(p.Groups) == 0 {
		return p
	}
	without := *p
	without.Users, without.Groups = nil, nil
	return &without
}

// exchangeable returns an argument of a function as a value that can be sent to a worker:
// what jsapi takes, with everything else normalized.
func exchangeable(arg any) (any, error) {
	switch v := arg.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			var err error
			if out[name], err = exchangeable(member); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		if crossesAsIs(v) {
			return v, nil
		}
	}
	value, _, err := hostapi.Normalize(arg, 1<<62)
	return value, err
}

// suite does a job of a suite.
func (e *Engine) suite(ctx context.Context, s *Suite, o *order) (rep *report, err error) {
	defer recovered("test", &err)
	script, tests, err := s.programs()
	if err != nil {
		return nil, err
	}
	if !e.gate.enter() {
		return nil, errClosed("test")
	}
	defer e.gate.leave()
	o.Limits, o.Modules = s.Limits.Within(e.limits), e.modules.names
	o.setEngine(&e.limits)
	var c taskContext
	c.begin(ctx, time.Now().Add(o.Limits.Time), limit.TimeError{Task: &o.Limits, Engine: &e.limits}, &e.waits)
	defer c.end()
	o.Early = c.early
	o.Suite.Execute, o.Suite.Settings = s.Execute, s.Settings
	j := &job{context: &c, order: o, scripts: []jobScript{{key: s.Script.key, program: script}, {key: s.Tests.key, program: tests}}}
	if err := c.Err(); err != nil {
		return nil, contextual(&c, "test", "", err) //nolint:contextcheck // c is ctx with the deadline
	}
	rep, err = j.do(e.isolation) //nolint:contextcheck // c is ctx with the deadline
	if err != nil {
		return nil, err
	}
	if rep.Test != nil && rep.Test.Err != nil {
		rep.Test.Err = j.ended(&report{Errs: []error{rep.Test.Err}}) //nolint:contextcheck // c is ctx with the deadline
	}
	return rep, j.ended(rep) //nolint:contextcheck // c is ctx with the deadline
}

func (e *Engine) findTestsIsolated(ctx context.Context, s *Suite) ([]Test, error) {
	rep, err := e.suite(ctx, s, &order{Kind: findTests, Suite: new(givenSuite)})
	if err != nil {
		return nil, err
	}
	return rep.Tests, nil
}

func (e *Engine) runTestIsolated(ctx context.Context, s *Suite, i int) (*TestResult, error) {
	start := time.Now()
	rep, err := e.suite(ctx, s, &order{Kind: runTest, Suite: &givenSuite{Test: i}})
	result := new(TestResult)
	if rep != nil && rep.Test != nil {
		result = rep.Test
	}
	result.Wall = time.Since(start)
	return result, err
}

// newIsolatedProgram compiles a script in JavaScript in a worker.
func (e *Engine) newIsolatedProgram(ctx context.Context, key cacheKey, source Source) (program, error) {
	source.Code = slices.Clone(source.Code)
	var c taskContext
	c.begin(ctx, time.Now().Add(e.limits.Time), limit.TimeError{Task: &e.limits, Engine: &e.limits}, &e.waits)
	defer c.end()
	o := &order{Kind: compileScript, Limits: e.limits}
	j := &job{context: &c, order: o, scripts: []jobScript{{key: key, source: source}}}
	rep, err := j.do(e.isolation) //nolint:contextcheck // c is ctx with the deadline
	if err == nil {
		err = j.ended(rep) //nolint:contextcheck // c is ctx with the deadline
	}
	if err != nil {
		return nil, err
	}
	return &jsProgram{
		program:  compiledOnce(source),
		source:   func() Source { return source },
		declared: rep.Declared,
		bytes:    rep.Bytes,
		legacy:   source.Legacy,
		equals:   callsEquals(source),
	}, nil
}
