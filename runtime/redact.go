package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/redact"
)

// secrets has the secrets that a run has seen. Nil is none.
type secrets struct {
	// credentials are tokens of unsealed connections, and what the script itself has sent
	// as a credential. They are removed from everything but requests.
	credentials redact.Set

	// received are tokens in responses. They are removed from the log and from errors; the
	// task may store them for the next one, until it has used one as a credential.
	received  redact.Set
	responses [][]byte // that may have such tokens: parsed when something is logged
}

// Everything that a script stores is searched for the credentials it has sent, so their
// number is bounded.
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

// addResponse keeps a response that looks like that of a token endpoint, RFC 6749 §5.1.
// A script may log it before it has used the tokens.
func (r *run) addResponse(body []byte) {
	const most = 1 << 20
	if len(body) <= most && bytes.Contains(body, []byte(`_token"`)) {
		s := r.keepSecrets()
		s.responses = append(s.responses, body)
	}
}

// redactText returns a text of the log or of an error without the secrets. If ctx ends
// before all of it was searched, it returns none of it.
func (s *secrets) redactText(ctx context.Context, text string) string {
	if s == nil {
		return text
	}
	for _, body := range s.responses {
		s.receive(body)
	}
	s.responses = nil
	clean, err := redact.Text(ctx, text, &s.credentials, &s.received)
	if err != nil {
		return redact.Hidden
	}
	return clean
}

func (s *secrets) receive(body []byte) {
	var response struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
	}
	if json.Unmarshal(body, &response) != nil {
		return
	}
	for _, token := range []string{response.AccessToken, response.RefreshToken, response.IDToken} {
		if len(token) >= redact.MinLength {
			s.received.Hide(token)
		}
	}
}

// release makes the memory of the search available to other runs, at the end of this one.
func (s *secrets) release() {
	s.credentials.Release()
	s.received.Release()
}

// cleaner removes the credentials from what a task stores.
type cleaner struct {
	ctx         context.Context
	credentials *redact.Set
	err         error // ctx has ended: results since then are invalid
}

// cleaner returns a cleaner that works until ctx ends.
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

// file returns f without credentials. The content of a file by reference is what the host
// supplied, not what the script wrote: it is not searched.
func (c *cleaner) file(f *hostapi.File) *hostapi.File {
	clean := *f
	clean.Name, clean.ContentType = c.text(f.Name), c.text(f.ContentType)
	if c.err == nil && f.Open == nil {
		clean.Content, c.err = redact.Bytes(c.ctx, f.Content, c.credentials)
	}
	return &clean
}

func (c *cleaner) files(files []*hostapi.File) {
	for i := range files {
		files[i] = c.file(files[i])
	}
}

// data cleans a value that the task stores.
func (c *cleaner) data(v any) any {
	if c.err != nil {
		return v
	}
	switch given := v; v := v.(type) {
	case string:
		if clean := c.text(v); clean != v {
			return clean
		}
		return given // to make another any of v would copy it
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

// step cleans what a task passes to its workflow.
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

// entries cleans the keys and values of a map.
func (c *cleaner) entries(m map[string]any) {
	var renamed map[string]any // most keys are unchanged
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
	clean.Name, clean.Message, clean.Hint = s.redactText(ctx, e.Name), s.redactText(ctx, e.Message), s.redactText(ctx, e.Hint)
	clean.Stack = slices.Clone(e.Stack)
	for i := range clean.Stack {
		clean.Stack[i].Function = s.redactText(ctx, clean.Stack[i].Function)
	}
	clean.Thrown = s.thrown(ctx, e.Thrown)
	return &clean
}

// thrown returns the value that a script threw without any of the secrets.
func (s *secrets) thrown(ctx context.Context, v any) any {
	switch v := v.(type) {
	case string:
		return s.redactText(ctx, v)
	case []any:
		for i := range v {
			v[i] = s.thrown(ctx, v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, member := range v {
			clean[s.redactText(ctx, key)] = s.thrown(ctx, member)
		}
		return clean
	}
	return v
}
