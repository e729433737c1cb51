// Package secret has texts and keys that no formatting, logging or encoding shows.
package secret

import (
	"crypto"
	"fmt"
	"io"
	"log/slog"
)

// Hidden is what a secret looks like wherever it is printed.
const Hidden = "[secret]"

// Text is a text that nothing prints: not by its methods, and not where formatting
// cannot call them, in an unexported field, since it is a function there. Nil is the
// empty text.
type Text func() string

// New returns text as a secret.
func New(text string) Text {
	if text == "" {
		return nil
	}
	return func() string { return text }
}

// Reveal returns the text.
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

// Key is a private key that nothing prints.
type Key func() crypto.Signer
