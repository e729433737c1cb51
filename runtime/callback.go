package runtime

import (
	"context"
	"runtime/debug"

	"github.com/postern-dev/postern/hostapi"
)

// callback makes an error that says whose it is of a panic in what the embedding
// program supplied. It must be deferred.
func callback(op, name string, err *error) {
	if x := recover(); x != nil {
		*err = &hostapi.Error{
			Code: hostapi.CodeInternal, Op: op, Message: name + " panicked",
			Hint:  "this is a fault of the program that runs the task; the cause of the error, a *hostapi.PanicError, has the stack",
			Cause: &hostapi.PanicError{Value: x, Stack: debug.Stack()},
		}
	}
}

const (
	theConnector = "the connector"
	theOnEvent   = "the callback OnEvent"
)

func (r *run) do(ctx context.Context, op string, req *hostapi.Request) (resp *hostapi.Response, err error) {
	defer callback(op, theConnector, &err)
	return r.connector.Do(ctx, &r.grant, req)
}

func (r *run) token(ctx context.Context, op, connection string) (token string, err error) {
	defer callback(op, theConnector, &err)
	return r.connector.OAuth2Token(ctx, &r.grant, connection)
}

func (r *run) tokenInfo(ctx context.Context, op, connection string) (info *hostapi.TokenInfo, err error) {
	defer callback(op, theConnector, &err)
	return r.connector.OAuth2TokenInfo(ctx, &r.grant, connection)
}

func (r *run) authSetting(ctx context.Context, op, connection string) (setting *hostapi.AuthSetting, err error) {
	defer callback(op, theConnector, &err)
	return r.connector.AuthSetting(ctx, &r.grant, connection)
}

// tell hands an event to OnEvent. If that panics it is not called again, and the run
// fails, whatever the script makes of it.
func (r *run) tell(e Event) {
	if r.onEvent == nil {
		return
	}
	defer func() {
		if r.broken != nil {
			r.onEvent = nil
		}
	}()
	defer callback("event", theOnEvent, &r.broken)
	r.onEvent(e)
}
