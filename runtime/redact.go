package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/redact"
)

// secrets are what a run came across and keeps to itself. Nil is none.
type secrets struct {
	// credentials are tokens of connections that are not sealed, and whatever
	// the script itself sent as a credential. They belong on the wire, and
	// nowhere else.
	credentials redact.Set

	// received are tokens in answers. They are kept out of the log and of
	// errors, which are for people; what a task stores may be meant for the next
	// one, until it has used the token as a credential.
	received redact.Set
	answers  [][]byte // that may hold such tokens: read when something is logged
}

// What a script sends as credentials is searched for in everything that it leaves
// behind, so that there is a bound on it.
const (
	maxCredentials     = 10_000
	maxCredentialBytes = 1 << 20
)

func (r *run) addCredential(op, secret string) error {
	if len(secret) < redact.MinLength || strings.HasPrefix(secret, hostapi.SealedPrefix) {
		return nil
	}
	known := &r.keepSecrets().credentials
	known.Hide(secret)
	if n, bytes := known.Size(); n > maxCredentials || bytes > maxCredentialBytes {
		return &hostapi.Error{
			Code: hostapi.CodeLimit, Op: op, Message: "the task has used more than 10,000 credentials or " + bytesize.Format(maxCredentialBytes) + " of them",
			Hint: "this limit is fixed: use fewer credentials in one task",
		}
	}
	return nil
}

func (r *run) keepSecrets() *secrets {
	if r.secrets == nil {
		r.secrets = new(secrets)
	}
	return r.secrets
}

// addAnswer notes an answer that looks like a token endpoint's, RFC 6749 §5.1. A
// script may log it before it has used the tokens.
func (r *run) addAnswer(body []byte) {
	const most = 1 << 20
	if len(body) <= most && bytes.Contains(body, []byte(`_token"`)) {
		s := r.keepSecrets()
		s.answers = append(s.answers, body)
	}
}

// words returns a text for people without any of the secrets. If ctx ends before all
// of it was looked at, nothing of it is shown.
func (s *secrets) words(ctx context.Context, text string) string {
	if s == nil {
		return text
	}
	for _, body := range s.answers {
		s.receive(body)
	}
	s.answers = nil
	clean, err := redact.Text(ctx, text, &s.credentials, &s.received)
	if err != nil {
		return redact.Hidden
	}
	return clean
}

func (s *secrets) receive(body []byte) {
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	for _, token := range []string{answer.AccessToken, answer.RefreshToken, answer.IDToken} {
		if len(token) >= redact.MinLength {
			s.received.Hide(token)
		}
	}
}

// release gives memory to other runs: this one has ended.
func (s *secrets) release() {
	s.credentials.Release()
	s.received.Release()
}

// cleaner takes the credentials out of what a task leaves behind.
type cleaner struct {
	ctx         context.Context
	credentials *redact.Set
	err         error // ctx has ended: what was returned since is of no use
}

// cleaner returns one that works until ctx ends, or nil if there are no credentials.
func (s *secrets) cleaner(ctx context.Context) *cleaner {
	if s == nil || s.credentials.Empty() {
		return nil
	}
	return &cleaner{ctx: ctx, credentials: &s.credentials}
}

func (c *cleaner) text(text string) string {
	if c.err != nil {
		return text
	}
	text, c.err = redact.Text(c.ctx, text, c.credentials)
	return text
}

func (c *cleaner) texts(texts ...*string) {
	for _, text := range texts {
		*text = c.text(*text)
	}
}

func (c *cleaner) file(f *hostapi.File) *hostapi.File {
	clean := &hostapi.File{Name: c.text(f.Name), ContentType: c.text(f.ContentType), Content: f.Content}
	if c.err == nil {
		clean.Content, c.err = redact.Bytes(c.ctx, f.Content, c.credentials)
	}
	return clean
}

func (c *cleaner) files(files []*hostapi.File) {
	for i := range files {
		files[i] = c.file(files[i])
	}
}

// data returns a value that the task stores.
func (c *cleaner) data(v any) any {
	if c.err != nil {
		return v
	}
	switch v := v.(type) {
	case string:
		return c.text(v)
	case *hostapi.File:
		return c.file(v)
	case hostapi.User:
		c.texts(&v.Name, &v.Email)
		return v
	case hostapi.Group:
		c.texts(&v.Name, &v.Email)
		return v
	case []any:
		for i := range v {
			v[i] = c.data(v[i])
		}
	case map[string]any:
		c.entries(v)
	}
	return v
}

// step cleans what a task leaves for its workflow.
func (c *cleaner) step(s *step) {
	if s.temporary != nil {
		clean := c.text(*s.temporary)
		s.temporary = &clean
	}
	for i := range s.posts {
		c.files(s.posts[i].Files)
		c.texts(&s.posts[i].Message, &s.posts[i].Channel)
	}
	for i := range s.emails {
		email := &s.emails[i]
		c.files(email.Files)
		c.texts(&email.Subject, &email.Body, &email.From.Name, &email.From.Address)
		for j := range email.To {
			c.texts(&email.To[j].Name, &email.To[j].Address)
		}
		if email.ReplyTo != nil {
			c.texts(&email.ReplyTo.Name, &email.ReplyTo.Address)
		}
	}
}

// entries cleans the values of a map, and its keys.
func (c *cleaner) entries(m map[string]any) {
	var renamed map[string]any // most keys stay as they are
	for key, v := range m {
		v = c.data(v)
		clean := c.text(key)
		if clean == key {
			m[key] = v
			continue
		}
		if renamed == nil {
			renamed = make(map[string]any)
		}
		renamed[clean] = v
		delete(m, key)
	}
	maps.Copy(m, renamed)
}

// err returns err without any of the secrets.
func (s *secrets) err(ctx context.Context, err error) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || s == nil {
		return err
	}
	clean := *e
	clean.Name, clean.Message, clean.Hint = s.words(ctx, e.Name), s.words(ctx, e.Message), s.words(ctx, e.Hint)
	return &clean
}
