package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/ring"
	"github.com/postern-dev/postern/internal/wire"
)

// graceTime is how long a job may take to end after its context, before its worker is
// killed: most end by themselves, and tell where the script was.
const graceTime = 180 * time.Millisecond

// job is the engine's side of a job of a worker. Whatever the worker says, it is the run
// that decides: the worker has neither rights nor secrets.
type job struct {
	run      *run // nil: the job makes no calls
	context  *taskContext
	order    *order
	scripts  []jobScript
	declared *declaration // of the task; nil: none

	worker *ring.Worker
	codec  *wire.Codec
	most   int // bytes of a frame of the worker
	began  bool
	failed []error // that were sent to the worker
	files  fileTable
}

// jobScript is a script that a job needs.
type jobScript struct {
	key     cacheKey
	program *jsProgram // nil: source has it
	source  Source
}

// codec is that of all jobs of a process.
var codec = wire.New(maxFrame, nil) //nolint:gochecknoglobals // immutable

// do sends the order to a worker and serves it until it reports. The error is a
// *hostapi.Error.
func (j *job) do(w *Workers) (*report, error) {
	op := j.op()
	pool := w.running(j.order.Kind == compileModule)
	if pool == nil {
		return nil, errClosed(op)
	}
	limits := &j.order.Limits
	j.most = j.frameBytes()
	j.codec = codec.With(&j.files, maxFrame)
	for try := 0; ; try++ {
		var err error
		if j.worker, err = pool.Get(j.context, j.knows); err != nil {
			if j.context.Err() != nil {
				return nil, contextual(j.context, op, "", err)
			}
			return nil, workersError(op, err)
		}
		j.worker.Begin(j.context, ring.Limits{Memory: max(limits.Memory, 0), Grace: graceTime})
		out, err := j.exchange()
		if err == nil {
			j.worker.Put()
			return out, nil
		}
		death := j.worker.Discard(err)
		const tries = 3
		if !j.began && death.Reason == ring.Exited && j.context.Err() == nil && try < tries {
			continue // it had died while it was idle
		}
		return nil, j.died(op, death, err)
	}
}

// frameBytes bounds what a worker may send at once: all data that a task may write, and a
// request.
func (j *job) frameBytes() int {
	const (
		other = 4 << 20
		most  = maxFrame / 4
	)
	l := &j.order.Limits
	if j.order.Kind == compileModule {
		return other + codeBytes(len(j.scripts[0].source.Code))
	}
	n := other + min(max(l.RequestBytes, 0), most) + min(2*max(min(l.DataBytes, most), 0), most) + min(max(l.LogBytes, 0), most)
	return int(min(n, maxFrame))
}

func (j *job) op() string {
	switch j.order.Kind {
	case compileScript, compileModule:
		return "compile"
	case runTask:
		return "run"
	}
	return "test"
}

// known is what the engine knows of a worker: the scripts that it has, and the data items that
// it was sent last.
type known struct {
	scripts  map[cacheKey]struct{}
	declared *declaration
}

// knownBy returns what is known of a worker, which is nothing of a new one.
func knownBy(w *ring.Worker) known {
	k, _ := w.State.(known)
	return k
}

func (j *job) knows(w *ring.Worker) bool {
	k := knownBy(w)
	return !slices.ContainsFunc(j.scripts, func(s jobScript) bool { _, ok := k.scripts[s.key]; return !ok })
}

// ship adds the scripts and the data items to the order, all or those that the worker lacks.
func (j *job) ship(all bool) {
	const most = 10_000 // that it does not have them any more costs little
	k := knownBy(j.worker)
	if k.scripts == nil || len(k.scripts) > most {
		k.scripts = make(map[cacheKey]struct{})
	}
	if d := j.declared; d != nil {
		t := j.order.Task
		t.Items, t.SameItems = nil, d == k.declared && !all
		if !t.SameItems {
			t.Items, k.declared = d.items, d
		}
	}
	j.worker.State = k
	j.order.Scripts = make([]shipment, len(j.scripts))
	for i, s := range j.scripts {
		out := &j.order.Scripts[i]
		out.Key = string(s.key[:])
		if _, ok := k.scripts[s.key]; ok && !all {
			continue
		}
		source := s.source
		if s.program != nil {
			source = s.program.source()
		}
		if source.Code == nil {
			source.Code = []byte{}
		}
		out.Name, out.Code, out.Legacy = source.Name, source.Code, source.Legacy
		k.scripts[s.key] = struct{}{}
	}
}

// send sends a message to the worker.
func (j *job) send(message any) error {
	return j.worker.Send(func(frame []byte) ([]byte, error) { return j.codec.AppendTo(frame, message) })
}

func (j *job) exchange() (*report, error) {
	j.ship(false)
	j.order.Time = time.Until(j.context.deadline)
	if err := j.send(j.order); err != nil {
		return nil, err
	}
	for shipped := false; ; {
		frame, err := j.worker.Receive(j.most)
		if err != nil {
			return nil, err
		}
		j.began = true
		var c call
		if err := j.codec.With(&j.files, j.most).Decode(frame, &c); err != nil {
			return nil, err
		}
		if !j.expects(&c) || c.Op == opMissing && shipped {
			return nil, fmt.Errorf("call %d is not one of this job", c.Op)
		}
		if err := j.apply(c.Writes); err != nil {
			return nil, err
		}
		switch c.Op {
		case opEnd:
			return c.Report, nil
		case opMissing:
			shipped = true
			j.ship(true)
			err = j.send(j.order)
		case opFlush:
		default:
			err = j.answer(&c)
		}
		if err != nil {
			return nil, err
		}
	}
}

// expects reports whether a call can belong to the job.
func (j *job) expects(c *call) bool {
	switch {
	case c.Op == opEnd:
		return c.Report != nil && (j.run != nil || len(c.Writes) == 0)
	case c.Op == opMissing:
		return len(c.Writes) == 0
	case c.Op == opFlush && len(c.Writes) == 0:
		return false
	}
	return j.run != nil
}

// answer makes a call for the worker and sends it the reply.
func (j *job) answer(c *call) error {
	j.worker.Wait()
	before := j.run.writtenBytes
	var r reply
	if err := j.serve(c, &r); err != nil {
		j.failed = append(j.failed, err)
		r = reply{Failure: &failure{Err: forWorker(err), Number: len(j.failed)}}
	}
	r.Ended = j.context.Err() != nil
	r.Counted = j.run.writtenBytes - before
	j.worker.Resume() // a worker that does not read is stopped, too
	return j.send(&r)
}

// forWorker returns an error as the script sees it. The engine keeps the rest.
func forWorker(err error) error {
	e, ok := err.(*hostapi.Error) //nolint:errorlint // others are opaque
	if !ok {
		return err
	}
	out := &hostapi.Error{Code: e.Code, Op: e.Op, Name: e.Name, Message: e.Message, Hint: e.Hint}
	if e.Cause != nil {
		if text := e.Cause.Error(); text != "" {
			out.Message = strings.TrimPrefix(out.Message+": "+text, ": ")
		}
	}
	return out
}

// serve makes a call. The rights are those of the run.
func (j *job) serve(c *call, r *reply) (err error) {
	ctx, host := j.context, j.run
	switch c.Op {
	case opToken:
		r.Text, err = host.OAuth2Token(ctx, c.Name)
	case opTokenInfo:
		r.Info, err = host.OAuth2TokenInfo(ctx, c.Name)
	case opAuthSetting:
		r.Setting, err = host.AuthSetting(ctx, c.Name)
	case opRequest:
		if c.Request == nil {
			return invalidCall("request")
		}
		r.Response, err = host.request(ctx, c.Request, max(c.Length, c.Request.BodyBytes()))
	case opData:
		r.Value = host.data[c.Name]
	case opFunction:
		r.Value, err = host.Call(ctx, c.Name, c.Method, c.Args)
	case opReadFile:
		r.Bytes, err = j.files.read(ctx, c.ID, c.Offset, c.Length)
	default:
		return j.lookUp(c, r)
	}
	return err
}

func invalidCall(op string) error {
	return &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "the worker made a call that does not exist"}
}

// lookUp asks the directory.
func (j *job) lookUp(c *call, r *reply) (err error) {
	ctx, d := j.context, j.run.Directory()
	switch c.Op {
	case opUser:
		r.User, r.Found, err = d.User(ctx, c.ID)
	case opUserByEmail:
		r.User, r.Found, err = d.UserByEmail(ctx, c.Name)
	case opGroup:
		r.Group, r.Found, err = d.Group(ctx, c.ID)
	case opGroupsByName:
		r.Groups, err = d.GroupsByName(ctx, c.Name)
	case opMembers:
		r.Users, err = d.Members(ctx, c.ID, c.Flag)
	case opSubgroups:
		r.Groups, err = d.Subgroups(ctx, c.ID)
	default:
		return invalidCall("call")
	}
	return err
}

// apply repeats what the task has written. The worker has made the same checks, so an error
// ends the job.
func (j *job) apply(writes []write) error {
	for i := range writes {
		w := &writes[i]
		if err := j.applyOne(w); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) applyOne(w *write) error {
	ctx, host := j.context, j.run
	switch w.Op {
	case setData:
		return host.SetData(ctx, w.Name, w.Value)
	case logLine:
		level := hostapi.Level(w.Name)
		if !slices.Contains([]hostapi.Level{hostapi.LevelDebug, hostapi.LevelInfo, hostapi.LevelWarn, hostapi.LevelError}, level) {
			return invalidCall("log")
		}
		return host.Log(ctx, level, w.Text)
	case saveTemporary:
		return host.SaveTemporaryData(ctx, w.Text)
	case startProcess:
		return host.StartProcess(ctx, w.Flag)
	case postFeed:
		if w.Post != nil {
			_, err := host.PostFeed(ctx, w.Post)
			return err
		}
	case sendEmail:
		if w.Email != nil {
			return host.SendEmail(ctx, w.Email)
		}
	}
	return invalidCall("write")
}

// ended returns the error of a report. One that came from a call is that error itself, with
// the place in the script.
func (j *job) ended(r *report) error {
	switch {
	case len(r.Errs) == 0:
		return nil
	case len(r.Errs) > 1:
		return errors.Join(r.Errs...)
	}
	e, ok := errors.AsType[*hostapi.Error](r.Errs[0])
	if !ok {
		return &hostapi.Error{Code: hostapi.CodeInternal, Op: j.op(), Message: "the worker failed", Cause: r.Errs[0]}
	}
	out := *e
	if out.Code == "" { // which would mean success
		out.Code = hostapi.CodeInternal
	}
	if r.Host > 0 && r.Host <= len(j.failed) {
		j.restore(&out, j.failed[r.Host-1])
	}
	const moment = 50 * time.Millisecond
	if out.Code == hostapi.CodeTimeout && r.Host == 0 && time.Until(j.context.deadline) < moment {
		<-j.context.Done() // the timer of the worker was a moment earlier
	}
	if j.context.Err() != nil {
		j.named(&out)
	}
	return &out
}

// restore puts an error that a call returned in place of what the worker made of it.
func (*job) restore(out *hostapi.Error, from error) {
	e, ok := from.(*hostapi.Error) //nolint:errorlint // others are kept whole
	if !ok {
		out.Reason = from
		return
	}
	place := *out
	*out = *e
	out.File, out.Line, out.Column, out.Stack = place.File, place.Line, place.Column, place.Stack
}

// named adds to the error of a run that its context ended what only the engine knows: the
// cause, and whether the engine was closed.
func (j *job) named(out *hostapi.Error) {
	ended := limit.Ended(j.context)
	if out.Code == hostapi.CodeCanceled && ended.Code == hostapi.CodeClosed {
		out.Code, out.Message = ended.Code, ended.Message
	}
	if out.Code == ended.Code && out.Cause == nil {
		out.Cause = ended.Cause
	}
}

// died returns the error of a job whose worker has died. err is what was seen of that.
func (j *job) died(op string, d ring.Death, err error) error {
	var out *hostapi.Error
	own, isOwn := errors.AsType[*hostapi.Error](err)
	switch {
	case d.Reason == ring.Late, d.Reason == ring.Exited && j.context.Err() != nil:
		out = limit.Ended(j.context)
		switch {
		case out.Code != hostapi.CodeTimeout: // it was asked to end, wherever it was
		case op == "compile":
			out.Hint = "the source takes too long to compile: is it generated?"
		default: // the same error as from a worker that notices it in time, which may depend on the load
			out.Hint = "where no loop of the script takes the time, it is usually catastrophic regex backtracking"
			return out
		}
	case d.Reason == ring.TooLarge && j.order.Kind == compileModule:
		out = tooLargeToCompile(j.order.Limits.Memory)
	case d.Reason == ring.TooLarge:
		out = limit.ReachedIn(j.order.Limits, j.order.Engine, "memory")
	case d.Reason == ring.TooDeep:
		out = &hostapi.Error{Code: hostapi.CodeLimit, Message: "nested too deep for the JavaScript engine", Hint: "is this an infinite recursion?"}
	case d.Reason == ring.Broken && isOwn && own.Code == hostapi.CodeLimit:
		out = own
	case d.Reason == ring.Broken:
		out = &hostapi.Error{Code: hostapi.CodeInternal, Message: "the worker broke the rules and was stopped", Hint: "please report this", Cause: err}
	default:
		out = &hostapi.Error{Code: hostapi.CodeInternal, Message: "the worker process ended", Hint: "please report this", Cause: err}
		if d.Stderr != "" {
			out.Message += ": " + d.Stderr
		}
	}
	if out.Op == "" {
		out.Op = op
	}
	return out
}

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
		Kind: runTask, Limits: r.grant.Limits, Engine: *r.context.limit.Engine, Early: r.context.early, Modules: r.modules.names,
		Task: &given{Directory: r.directory != nil, Call: then.name},
	}
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
	o.Limits, o.Engine, o.Modules = s.Limits.Within(e.limits), e.limits, e.modules.names
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

// newJSProgram compiles a script in JavaScript, in a worker if the engine has some.
func (e *Engine) newJSProgram(ctx context.Context, key cacheKey, source Source) (program, error) {
	if e.isolation == nil {
		return newJSProgram(source)
	}
	source.Code = slices.Clone(source.Code)
	var c taskContext
	c.begin(ctx, time.Now().Add(e.limits.Time), limit.TimeError{Task: &e.limits, Engine: &e.limits}, &e.waits)
	defer c.end()
	o := &order{Kind: compileScript, Limits: e.limits, Engine: e.limits}
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
