package runtime

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Event is something that happened in a run, for [Config].OnRun and [Task].OnEvent. One
// of its pointers is set. No event holds a secret that the run has seen, nor path, query,
// header or body of a request.
//
// Events tell when things ended, apart from RunStart, RequestStart and CallStart, which
// come first. A span of a trace for each of run, request, call, attempt and token fetch
// has its parent by Request and CallNumber: an event belongs to that request or that call
// of the run, or to the run itself.
type Event struct {
	Time       time.Time
	Identity   hostapi.Identity // of the task
	Request    int              // number of the script's request that it belongs to, from 1; 0: to none
	CallNumber int              // number of the script's call of a function that it belongs to, from 1; 0: to none

	RunStart     *RunStart
	RunEnd       *RunEnd
	RequestStart *RequestStart
	RequestEnd   *RequestEnd
	Attempt      *hostapi.Attempt
	TokenFetch   *hostapi.TokenFetch
	Denial       *Denial
	CallStart    *CallStart
	Call         *CallEvent
	Log          *Log

	// LogLine is the number of the line in [Result].Logs that Log is, from 1. A line is
	// without the secrets that the run has seen when it is logged, and once more at its end:
	// one that had a credential that the script used only afterwards is told again before
	// RunEnd, with the same number. So those who keep the last one of each number have what is
	// in the Result.
	LogLine int
}

// MultiOnRun returns a [Config].OnRun of several, such as one that logs and one that makes
// spans: each of them listens to all events, in their order. A nil one is left out.
//
//	OnRun: runtime.MultiOnRun(observer.OnRun, logRun)
func MultiOnRun(all ...func(context.Context, hostapi.Identity) func(Event)) func(context.Context, hostapi.Identity) func(Event) {
	return func(ctx context.Context, id hostapi.Identity) func(Event) {
		var listeners []func(Event)
		for _, onRun := range all {
			if onRun == nil {
				continue
			}
			if listener := onRun(ctx, id); listener != nil {
				listeners = append(listeners, listener)
			}
		}
		if len(listeners) == 0 {
			return nil
		}
		return func(e Event) {
			for _, listener := range listeners {
				listener(e)
			}
		}
	}
}

// RunStart is the begin of a run.
type RunStart struct {
	Connections []string // that the task may use; not to be modified
}

// RunEnd is the end of a run.
type RunEnd struct {
	Err   error // what [Engine.Run] returns
	Usage Usage
}

// RequestStart is the begin of a request of the script.
type RequestStart struct {
	Method     string
	Host       string // including the port, if the URL has one
	Connection string // the authSetting of the request, if any
}

// RequestEnd is the end of a request of the script, with all its attempts.
type RequestEnd struct {
	RequestStart

	Status   int          // 0 if there was no response
	Code     hostapi.Code // of the error; "" if there was a response
	Attempts int          // how many requests were sent, including repeats and redirects
	Duration time.Duration
}

// Denial is something that a policy refused to the script: a destination that no rule
// allows or one denies, a connection that is not granted, or may not be used there, or
// does not exist.
type Denial struct {
	Op         string       // what the script called, such as "get" or "getOAuth2Token"
	Code       hostapi.Code // [hostapi.CodeDenied] or [hostapi.CodeUnknownConnection]
	Target     string       // host:port; "" if there was no request
	Connection string       // "" if it was not the reason
	Rule       string       // the rule that denied the target; "" if there is none
	Message    string       // the reason in words
}

// CallStart is the begin of a call of a function of a [Module].
type CallStart struct{ Module, Function string }

// CallEvent is the end of a call of a function of a [Module], without arguments and result,
// which may have secrets.
type CallEvent struct {
	Module, Function string
	Code             hostapi.Code // "" if it succeeded
	Duration         time.Duration
}
