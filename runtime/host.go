package runtime

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/awssign"
	"github.com/postern-dev/postern/internal/cookies"
	"github.com/postern-dev/postern/internal/limit"
)

// run is the hostapi.Host of one task.
type run struct {
	connector hostapi.Connector
	onEvent   func(Event)
	broken    error // of onEvent: it panicked
	grant     hostapi.Grant
	context   taskContext

	data         map[string]any // as given, never changed while the task runs
	written      map[string]any // applied at the end, if all goes well
	writtenBytes int64
	step         *step // nil: nothing of it yet
	logs         []Log
	notes        int // of the logs, those that the task did not write
	logBytes     int64
	asked        int             // requests that count towards the limit
	traffic      hostapi.Traffic // see grant
	waited       time.Duration
	secrets      *secrets // nil: it has come across none
}

func (r *run) FindData(_ context.Context, varName string) (any, error) {
	if _, ok := r.item(varName); !ok && r.Items() != nil {
		return nil, r.unknownItem("findDataByVarName", varName)
	}
	if v, ok := r.written[varName]; ok {
		return v, nil
	}
	return r.data[varName], nil
}

func (r *run) SetData(_ context.Context, varName string, value any) error {
	const op = "setDataByVarName"
	if varName == "" {
		return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Message: "the name of the data item is empty"}
	}
	v, size, err := r.checkValue(op, varName, value, r.grant.Limits.DataBytes-r.writtenBytes)
	if err != nil && hostapi.CodeOf(err) != hostapi.CodeLimit {
		return err
	}
	if over := r.countWritten(op, varName, size); err != nil || over != nil {
		return over
	}
	if r.written == nil {
		r.written = make(map[string]any)
	}
	r.written[varName] = v
	return nil
}

// countWritten counts what a task leaves behind. Every write counts, an
// overwritten one too: the bound is on work as well as on what is kept.
func (r *run) countWritten(op, name string, size int64) error {
	r.writtenBytes += size + int64(len(name))
	if r.writtenBytes > r.grant.Limits.DataBytes {
		return r.limitError("data_bytes", op, name)
	}
	return nil
}

func (r *run) Log(_ context.Context, level hostapi.Level, message string) error {
	limits := &r.grant.Limits
	if len(r.logs)-r.notes >= limits.LogLines {
		return r.limitError("log_lines", "log", "")
	}
	r.logBytes += int64(len(message))
	if r.logBytes > limits.LogBytes {
		return r.limitError("log_bytes", "log", "")
	}
	r.addLog(level, message) //nolint:contextcheck // what it calls ends by itself
	return nil
}

func (r *run) addLog(level hostapi.Level, message string) {
	line := Log{Time: time.Now(), Level: level, Message: message}
	r.logs = append(r.logs, line)
	if r.onEvent != nil {
		line.Message = r.secrets.words(&r.context, message)
		r.tell(Event{Log: &line})
	}
}

// newJar returns the jar of the run. What it tells of is not the task's doing, so
// it does not count towards the limits of the log; it is not much.
func (r *run) newJar(quiet bool) hostapi.CookieJar {
	if quiet {
		return cookies.New(nil)
	}
	return cookies.New(func(line string) {
		r.notes++
		r.addLog(hostapi.LevelWarn, line)
	})
}

func (r *run) OAuth2Token(ctx context.Context, connection string) (string, error) {
	const op = "getOAuth2Token"
	if r.connector == nil {
		return "", noConnector(op, connection)
	}
	defer r.wait(time.Now())
	token, err := r.token(ctx, op, connection)
	if err != nil {
		return "", contextual(ctx, op, connection, err)
	}
	if err := r.addCredential(op, token); err != nil {
		return "", err
	}
	return token, nil
}

func (r *run) OAuth2TokenInfo(ctx context.Context, connection string) (*hostapi.TokenInfo, error) {
	const op = "getOAuth2TokenInfo"
	if r.connector == nil {
		return nil, noConnector(op, connection)
	}
	defer r.wait(time.Now())
	info, err := r.tokenInfo(ctx, op, connection)
	if err != nil {
		return nil, contextual(ctx, op, connection, err)
	}
	return info, nil
}

func (r *run) AuthSetting(ctx context.Context, connection string) (*hostapi.AuthSetting, error) {
	const op = "authSetting"
	if r.connector == nil {
		return nil, noConnector(op, connection)
	}
	setting, err := r.authSetting(ctx, op, connection)
	if err != nil {
		return nil, contextual(ctx, op, connection, err)
	}
	return setting, nil
}

func (r *run) RequestingLimit() int { return max(r.grant.Limits.Requests, 0) }

func (r *run) Do(ctx context.Context, req *hostapi.Request) (*hostapi.Response, error) {
	op := strings.ToLower(req.Method)
	if r.connector == nil {
		return nil, noConnector(op, "")
	}
	if req.BodyBytes() > max(r.grant.Limits.RequestBytes, 0) {
		return nil, r.limitError("request_bytes", op, "")
	}
	defer r.wait(time.Now())
	for repeats := 0; ; repeats++ {
		resp, err := r.send(ctx, op, req)
		wait, again := req.Repeat(repeats, resp, err)
		if !again || r.asked >= r.grant.Limits.Requests || !hasTime(ctx, wait) {
			return resp, err
		}
		if err := pause(ctx, wait); err != nil {
			return nil, contextual(ctx, op, "", err)
		}
	}
}

func (r *run) send(ctx context.Context, op string, req *hostapi.Request) (*hostapi.Response, error) {
	if r.asked >= r.grant.Limits.Requests {
		return nil, r.limitError("requests", op, "")
	}
	if err := ctx.Err(); err != nil {
		return nil, contextual(ctx, op, "", err) // the script caught the error that told it so
	}
	for _, c := range req.Credentials() {
		if err := r.addCredential(op, c); err != nil {
			return nil, err
		}
	}
	r.asked++
	if req.AWSSignV4 != nil {
		var err error
		if req, err = awssign.Sign(ctx, req, time.Now()); err != nil {
			return nil, err
		}
	}
	var start time.Time
	if r.onEvent != nil {
		start = time.Now()
	}
	before := r.traffic.Requests
	resp, err := r.do(ctx, op, req)
	if err == nil && resp == nil {
		err = &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "the connector returned neither response nor error"}
	}
	if err != nil {
		err = contextual(ctx, op, "", err)
	} else {
		if r.traffic.Requests == before { // the connector does not count
			r.traffic.Requests++
			r.traffic.RequestBytes += req.BodyBytes()
			r.traffic.ResponseBytes += int64(len(resp.Body))
		}
		r.addAnswer(resp.Body)
	}
	if r.onEvent != nil {
		r.tell(Event{Request: requestEvent(req, resp, err, time.Since(start))})
	}
	return resp, err
}

func requestEvent(req *hostapi.Request, resp *hostapi.Response, err error, d time.Duration) *RequestEvent {
	e := &RequestEvent{Method: req.Method, Connection: req.AuthSetting, Code: hostapi.CodeOf(err), Duration: d}
	if u, err := url.Parse(req.URL); err == nil {
		e.Host = u.Host
	}
	if resp != nil {
		e.Status = resp.Status
	}
	return e
}

// hasTime reports whether ctx lasts as long as the wait.
func hasTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) >= wait
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *run) wait(since time.Time) { r.waited += time.Since(since) }

// contextual names the task's own deadline or cancellation as the reason for
// an error that it caused, and makes every error a *hostapi.Error.
func contextual(ctx context.Context, op, name string, err error) error {
	if ctx.Err() == nil {
		if _, ok := err.(*hostapi.Error); ok { //nolint:errorlint // a wrapped one would lose its wrapping
			return err
		}
		// Not an error of ours: its text might hold anything.
		return &hostapi.Error{Code: hostapi.CodeOf(err), Op: op, Name: name, Message: "the connector failed", Cause: opaque{err}}
	}
	ended := limit.Ended(ctx)
	ended.Op, ended.Name = op, name
	if e, ok := err.(*hostapi.Error); ok && e.Name != "" && (e.Code == ended.Code || e.Code == hostapi.CodeNetwork) { //nolint:errorlint // as above
		ended.Op, ended.Name, ended.Message = e.Op, e.Name, e.Message+": "+ended.Message // which host, and what was going on
	}
	return ended
}

// opaque keeps an error for errors.Is and errors.As and hides its text.
type opaque struct{ error }

func (opaque) Error() string   { return "an unclassified error" }
func (o opaque) Unwrap() error { return o.error }

func noConnector(op, name string) error {
	return &hostapi.Error{
		Code: hostapi.CodeDenied, Op: op, Name: name, Message: "this engine has no network",
		Hint: "give runtime.Config a Connector",
	}
}

func (r *run) limitError(reached, op, name string) error {
	e := limit.ReachedIn(r.grant.Limits, *r.context.limit.Engine, reached)
	e.Op, e.Name = op, name
	return e
}
