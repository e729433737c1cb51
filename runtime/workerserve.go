package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/ring"
	"github.com/postern-dev/postern/internal/wire"
)

// worker is this process as a worker. It is an engine without a connector, which runs one
// job at a time.
type worker struct {
	conn   *ring.Conn
	engine *Engine
	idle   int64 // private memory before the first job
	memory int64 // limit that was set last

	declared *declaration // that came last

	mu     sync.Mutex
	cancel context.CancelFunc // of the current job
}

// keptScripts bounds the compiled scripts of a worker, in bytes.
const keptScripts = 8 << 20

// warmUp runs a script, so that the first task finds in memory what every task needs.
func warmUp() {
	engine := New(Config{})
	script, err := engine.Compile(context.Background(), Source{Code: []byte(`
		engine.findDataByVarName("q"); httpClient.begin().formParam("a", "b"); JSON.parse("{}")`)})
	if err == nil {
		_, _ = engine.Run(context.Background(), Task{Script: script}) // it has no effects
	}
}

// serve does the jobs of a worker until its engine has gone.
func serve(conn *ring.Conn, interrupts <-chan os.Signal, idle int64) {
	debug.SetGCPercent(400)
	w := &worker{conn: conn, engine: New(Config{Cache: &Cache{MaxBytes: keptScripts}}), idle: idle}
	go func() {
		for range interrupts {
			w.interrupt()
		}
	}()
	for {
		frame, err := conn.Receive(maxFrame)
		if err != nil {
			return
		}
		if err := w.job(frame); err != nil {
			_, _ = os.Stderr.WriteString(err.Error()) //nolint:forbidigo // of a worker: the engine reads it
			return
		}
	}
}

// interrupt ends the current job.
func (w *worker) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel != nil {
		w.cancel()
	}
}

// begin returns the context of a job.
func (w *worker) begin(o *order, deadline time.Time) (ctx context.Context, end func()) {
	var cancel context.CancelFunc
	if o.Early {
		ctx, cancel = context.WithDeadline(context.Background(), deadline)
	} else {
		ctx, cancel = context.WithCancel(context.Background())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel = cancel
	return ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cancel = nil
		cancel()
	}
}

func (w *worker) job(frame []byte) error {
	h := &workerHost{worker: w}
	h.codec = codec.With(remoteFiles{h}, maxFrame)
	o := new(order)
	if err := h.codec.Decode(frame, o); err != nil {
		return err
	}
	if t := o.Task; t != nil && t.Items != nil {
		w.declared = newDeclaration(nil, t.Items)
	}
	deadline := time.Now().Add(o.Time)
	w.setMemory(o.Limits.Memory)
	ctx, end := w.begin(o, deadline)
	defer end()
	rep, missing := w.report(ctx, h, o, deadline)
	c := &call{Op: opEnd, Report: rep}
	if missing {
		c.Op, c.Report = opMissing, nil
	}
	err := h.send(c)
	if err != nil && rep != nil { // a value that cannot be sent
		c.Report = &report{Errs: []error{&hostapi.Error{Code: hostapi.CodeInternal, Op: "run", Message: "the result cannot be sent", Cause: err}}}
		return h.send(c)
	}
	return err
}

// setMemory makes the garbage collector work harder before the limit, at which the engine kills the
// worker: garbage is not what a script has.
func (w *worker) setMemory(most int64) {
	if most != w.memory {
		w.memory = most
		debug.SetMemoryLimit(w.idle + max(most, 0)*3/4)
	}
}

// report does a job. missing says that the worker lacks a script.
func (w *worker) report(ctx context.Context, h *workerHost, o *order, deadline time.Time) (rep *report, missing bool) {
	rep = new(report)
	if o.Kind == compileModule {
		rep.fail(w.translate(ctx, rep, o))
		return rep, false
	}
	scripts := make([]*Script, len(o.Scripts))
	for i := range o.Scripts {
		var err error
		if scripts[i], missing, err = w.script(&o.Scripts[i]); err != nil { //nolint:contextcheck // compiling ends with the process
			rep.fail(err)
			return rep, false
		}
		if missing {
			return nil, true
		}
	}
	switch o.Kind {
	case compileScript:
		p, _ := scripts[0].program.(*jsProgram) // nothing else is compiled here
		rep.Declared, rep.Bytes = p.declared, p.bytes
	case runTask:
		value, err := w.runTask(ctx, h, o, scripts[0], deadline)
		rep.Value = value
		rep.fail(err)
	default:
		w.test(ctx, rep, o, scripts)
	}
	return rep, false
}

// translate makes the machine code of a module.
func (w *worker) translate(ctx context.Context, rep *report, o *order) error {
	vm, err := w.engine.cache.wasmVM(ctx)
	if err != nil {
		return err
	}
	if len(o.Scripts) != 1 {
		return &hostapi.Error{Code: hostapi.CodeInternal, Op: "compile", Message: "the order has no module"}
	}
	s := &o.Scripts[0]
	debug.SetMemoryLimit(max(o.Limits.Memory, 0) / 2) // half of what a compiler allocates is garbage
	code, err := vm.Translate(ctx, s.Name, s.Code, o.Modules)
	if err != nil {
		return err
	}
	if len(code) > codeBytes(len(s.Code)) {
		return &hostapi.Error{Code: hostapi.CodeLimit, File: s.Name, Message: fmt.Sprintf("the machine code of the module has %d bytes", len(code))}
	}
	rep.Code = code
	return nil
}

// script returns a compiled script.
func (w *worker) script(s *shipment) (_ *Script, missing bool, err error) {
	var key cacheKey
	copy(key[:], s.Key)
	if script, ok := w.engine.cache.find(key); ok {
		return script, false, nil
	}
	if s.Code == nil {
		return nil, true, nil
	}
	script, err := w.engine.cache.compile(context.Background(), w.engine, Source{Name: s.Name, Code: s.Code, Legacy: s.Legacy}, func() {})
	return script, false, err
}

// fail sets the error of the report.
func (r *report) fail(err error) {
	if err == nil {
		return
	}
	r.Errs = []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		r.Errs = joined.Unwrap()
	}
	if from, ok := errors.AsType[*callError](err); ok {
		r.Host = from.number
	}
}

// runTask runs a task. What it needs from the engine it gets by calls.
func (w *worker) runTask(ctx context.Context, h *workerHost, o *order, script *Script, deadline time.Time) (value any, err error) {
	t := o.Task
	if t == nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: "run", Message: "the order has no task"}
	}
	r := &h.run
	r.modules = &modules{names: o.Modules}
	r.grant.Limits = o.Limits
	r.data = t.Data
	r.step = &step{large: t.Large, settings: t.Settings, process: t.Process, given: t.Temporary, temporary: t.Temporary}
	if t.Items != nil || t.SameItems {
		r.step.declared = w.declared
	}
	h.directory = t.Directory
	if o.Early { // that of ctx is the one that counts
		deadline = deadline.Add(time.Hour)
	}
	r.context.begin(ctx, deadline, limit.TimeError{Task: &o.Limits, Engine: o.engine()}, &w.engine.waits)
	defer r.context.end()
	defer recovered("run", &err)
	out, err := script.program.run(&r.context, h, &o.Limits, &w.engine.watch, function{t.Call, t.Args}) //nolint:contextcheck // it is ctx with the deadline
	return out.value, err
}

// test finds the tests of a suite, or runs one of them.
func (w *worker) test(ctx context.Context, rep *report, o *order, scripts []*Script) {
	if o.Suite == nil || len(scripts) != 2 {
		rep.fail(&hostapi.Error{Code: hostapi.CodeInternal, Op: "test", Message: "the order has no suite"})
		return
	}
	w.engine.limits, w.engine.modules = *o.engine(), modules{names: o.Modules}
	suite := Suite{Script: scripts[0], Tests: scripts[1], Execute: o.Suite.Execute, Settings: o.Suite.Settings, Limits: o.Limits}
	var err error
	if o.Kind == findTests {
		rep.Tests, err = w.engine.FindTests(ctx, suite)
	} else {
		rep.Test, err = w.engine.RunTest(ctx, suite, o.Suite.Test)
	}
	rep.fail(err)
}

// callError marks an error that a call returned, so that the engine finds the original. It
// is the Reason of the *hostapi.Error, which adapters copy.
type callError struct {
	number int
	reason error // may be nil
}

func (*callError) Error() string { return "an error of the engine" }

func (e *callError) Unwrap() error { return e.reason }

// workerHost is the sandbox.Host of a task in a worker. It answers from what the task was
// given, and asks the engine for the rest.
type workerHost struct {
	run

	worker    *worker
	codec     *wire.Codec
	directory bool // the task has one

	mu     sync.Mutex // guards what follows, and sending
	writes []write
	timer  *time.Timer // sends log lines that wait; nil: not set
}
