package runtime

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

const (
	onEventName = "the callback OnEvent"
	onRunName   = "the callback OnRun of the runtime.Config"
)

// observer delivers the events of one run. A run without listeners has none: nil.
//
// A function of a [Module] may use the connector from several goroutines, so that the
// functions of the Trace lock.
type observer struct {
	clean     func(string) string // removes the secrets that the run has seen
	identity  hostapi.Identity
	listeners []func(Event)
	panicked  error // of a listener
	trace     hostapi.Trace

	mu       sync.Mutex     // guards the fields below and calls of the listeners
	ended    bool           // the run has
	requests int            // number of requests of the script
	request  int            // the one in progress; 0: none
	attempts int            // of it
	calls    int            // number of calls of functions
	call     int            // the one in progress; 0: none
	next     hostapi.Resend // of the next attempt that is no redirect
	logged   []string       // the messages of the log lines that were told of
}

// observe begins the events of a run.
func (e *Engine) observe(ctx context.Context, task *Task) *observer {
	o := &observer{identity: identity(task), clean: func(text string) string { return text }}
	if e.onRun != nil {
		if listener := o.begin(ctx, e.onRun); listener != nil {
			o.listeners = append(o.listeners, listener)
		}
	}
	if task.OnEvent != nil {
		o.listeners = append(o.listeners, task.OnEvent)
	}
	o.trace = hostapi.Trace{Attempt: o.attempt, TokenFetch: o.tokenFetch}
	o.emit(Event{RunStart: &RunStart{Connections: task.Connections}})
	return o
}

func (o *observer) begin(ctx context.Context, onRun func(context.Context, hostapi.Identity) func(Event)) func(Event) {
	defer callback.Recover("event", onRunName, &o.panicked)
	return onRun(ctx, o.identity)
}

// emit calls the listeners. If one panics, none is called again, and the run fails, even
// if the script catches errors. o.mu must be held.
func (o *observer) emit(event Event) {
	if o.ended {
		return
	}
	defer func() {
		if o.panicked != nil {
			o.listeners = nil
		}
	}()
	defer callback.Recover("event", onEventName, &o.panicked)
	event.Identity, event.Request, event.CallNumber = o.identity, o.request, o.call
	if event.Time.IsZero() {
		event.Time = time.Now()
	}
	for _, listener := range o.listeners {
		listener(event)
	}
}

// failure is the panic of a listener, if there was one.
func (o *observer) failure() error {
	if o == nil {
		return nil
	}
	return o.panicked
}

// log tells of a line of the log, which is without secrets, unless it was told of the same
// before.
func (o *observer) log(number int, line Log) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case number > len(o.logged):
		o.logged = append(o.logged, line.Message)
	case o.logged[number-1] == line.Message:
		return
	default:
		o.logged[number-1] = line.Message
	}
	o.emit(Event{Time: line.Time, Log: &line, LogLine: number})
}

// beginRequest begins a request of the script; endRequest must follow.
func (o *observer) beginRequest(req *hostapi.Request) *RequestEnd {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests++
	o.request, o.attempts, o.next = o.requests, 0, ""
	end := &RequestEnd{RequestStart: RequestStart{Method: req.Method, Host: o.clean(hostOf(req)), Connection: o.clean(req.AuthSetting)}}
	start := end.RequestStart
	o.emit(Event{RequestStart: &start})
	return end
}

func (o *observer) endRequest(end *RequestEnd, start time.Time, resp *hostapi.Response, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	end.Duration, end.Code, end.Attempts = time.Since(start), hostapi.CodeOf(err), o.attempts
	if resp != nil {
		end.Status = resp.Status
	}
	o.emit(Event{RequestEnd: end})
	o.request = 0
}

// repeats records that the next attempt repeats the request.
func (o *observer) repeats() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = hostapi.ResendRepeat
}

// sentSoFar returns how many attempts the request in progress has.
func (o *observer) sentSoFar() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.attempts
}

// attempt is the Trace's.
func (o *observer) attempt(a hostapi.Attempt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.request == 0 { // of a function of a Module, which used the connector itself
		o.attempts, o.next = 0, ""
	}
	o.attempts++
	a.Number = o.attempts
	if a.Resend != hostapi.ResendRedirect {
		a.Resend, o.next = o.next, hostapi.ResendCredential
	}
	a.Origin.Host = o.clean(a.Origin.Host)
	o.emit(Event{Attempt: &a})
}

// sent reports an attempt for a connector that does not.
func (o *observer) sent(req *hostapi.Request, resp *hostapi.Response, start time.Time) {
	a := hostapi.Attempt{
		Method: req.Method, Status: resp.Status, RequestBytes: req.BodyBytes(), ResponseBytes: int64(len(resp.Body)),
		Start: start, Duration: time.Since(start),
	}
	if u, err := url.Parse(req.URL); err == nil {
		a.Origin = hostapi.OriginOf(u)
	}
	if req.AuthSetting != "" {
		a.Connections = []string{req.AuthSetting}
	}
	o.attempt(a)
}

// tokenFetch is the Trace's.
func (o *observer) tokenFetch(f hostapi.TokenFetch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.emit(Event{TokenFetch: &f})
}

// beginCall begins a call of a function; endCall must follow.
func (o *observer) beginCall(module, function string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	o.call, o.attempts = o.calls, 0
	o.emit(Event{CallStart: &CallStart{module, function}})
}

func (o *observer) endCall(c *CallEvent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.emit(Event{Call: c})
	o.call = 0
}

// failed reports err if it is a denial.
func (o *observer) failed(err error) {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Code != hostapi.CodeDenied && e.Code != hostapi.CodeUnknownConnection {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	event := &Denial{Op: e.Op, Code: e.Code, Message: o.clean(e.Message)}
	if d, ok := errors.AsType[*hostapi.DenialError](err); ok {
		event.Target, event.Connection, event.Rule = o.clean(d.Target), o.clean(d.Connection), d.Rule
	} else if e.Code == hostapi.CodeUnknownConnection || errors.Is(err, hostapi.ErrNotGranted) {
		event.Connection = o.clean(e.Name)
	} else {
		event.Target = o.clean(e.Name)
	}
	o.emit(Event{Denial: event})
}

// end reports the end of the run with its result, and returns what Run returns.
func (o *observer) end(task *Task, result *Result, err error) (*Result, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.request, o.call = 0, 0
	o.emit(Event{RunEnd: &RunEnd{Err: err, Usage: result.Usage}})
	o.ended = true
	if err == nil && o.panicked != nil {
		return &Result{Data: task.Data, TemporaryData: task.TemporaryData, Logs: result.Logs, Usage: result.Usage}, o.panicked
	}
	return result, err
}

func hostOf(req *hostapi.Request) string {
	u, err := url.Parse(req.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// identity returns the identity of the task.
func identity(task *Task) hostapi.Identity {
	id := task.Identity
	if id.Script == "" {
		id.Script = task.Script.name
	}
	return id
}
