// Package secret provides strings and private keys that formatting, logging and
// encoding never show.
package secret

import (
	"crypto"
	"fmt"
	"io"
	"log/slog"
)

// Hidden is printed in place of a secret.
const Hidden = "[secret]"

// Text is a secret string. Its methods hide it; where formatting cannot call them, in
// an unexported field, it is hidden since it is a function. Nil is the empty string.
type Text func() string

// New returns text as a secret.
func New(text string) Text {
	if text == "" {
		return nil
	}
	return func() string { return text }
}

// Reveal returns the secret itself.
func (s Text) Reveal() string {
	if s == nil {
		return ""
	}
	return s()
}

// String implements [fmt.Stringer].
func (Text) String() string { return Hidden }

// GoString implements [fmt.GoStringer].
func (Text) GoString() string { return Hidden }

// LogValue implements [slog.LogValuer].
func (Text) LogValue() slog.Value { return slog.StringValue(Hidden) }

// MarshalText implements [encoding.TextMarshaler].
func (Text) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

// MarshalJSON implements [json.Marshaler].
func (Text) MarshalJSON() ([]byte, error) { return []byte(`"` + Hidden + `"`), nil }

// Format implements [fmt.Formatter].
func (Text) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Hidden) }

// Key is a private key, hidden like [Text].
type Key func() crypto.Signer
