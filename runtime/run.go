package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Run runs a task to its end. The Result is never nil; its data are the task's
// own unless the error is nil.
//
// The error is a *[hostapi.Error]. It matches context.DeadlineExceeded when the
// task's time ran out and context.Canceled when ctx was cancelled.
func (e *Engine) Run(ctx context.Context, task Task) (*Result, error) {
	r, err := e.newRun(task)
	if err != nil {
		return &Result{Data: task.Data}, err
	}
	start := time.Now()
	r.context.begin(ctx, start.Add(r.grant.Limits.Time))
	defer r.context.end()
	memory, err := r.runProgram(&r.context, task.Script.program) //nolint:contextcheck // r.context is ctx with the deadline
	wall := time.Since(start)
	r.usage.Wall, r.usage.CPU, r.usage.Memory = wall, wall-r.waited, memory
	return r.finish(err)
}

func (e *Engine) newRun(task Task) (*run, error) {
	if task.Script == nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "run", Message: "the task has no script"}
	}
	if e.closed.Load() {
		return nil, errClosed("run")
	}
	for i, item := range task.Items {
		if _, err := hostapi.ParseItemType(string(item.Type)); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(task.Items[:i], func(other hostapi.Item) bool { return other.VarName == item.VarName }) {
			return nil, &hostapi.Error{
				Code: hostapi.CodeInvalidArgument, Op: "run", Name: item.VarName, Message: "the data item is declared twice",
			}
		}
	}
	r := &run{
		connector: e.connector,
		items:     task.Items,
		onEvent:   task.OnEvent,
		grant: hostapi.Grant{
			Connections: task.Connections,
			Allow:       task.Allow,
			Limits:      task.Limits.Within(e.limits),
		},
	}
	if len(task.Data) > 0 {
		r.data = make(map[string]any, len(task.Data))
		for name, v := range task.Data {
			value, _, err := r.checkValue("task data", name, v, max(maxGiven, r.grant.Limits.DataBytes))
			if err != nil {
				return nil, err
			}
			r.data[name] = value
		}
	}
	return r, nil
}

// runProgram turns a panic of the sandbox or of the host into an error, so that
// one task cannot end the program that runs it.
func (r *run) runProgram(ctx context.Context, p program) (memory int64, err error) {
	defer recovered("run", &err)
	if err := ctx.Err(); err != nil { // a short script could end before anything looks
		return 0, contextual(ctx, "run", "", err)
	}
	return p.run(ctx, r, r.grant.Limits)
}

// recovered makes an error of a panic. It must be deferred.
func recovered(op string, err *error) {
	if x := recover(); x != nil {
		*err = &hostapi.Error{
			Code: hostapi.CodeInternal, Op: op, Message: "the engine failed", Hint: "please report this",
			Cause: &hostapi.PanicError{Value: x, Stack: debug.Stack()},
		}
	}
}

// finish applies the writes of a task that succeeded and takes every secret
// that the run came across out of what is handed back.
func (r *run) finish(err error) (*Result, error) {
	for i := range r.logs {
		r.logs[i].Message = r.secrets.words(r.logs[i].Message)
	}
	result := &Result{Data: r.data, Logs: r.logs, Usage: r.usage}
	if err != nil {
		return result, r.secrets.err(err)
	}
	result.Data, result.Changed = r.secrets.apply(r.data, r.written)
	return result, nil
}

// maxGiven bounds the bytes of one data item a task is given, if the task may
// not even write more. A larger one is likely to hold itself many times over.
const maxGiven = 64 << 20

// checkValue returns v as the data item of that name holds it, and its size, of
// which there may be most at most.
func (r *run) checkValue(op, varName string, v any, most int64) (any, int64, error) {
	itemType, ok := r.itemType(varName)
	if !ok {
		return nil, 0, r.unknownItem(op, varName)
	}
	value, size, err := hostapi.Normalize(v, most)
	if err == nil {
		value, err = itemType.Check(varName, value)
	}
	if err != nil {
		// Say which operation and item the generic message is about.
		if he, ok := errors.AsType[*hostapi.Error](err); ok {
			he.Op, he.Name = op, varName
		}
		return nil, size, err
	}
	return value, size, nil
}

// itemType returns the type of the data item of that name, if there is such an
// item.
func (r *run) itemType(varName string) (hostapi.ItemType, bool) {
	if r.items == nil {
		return hostapi.TypeJSON, true
	}
	for i := range r.items {
		if r.items[i].VarName == varName {
			return r.items[i].Type, true
		}
	}
	return "", false
}

func (r *run) unknownItem(op, varName string) error {
	hint := "the task declares no data items"
	if len(r.items) > 0 {
		quoted := make([]string, len(r.items))
		for i := range r.items {
			quoted[i] = strconv.Quote(r.items[i].VarName)
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
