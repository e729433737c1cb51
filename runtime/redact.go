package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
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

func (r *run) addCredential(secret string) {
	if len(secret) >= redact.MinLength && !strings.HasPrefix(secret, hostapi.SealedPrefix) {
		r.keepSecrets().credentials.Hide(secret)
	}
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

// words returns a text for people without any of the secrets.
func (s *secrets) words(text string) string {
	if s == nil {
		return text
	}
	for _, body := range s.answers {
		s.receive(body)
	}
	s.answers = nil
	return redact.Union(&s.credentials, &s.received).Text(text)
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

// data returns a value that the task stores without its credentials.
func (s *secrets) data(v any) any {
	if s == nil || s.credentials.Empty() {
		return v
	}
	switch v := v.(type) {
	case string:
		return s.credentials.Text(v)
	case *hostapi.File:
		return s.file(v)
	case hostapi.User:
		v.Name, v.Email = s.credentials.Text(v.Name), s.credentials.Text(v.Email)
		return v
	case hostapi.Group:
		v.Name, v.Email = s.credentials.Text(v.Name), s.credentials.Text(v.Email)
		return v
	case []any:
		for i := range v {
			v[i] = s.data(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for k := range v {
			clean[s.credentials.Text(k)] = s.data(v[k])
		}
		return clean
	}
	return v
}

func (s *secrets) file(f *hostapi.File) *hostapi.File {
	content := s.credentials.Bytes(f.Content)
	return &hostapi.File{Name: s.credentials.Text(f.Name), ContentType: s.credentials.Text(f.ContentType), Content: content}
}

// step takes the credentials out of what a task leaves for its workflow.
func (s *secrets) step(e *step) {
	if s == nil || s.credentials.Empty() {
		return
	}
	if e.temporary != nil {
		clean := s.credentials.Text(*e.temporary)
		e.temporary = &clean
	}
	clean := func(files []*hostapi.File, texts ...*string) {
		for _, text := range texts {
			*text = s.credentials.Text(*text)
		}
		for i := range files {
			files[i] = s.file(files[i])
		}
	}
	for i := range e.posts {
		clean(e.posts[i].Files, &e.posts[i].Message, &e.posts[i].Channel)
	}
	for i := range e.emails {
		email := &e.emails[i]
		clean(email.Files, &email.Subject, &email.Body, &email.From.Name, &email.From.Address)
		for j := range email.To {
			clean(nil, &email.To[j].Name, &email.To[j].Address)
		}
		if email.ReplyTo != nil {
			clean(nil, &email.ReplyTo.Name, &email.ReplyTo.Address)
		}
	}
}

// apply returns the data after a run: as given, with what was written.
func (s *secrets) apply(given, written map[string]any) (data map[string]any, changed []string) {
	if len(written) == 0 {
		return given, nil
	}
	if given == nil {
		given = make(map[string]any, len(written))
	}
	for name, v := range written {
		if s != nil {
			name = s.credentials.Text(name)
		}
		given[name] = s.data(v)
		changed = append(changed, name)
	}
	slices.Sort(changed)
	return given, changed
}

// err returns err without any of the secrets.
func (s *secrets) err(err error) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || s == nil {
		return err
	}
	clean := *e
	clean.Name, clean.Message, clean.Hint = s.words(e.Name), s.words(e.Message), s.words(e.Hint)
	return &clean
}
