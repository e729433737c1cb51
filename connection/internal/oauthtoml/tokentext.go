package oauthtoml

import (
	"slices"
	"strings"
)

// MaxToken bounds an access token, in bytes. No server accepts a header of this size.
const MaxToken = 64 << 10

// IsHeaderText reports whether s can be a header value, RFC 9110 §5.5, without white
// space at its ends.
func IsHeaderText(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// IsBearer reports whether tokens of that type are sent as bearer tokens, RFC 6750.
// That is the default if the server names no type; other names are those of Slack and
// Apigee, the connection's scheme, and token_types.
func (c *Connection) IsBearer(tokenType string) bool {
	known := append([]string{"", "Bearer", "user", "bot", "BearerToken"}, c.Response.tokenTypes...)
	if c.Scheme != "" {
		known = append(known, c.Scheme)
	}
	return slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(tokenType, name) })
}

// maxTokenType bounds the name of a token type, in bytes.
const maxTokenType = 64

// IsWord reports whether text can be the name of a token type: visible ASCII without
// spaces.
func IsWord(text string) bool {
	return text != "" && len(text) <= maxTokenType && !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}
