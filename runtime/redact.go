package runtime

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// secrets are the credentials a run came across: tokens of connections that
// are not sealed, and whatever the script itself sent as a credential. They
// belong on the wire; they are kept out of logs, data and errors.
type secrets struct{ list []string }

// minSecret keeps a credential of a few characters from blotting out ordinary
// text that happens to contain it.
const minSecret = 8

func (s *secrets) add(secret string) {
	if len(secret) < minSecret || strings.HasPrefix(secret, hostapi.SealedPrefix) || slices.Contains(s.list, secret) {
		return
	}
	s.list = append(s.list, secret)
}

// addAnswer adds the tokens of an answer that looks like a token endpoint's,
// RFC 6749 §5.1. A script may log the answer before it has used them.
func (s *secrets) addAnswer(body []byte) {
	if !bytes.Contains(body, []byte(`_token"`)) {
		return
	}
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
	}
	if json.Unmarshal(body, &answer) == nil {
		s.add(answer.AccessToken)
		s.add(answer.RefreshToken)
		s.add(answer.IDToken)
	}
}

// redactor returns what takes the secrets known so far out of a text: as they
// are, URL-encoded and in base64.
func (s secrets) redactor() redactor {
	var forms []string
	for _, secret := range s.list {
		forms = append(forms, secret,
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)))
		for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
			if escaped != secret {
				forms = append(forms, escaped)
			}
		}
	}
	// Longest first, so that a secret that begins with another goes whole.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	return forms
}

// redactor is the texts to take out. The zero redactor changes nothing.
type redactor []string

func (d redactor) text(s string) string {
	for _, form := range d {
		s = strings.ReplaceAll(s, form, "[redacted]")
	}
	return s
}

func (d redactor) value(v any) any {
	if len(d) == 0 {
		return v
	}
	switch v := v.(type) {
	case string:
		return d.text(v)
	case []any:
		for i := range v {
			v[i] = d.value(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for k := range v {
			clean[d.text(k)] = d.value(v[k])
		}
		return clean
	}
	return v
}

func (d redactor) err(err error) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if len(d) == 0 || !ok {
		return err
	}
	clean := *e
	clean.Name, clean.Message, clean.Hint = d.text(e.Name), d.text(e.Message), d.text(e.Hint)
	return &clean
}
