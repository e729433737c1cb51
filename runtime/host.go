package runtime

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/awssign"
	"github.com/postern-dev/postern/internal/cookies"
	"github.com/postern-dev/postern/internal/limit"
)

// run is the sandbox.Host of one task.
type run struct {
	connector hostapi.Connector
	modules   *modules
	directory hostapi.Directory // nil: there are no users and groups
	observer  *observer         // nil: nothing listens to events
	grant     hostapi.Grant
	context   taskContext

	data         map[string]any // as given; not modified during the run
	written      map[string]any // applied at the end if the task succeeds
	writtenBytes int64
	step         *step // nil: empty
	logs         []Log
	notes        int // log lines that the task did not write
	logBytes     int64
	requests     int              // that count towards the limit
	calls        int              // of functions of modules
	broken       error            // a function of a module panicked; nil: none
	traffic      hostapi.Traffic  // see grant
	state        hostapi.RunState // see grant
	waited       time.Duration
	computed     time.Duration // CPU time of a worker; 0: it is not known
	secrets      *secrets      // nil: none seen yet
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

// countWritten counts what a task stores. Every write counts, even one that is
// overwritten: the limit bounds work as well as storage.
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
	r.addLog(level, message) //nolint:contextcheck // what it calls has that of the run
	return nil
}

func (r *run) addLog(level hostapi.Level, message string) {
	line := Log{Time: time.Now(), Level: level, Message: message}
	r.logs = append(r.logs, line)
	if r.observer != nil {
		line.Message = r.secrets.redactText(&r.context, message)
		r.observer.log(len(r.logs), line)
	}
}

// cleanLog removes the secrets from the log, and tells the observer again of lines that it was
// told of before a secret in them was known.
func (r *run) cleanLog(ctx context.Context) {
	for i := range r.logs {
		line := &r.logs[i]
		line.Message = r.secrets.redactText(ctx, line.Message)
		if r.observer != nil {
			r.observer.log(i+1, *line)
		}
	}
}

// newJar returns the cookie jar of the run. Its log lines are not the task's, so they
// do not count towards the limits; they are few.
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
		return "", r.failed(noConnector(op, &hostapi.DenialError{Connection: connection}))
	}
	defer r.wait(time.Now())
	token, err := r.token(ctx, op, connection)
	if err != nil {
		return "", r.failed(contextual(ctx, op, connection, err))
	}
	if err := r.addCredential(op, token); err != nil {
		return "", err
	}
	return token, nil
}

func (r *run) OAuth2TokenInfo(ctx context.Context, connection string) (*hostapi.TokenInfo, error) {
	const op = "getOAuth2TokenInfo"
	if r.connector == nil {
		return nil, r.failed(noConnector(op, &hostapi.DenialError{Connection: connection}))
	}
	defer r.wait(time.Now())
	info, err := r.tokenInfo(ctx, op, connection)
	if err != nil {
		return nil, r.failed(contextual(ctx, op, connection, err))
	}
	return info, nil
}

func (r *run) AuthSetting(ctx context.Context, connection string) (*hostapi.AuthSetting, error) {
	const op = "authSetting"
	if r.connector == nil {
		return nil, r.failed(noConnector(op, &hostapi.DenialError{Connection: connection}))
	}
	setting, err := r.authSetting(ctx, op, connection)
	if err != nil {
		return nil, r.failed(contextual(ctx, op, connection, err))
	}
	return setting, nil
}

func (r *run) RequestingLimit() int { return max(r.grant.Limits.Requests, 0) }

func (r *run) Do(ctx context.Context, req *hostapi.Request) (*hostapi.Response, error) {
	return r.request(ctx, req, req.BodyBytes())
}

// request is Do for a request whose body has so many bytes, also if it was left out because
// that is too many.
func (r *run) request(ctx context.Context, req *hostapi.Request, body int64) (resp *hostapi.Response, err error) {
	start := time.Now()
	if r.observer != nil {
		end := r.observer.beginRequest(req)
		defer func() { r.observer.endRequest(end, start, resp, err) }()
	}
	op := req.Op()
	if r.connector == nil {
		return nil, r.failed(noConnector(op, &hostapi.DenialError{Target: hostOf(req)}))
	}
	if body > max(r.grant.Limits.RequestBytes, 0) {
		return nil, r.limitError("request_bytes", op, "")
	}
	defer r.wait(start)
	for repeats := 0; ; repeats++ {
		resp, err := r.send(ctx, op, req)
		wait, again := req.Repeat(repeats, resp, err)
		if !again || r.requests >= r.grant.Limits.Requests || !hasTime(ctx, wait) {
			return resp, err
		}
		if err := pause(ctx, wait); err != nil {
			return nil, contextual(ctx, op, "", err)
		}
		if r.observer != nil {
			r.observer.repeats()
		}
	}
}

func (r *run) send(ctx context.Context, op string, req *hostapi.Request) (*hostapi.Response, error) {
	if r.requests >= r.grant.Limits.Requests {
		return nil, r.limitError("requests", op, "")
	}
	if err := ctx.Err(); err != nil {
		return nil, contextual(ctx, op, "", err) // the script caught the error that reported it
	}
	for _, c := range req.Credentials() {
		if err := r.addCredential(op, c); err != nil {
			return nil, err
		}
	}
	r.requests++
	if req.AWSSignV4 != nil {
		var err error
		if req, err = awssign.Sign(ctx, req, time.Now()); err != nil {
			return nil, err
		}
	}
	var start time.Time
	attempts := 0
	if r.observer != nil {
		start, attempts = time.Now(), r.observer.sentSoFar()
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
		r.addResponse(resp.Body)
	}
	if r.observer != nil && err == nil && r.observer.sentSoFar() == attempts {
		r.observer.sent(req, resp, start)
	}
	return resp, r.failed(err)
}

// failed returns err, and reports it to the listeners if it is a denial.
func (r *run) failed(err error) error {
	if err != nil && r.observer != nil {
		r.observer.failed(err)
	}
	return err
}

// hasTime reports whether ctx lasts at least that long.
func hasTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) >= wait
}

// pause sleeps for d, or until ctx ends.
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

// contextual replaces an error that the task's deadline or cancellation caused by that
// reason, and converts every error to a *hostapi.Error.
func contextual(ctx context.Context, op, name string, err error) error {
	if ctx.Err() == nil {
		if _, ok := err.(*hostapi.Error); ok { //nolint:errorlint // a wrapped one would lose the wrapper
			return err
		}
		// Not one of our errors: its text may have a secret.
		return &hostapi.Error{Code: hostapi.CodeOf(err), Op: op, Name: name, Message: "the connector failed", Cause: opaque{err}}
	}
	ended := limit.Ended(ctx)
	ended.Op, ended.Name = op, name
	if e, ok := err.(*hostapi.Error); ok && e.Name != "" && (e.Code == ended.Code || e.Code == hostapi.CodeNetwork) { //nolint:errorlint // as above
		ended.Op, ended.Name, ended.Message = e.Op, e.Name, e.Message+": "+ended.Message // with the host and the phase of the request
	}
	return ended
}

// opaque hides the text of an error and keeps it for errors.Is and errors.As.
type opaque struct{ error }

func (opaque) Error() string   { return "an unknown error" }
func (o opaque) Unwrap() error { return o.error }

func noConnector(op string, denial *hostapi.DenialError) error {
	return &hostapi.Error{
		Code: hostapi.CodeDenied, Op: op, Name: denial.Connection, Message: "this engine has no network",
		Hint: "give runtime.Config a Connector", Reason: denial,
	}
}

func (r *run) limitError(reached, op, name string) error {
	e := limit.ReachedIn(r.grant.Limits, *r.context.limit.Engine, reached)
	e.Op, e.Name = op, name
	return e
}
