package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// step is the workflow side of a task, beside its data: its inputs, and the effects
// that happen only if it succeeds. Most tasks have none.
type step struct {
	declared  *declaration // nil: any name may be used
	large     []string     // the names of data that a worker gets when its script reads them
	settings  map[string]hostapi.Setting
	process   *hostapi.Process
	given     *string // temporary data of an earlier run
	temporary *string // current temporary data

	startProcess bool
	posts        []hostapi.FeedPost
	emails       []hostapi.Email
}

// workflow returns the step of the run, creating it if needed.
func (r *run) workflow() *step {
	if r.step == nil {
		r.step = new(step)
	}
	return r.step
}

func (r *run) Items() []hostapi.Item {
	if r.step == nil {
		return nil
	}
	return r.step.declared.all()
}

func (r *run) Setting(name string) (hostapi.Setting, bool) {
	if r.step == nil {
		return hostapi.Setting{}, false
	}
	s, ok := r.step.settings[name]
	return s, ok
}

func (r *run) Process() *hostapi.Process {
	s := r.workflow()
	if s.process == nil {
		s.process = new(hostapi.Process)
	}
	return s.process
}

func (r *run) SaveTemporaryData(_ context.Context, text string) error {
	if err := r.countWritten("saveTemporaryData", "", int64(len(text))); err != nil {
		return err
	}
	r.workflow().temporary = &text
	return nil
}

func (r *run) RestoreTemporaryData(context.Context) (string, bool, error) {
	if r.step == nil || r.step.temporary == nil {
		return "", false, nil
	}
	return *r.step.temporary, true, nil
}

func (r *run) StartProcess(_ context.Context, start bool) error {
	r.workflow().startProcess = start
	return nil
}

func (r *run) PostFeed(_ context.Context, post *hostapi.FeedPost) (int64, error) {
	if err := post.Check(); err != nil {
		return 0, err
	}
	if err := r.countWritten("post", "", messageBytes(post.Files, post.Channel, post.Message)); err != nil {
		return 0, err
	}
	s := r.workflow()
	s.posts = append(s.posts, *post)
	return int64(len(s.posts)), nil
}

func (r *run) SendEmail(_ context.Context, email *hostapi.Email) error {
	if err := email.Check(); err != nil {
		return err
	}
	size := messageBytes(email.Files, email.Subject, email.Body, email.From.Name, email.From.Address)
	for _, to := range email.To {
		size += int64(len(to.Name) + len(to.Address))
	}
	if to := email.ReplyTo; to != nil {
		size += int64(len(to.Name) + len(to.Address))
	}
	if err := r.countWritten("send", "", size); err != nil {
		return err
	}
	s := r.workflow()
	s.emails = append(s.emails, *email)
	return nil
}

// messageBytes returns the size of a message as data. It is never zero, so that the
// limit also bounds empty messages.
func messageBytes(files []*hostapi.File, texts ...string) int64 {
	size := int64(64)
	for _, text := range texts {
		size += int64(len(text))
	}
	for _, f := range files {
		size += int64(len(f.Name) + len(f.ContentType) + len(f.Content))
	}
	return size
}
