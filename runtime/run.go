package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/ring"
	"github.com/postern-dev/postern/internal/timezone"
)

// Run runs a task and waits for its end. The Result is never nil; if the error is not
// nil, its Data and TemporaryData are those of the task.
//
// The error is a *[hostapi.Error]. It matches context.DeadlineExceeded if the task
// reached its time limit or the deadline of ctx passed, context.Canceled if ctx was
// cancelled, and [hostapi.ErrClosed] if the engine was closed. With
// [hostapi.CodeOverloaded], the task did not begin: see [Budget]. It matches
// context.Canceled or context.DeadlineExceeded if ctx ended while it was waiting.
func (e *Engine) Run(ctx context.Context, task Task) (*Result, error) {
	refused := func(err error) (*Result, error) {
		return &Result{Data: task.Data, TemporaryData: task.TemporaryData}, err
	}
	if !e.gate.enter() {
		return refused(errClosed("run"))
	}
	defer e.gate.leave()
	if task.Script == nil || task.Script.program == nil {
		return refused(&hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "run", Message: "the task has no script", Hint: "use what Engine.Compile returned"})
	}
	if e.queue != nil {
		if err := e.admit(ctx, task.Identity.Tenant); err != nil {
			return refused(err)
		}
		defer e.queue.Leave(task.Identity.Tenant)
	}
	var o *observer
	if e.onRun != nil || task.OnEvent != nil {
		o = e.observe(ctx, &task)
	}
	result, err := e.runTask(ctx, &task, o)
	if o != nil {
		return o.end(&task, result, err)
	}
	return result, err
}

func (e *Engine) runTask(ctx context.Context, task *Task, o *observer) (*Result, error) {
	r, err := e.newRun(task, o) //nolint:contextcheck // what it calls ends by itself
	if err != nil {
		return &Result{Data: task.Data, TemporaryData: task.TemporaryData}, err
	}
	start := time.Now()
	r.context.begin(ctx, start.Add(r.grant.Limits.Time), limit.TimeError{Task: &r.grant.Limits, Engine: &e.limits}, &e.waits)
	defer r.context.end()
	out, err := r.runProgram(&r.context, e, task.Script, function{task.Call, task.Args}) //nolint:contextcheck // r.context is ctx with the deadline
	result, err := r.finish(out.value, err)                                              //nolint:contextcheck // what it calls ends by itself
	wall := time.Since(start)
	result.Usage = Usage{
		Wall: wall, CPU: cmp.Or(r.computed, wall-r.waited), Memory: out.memory,
		Requests: r.traffic.Requests, RequestBytes: r.traffic.RequestBytes, ResponseBytes: r.traffic.ResponseBytes,
	}
	return result, err
}

func (e *Engine) newRun(task *Task, o *observer) (*run, error) {
	declared, err := e.declarations.of(task.Items)
	if err != nil {
		return nil, err
	}
	r := &run{connector: e.connector, modules: &e.modules, directory: cmp.Or(task.Directory, e.directory), observer: o}
	r.grant.Identity, r.grant.Connections, r.grant.Allow = identity(task), task.Connections, task.Allow
	r.grant.Limits = task.Limits.Within(e.limits)
	r.grant.Traffic, r.grant.Run = &r.traffic, &r.state
	if o != nil {
		r.grant.Trace = &o.trace
		o.clean = func(text string) string { return r.secrets.redactText(&r.context, text) }
	}
	if e.cookies.Keep {
		r.grant.Cookies = r.newJar(e.cookies.Quiet)
	}
	if declared != nil || task.Settings != nil || task.Process != nil || task.TemporaryData != nil {
		r.step = &step{
			declared: declared, settings: task.Settings, process: task.Process, given: task.TemporaryData, temporary: task.TemporaryData,
		}
		if err := r.checkStep(task.Directory != nil); err != nil {
			return nil, err
		}
	}
	if len(task.Data) > 0 {
		r.data = make(map[string]any, len(task.Data))
		for name, v := range task.Data {
			value, size, err := r.checkValue("task data", name, v, max(maxGiven, r.grant.Limits.DataBytes))
			if err != nil {
				return nil, err
			}
			r.data[name] = value
			if size > largeData && e.isolation != nil {
				r.workflow().large = append(r.workflow().large, name)
			}
		}
	}
	return r, nil
}

// checkStep finds mistakes that would otherwise stop a script in the middle. given says
// that the task has a Directory.
func (r *run) checkStep(given bool) error {
	for name, s := range r.step.settings {
		if _, ok := r.item(s.Item); s.Item != "" && !ok {
			return &hostapi.Error{
				Code: hostapi.CodeConfig, Op: "setting", Name: name, Message: "it names the data item " + strconv.Quote(s.Item) + ", which the task does not declare",
			}
		}
	}
	if p := r.step.process; p != nil {
		if len(p.Users)+len(p.Groups) > 0 {
			if given {
				return &hostapi.Error{
					Code: hostapi.CodeConfig, Op: "process", Message: "it lists users or groups, and the task has a Directory as well",
					Hint: "leave one of the two out",
				}
			}
			r.directory = &hostapi.StaticDirectory{Users: p.Users, Groups: p.Groups}
		}
		_, err := timezone.Parse(cmp.Or(p.TimeZone, timezone.Default))
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			e.Op = "process"
			return e
		}
	}
	return nil
}

// runProgram converts a panic of the sandbox or of the host to an error, so that one
// task cannot crash the program.
func (r *run) runProgram(ctx context.Context, e *Engine, script *Script, then function) (out outcome, err error) {
	defer recovered("run", &err)
	if err := ctx.Err(); err != nil { // a short script could end before the context is checked
		return outcome{}, contextual(ctx, "run", "", err)
	}
	if p, ok := script.program.(*jsProgram); ok && e.isolation != nil {
		return e.isolation.run(r, script.key, p, then) //nolint:contextcheck // that of r
	}
	return script.program.run(ctx, r, &r.grant.Limits, &e.watch, then)
}

// recovered converts a panic to an error. It must be deferred.
func recovered(op string, err *error) {
	if x := recover(); x != nil {
		*err = &hostapi.Error{
			Code: hostapi.CodeInternal, Op: op, Message: "the engine failed", Hint: "please report this",
			Cause: &hostapi.PanicError{Value: x, Stack: debug.Stack()},
		}
	}
}

// finish applies the writes of a task that succeeded and removes every secret that the
// run has seen from the result. It has no more time than the task: what is not done by
// then is not applied.
func (r *run) finish(value any, err error) (*Result, error) {
	result := &Result{Data: r.data}
	if r.step != nil {
		result.TemporaryData = r.step.given
	}
	if err == nil {
		err = r.broken // which the script caught
	}
	if broken := r.observer.failure(); broken != nil {
		err = broken
	}
	if err == nil {
		err = r.apply(result, value)
	}
	if r.secrets != nil && (err != nil || len(r.logs) > 0) {
		// Logs and errors are always cleaned, if that does not take long.
		const least = 200 * time.Millisecond * ring.RaceFactor
		var late taskContext
		late.begin(context.WithoutCancel(r.context.parent), later(r.context.deadline, time.Now().Add(least)), r.context.limit, new(waits))
		r.cleanLog(&late)
		err = r.secrets.err(&late, err)
	}
	if r.secrets != nil {
		r.secrets.release()
	}
	result.Logs = r.logs
	return result, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// apply puts what a task stores into its result.
func (r *run) apply(result *Result, value any) error {
	if c := r.secrets.cleaner(&r.context); c != nil {
		c.entries(r.written)
		value = c.data(value)
		if r.step != nil {
			c.step(r.step)
		}
		if c.err != nil {
			return contextual(&r.context, "run", "", c.err)
		}
	}
	if len(r.written) > 0 {
		result.Changed = slices.AppendSeq(make([]string, 0, len(r.written)), maps.Keys(r.written))
		slices.Sort(result.Changed)
		if result.Data == nil {
			result.Data = r.written // the run has ended
		} else {
			maps.Copy(result.Data, r.written)
		}
	}
	result.Value = value
	if s := r.step; s != nil {
		result.TemporaryData, result.StartProcess, result.Posts, result.Emails = s.temporary, s.startProcess, s.posts, s.emails
	}
	return nil
}

// maxGiven bounds the bytes of one data item that a task is given, if DataBytes is not
// higher. A larger one probably contains itself many times.
const maxGiven = 64 << 20

// checkValue validates v for the named data item, and returns it with its size, at most
// most.
func (r *run) checkValue(op, varName string, v any, most int64) (any, int64, error) {
	item, declared := r.item(varName)
	if !declared && r.Items() != nil {
		return nil, 0, r.unknownItem(op, varName)
	}
	value, size, err := hostapi.Normalize(v, most)
	if err == nil && declared {
		value, err = item.Check(value)
	}
	if err != nil {
		// Add operation and item to the generic message.
		if he, ok := errors.AsType[*hostapi.Error](err); ok {
			he.Op, he.Name = op, varName
		}
		return nil, size, err
	}
	return value, size, nil
}

// item returns the declared data item of that name, if there is one.
func (r *run) item(varName string) (*hostapi.Item, bool) {
	if r.step == nil {
		return nil, false
	}
	return r.step.declared.item(varName)
}

func (r *run) unknownItem(op, varName string) error {
	hint := "the task declares no data items"
	if items := r.Items(); len(items) > 0 {
		quoted := make([]string, len(items))
		for i := range items {
			quoted[i] = strconv.Quote(items[i].VarName)
		}
		slices.Sort(quoted)
		hint = fmt.Sprintf("the task declares %s", joinList(quoted))
	}
	return &hostapi.Error{
		Code: hostapi.CodeInvalidArgument, Op: op, Name: varName, Message: "the task declares no such data item", Hint: hint,
	}
}

func joinList(list []string) string {
	const most = 12
	text := ""
	for i, s := range list {
		switch {
		case i == most:
			return text + fmt.Sprintf(" and %d more", len(list)-most)
		case i > 0:
			text += ", "
		}
		text += s
	}
	return text
}
