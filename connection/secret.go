package connection

import (
	"crypto"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what a secret looks like wherever it is printed.
const hidden = "[secret]"

// secret is text that no formatting, logging or encoding shows: not by its
// methods, and not where formatting cannot call them, in an unexported field,
// since it is a function there. Nil is the empty text.
type secret func() string

func newSecret(text string) secret {
	if text == "" {
		return nil
	}
	return func() string { return text }
}

// reveal returns the text.
func (s secret) reveal() string {
	if s == nil {
		return ""
	}
	return s()
}

func (secret) String() string               { return hidden }
func (secret) GoString() string             { return hidden }
func (secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
func (secret) Format(s fmt.State, _ rune)   { _, _ = io.WriteString(s, hidden) }

// privateKey is a key that no formatting shows, as secret is a text.
type privateKey func() crypto.Signer
