package runtime

import (
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

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
