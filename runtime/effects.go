package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// effects are what a task asks for that happens only if it succeeds, beside the
// data it writes.
type effects struct {
	startProcess bool
	posts        []hostapi.FeedPost
	emails       []hostapi.Email
}

func (r *run) effect() *effects {
	if r.effects == nil {
		r.effects = new(effects)
	}
	return r.effects
}

func (r *run) Items() []hostapi.Item { return r.items }

func (r *run) Setting(name string) (hostapi.Setting, bool) {
	s, ok := r.settings[name]
	return s, ok
}

func (r *run) Process() *hostapi.Process {
	if r.process == nil {
		r.process = new(hostapi.Process)
	}
	return r.process
}

func (r *run) SaveTemporaryData(_ context.Context, text string) error {
	if err := r.countWritten("saveTemporaryData", "", int64(len(text))); err != nil {
		return err
	}
	r.temporary = &text
	return nil
}

func (r *run) RestoreTemporaryData(context.Context) (string, bool, error) {
	if r.temporary == nil {
		return "", false, nil
	}
	return *r.temporary, true, nil
}

func (r *run) StartProcess(_ context.Context, start bool) error {
	r.effect().startProcess = start
	return nil
}

func (r *run) PostFeed(_ context.Context, post *hostapi.FeedPost) (int64, error) {
	if err := r.countWritten("post", "", messageBytes(post.Files, post.Channel, post.Message)); err != nil {
		return 0, err
	}
	e := r.effect()
	e.posts = append(e.posts, *post)
	return int64(len(e.posts)), nil
}

func (r *run) SendEmail(_ context.Context, email *hostapi.Email) error {
	size := messageBytes(email.Files, email.Subject, email.Body, email.From.Address)
	for _, to := range email.To {
		size += int64(len(to.Name) + len(to.Address))
	}
	if err := r.countWritten("send", "", size); err != nil {
		return err
	}
	e := r.effect()
	e.emails = append(e.emails, *email)
	return nil
}

// messageBytes returns what a message counts as data: at least a little, so that
// there is no end of empty ones.
func messageBytes(files []*hostapi.File, texts ...string) int64 {
	size := int64(64)
	for _, text := range texts {
		size += int64(len(text))
	}
	for _, f := range files {
		size += int64(len(f.Name) + len(f.Content))
	}
	return size
}
