package runtime

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

var _ sandbox.Host = (*workerHost)(nil)

// logDelay is how long a log line may wait for others, or for a call that takes it along.
const logDelay = 5 * time.Millisecond

// send sends a message with the writes so far.
func (h *workerHost) send(c *call) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sendLocked(c)
}

func (h *workerHost) sendLocked(c *call) error {
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	c.Writes, h.writes = h.writes, nil
	return h.worker.conn.Send(func(frame []byte) ([]byte, error) { return h.codec.AppendTo(frame, c) })
}

// flush sends log lines that have waited.
func (h *workerHost) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil && len(h.writes) > 0 {
		_ = h.sendLocked(new(call)) // the next call meets the same error
	}
}

// add adds a write to the next message.
func (h *workerHost) add(w write, soon bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes = append(h.writes, w)
	if soon && h.timer == nil {
		h.timer = time.AfterFunc(logDelay, h.flush)
	}
}

// call makes a call of the engine.
func (h *workerHost) call(c *call) (*reply, error) {
	if err := h.send(c); err != nil {
		return nil, lost(err)
	}
	frame, err := h.worker.conn.Receive(maxFrame)
	if err != nil {
		return nil, lost(err)
	}
	r := new(reply)
	if err := h.codec.Decode(frame, r); err != nil {
		return nil, lost(err)
	}
	h.writtenBytes += r.Counted
	if r.Ended {
		h.ended()
	}
	if f := r.Failure; f != nil {
		if e, ok := f.Err.(*hostapi.Error); ok { //nolint:errorlint // as it was sent
			e.Reason = &callError{f.Number, e.Reason}
			return nil, e
		}
		return nil, &callError{f.Number, f.Err}
	}
	return r, nil
}

// ended waits until the context has ended here too: the engine knows of a cancellation
// before, and of the deadline a moment before.
func (h *workerHost) ended() {
	const moment = 50 * time.Millisecond
	if time.Until(h.context.deadline) > moment {
		h.worker.interrupt()
	}
	<-h.context.Done()
}

func lost(err error) error {
	return &hostapi.Error{Code: hostapi.CodeInternal, Message: "the engine has gone", Cause: err}
}

// SetData and the other writes check what the run would check, so that an error is thrown
// where it belongs.
func (h *workerHost) SetData(ctx context.Context, varName string, value any) error {
	if err := h.run.SetData(ctx, varName, value); err != nil {
		return err
	}
	h.add(write{Op: setData, Name: varName, Value: h.written[varName]}, false)
	return nil
}

// Log implements sandbox.Host.
func (h *workerHost) Log(ctx context.Context, level hostapi.Level, message string) error {
	if err := h.run.Log(ctx, level, message); err != nil {
		return err
	}
	h.logs[len(h.logs)-1].Message = "" // only their number counts here
	h.add(write{Op: logLine, Name: string(level), Text: message}, true)
	return nil
}

// SaveTemporaryData implements sandbox.Host.
func (h *workerHost) SaveTemporaryData(ctx context.Context, text string) error {
	if err := h.run.SaveTemporaryData(ctx, text); err != nil {
		return err
	}
	h.add(write{Op: saveTemporary, Text: text}, false)
	return nil
}

// StartProcess implements sandbox.Host.
func (h *workerHost) StartProcess(ctx context.Context, start bool) error {
	if err := h.run.StartProcess(ctx, start); err != nil {
		return err
	}
	h.add(write{Op: startProcess, Flag: start}, false)
	return nil
}

// PostFeed implements sandbox.Host.
func (h *workerHost) PostFeed(ctx context.Context, post *hostapi.FeedPost) (int64, error) {
	number, err := h.run.PostFeed(ctx, post)
	if err != nil {
		return 0, err
	}
	h.add(write{Op: postFeed, Post: post}, false)
	return number, nil
}

// SendEmail implements sandbox.Host.
func (h *workerHost) SendEmail(ctx context.Context, email *hostapi.Email) error {
	if err := h.run.SendEmail(ctx, email); err != nil {
		return err
	}
	h.add(write{Op: sendEmail, Email: email}, false)
	return nil
}

// OAuth2Token implements sandbox.Host.
func (h *workerHost) OAuth2Token(_ context.Context, connection string) (string, error) {
	r, err := h.call(&call{Op: opToken, Name: connection})
	if err != nil {
		return "", err
	}
	return r.Text, nil
}

// OAuth2TokenInfo implements sandbox.Host.
func (h *workerHost) OAuth2TokenInfo(_ context.Context, connection string) (*hostapi.TokenInfo, error) {
	r, err := h.call(&call{Op: opTokenInfo, Name: connection})
	if err != nil {
		return nil, err
	}
	return r.Info, nil
}

// AuthSetting implements sandbox.Host.
func (h *workerHost) AuthSetting(_ context.Context, connection string) (*hostapi.AuthSetting, error) {
	r, err := h.call(&call{Op: opAuthSetting, Name: connection})
	if err != nil {
		return nil, err
	}
	return r.Setting, nil
}

// Do implements sandbox.Host.
func (h *workerHost) Do(_ context.Context, req *hostapi.Request) (*hostapi.Response, error) {
	body := req.BodyBytes()
	if body > max(h.grant.Limits.RequestBytes, 0) { // what the engine refuses need not travel
		head := *req
		head.FormParam, head.Multipart, head.Body, head.BodyFile = nil, nil, nil, nil
		req = &head
	}
	r, err := h.call(&call{Op: opRequest, Request: req, Length: body})
	if err != nil {
		return nil, err
	}
	return r.Response, nil
}

// Call implements sandbox.Host.
func (h *workerHost) Call(_ context.Context, module, function string, args []any) (any, error) {
	r, err := h.call(&call{Op: opFunction, Name: module, Method: function, Args: args})
	if err != nil {
		return nil, err
	}
	return r.Value, nil
}

// Directory implements sandbox.Host.
func (h *workerHost) Directory() hostapi.Directory {
	if !h.directory {
		return new(hostapi.StaticDirectory)
	}
	return remoteDirectory{host: h}
}

// remoteDirectory is the directory of the engine.
type remoteDirectory struct {
	hostapi.BaseDirectory
	host *workerHost
}

// ask makes a call. The reply is never nil.
func (d remoteDirectory) ask(c *call) (*reply, error) {
	r, err := d.host.call(c)
	if err != nil {
		return new(reply), err
	}
	return r, nil
}

func (d remoteDirectory) User(_ context.Context, id int64) (hostapi.User, bool, error) {
	r, err := d.ask(&call{Op: opUser, ID: id})
	return r.User, r.Found, err
}

func (d remoteDirectory) UserByEmail(_ context.Context, email string) (hostapi.User, bool, error) {
	r, err := d.ask(&call{Op: opUserByEmail, Name: email})
	return r.User, r.Found, err
}

func (d remoteDirectory) Group(_ context.Context, id int64) (hostapi.Group, bool, error) {
	r, err := d.ask(&call{Op: opGroup, ID: id})
	return r.Group, r.Found, err
}

func (d remoteDirectory) GroupsByName(_ context.Context, name string) ([]hostapi.Group, error) {
	r, err := d.ask(&call{Op: opGroupsByName, Name: name})
	return r.Groups, err
}

func (d remoteDirectory) Members(_ context.Context, group int64, leaders bool) ([]hostapi.User, error) {
	r, err := d.ask(&call{Op: opMembers, ID: group, Flag: leaders})
	return r.Users, err
}

func (d remoteDirectory) Subgroups(_ context.Context, group int64) ([]hostapi.Group, error) {
	r, err := d.ask(&call{Op: opSubgroups, ID: group})
	return r.Groups, err
}
