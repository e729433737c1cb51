package hostapi

import "time"

// TokenInfo has the public properties of a connection's access token. It holds no
// secret.
type TokenInfo struct {
	TokenType string    `json:"token_type"`          // RFC 6749 §7.1, such as "Bearer"
	Scope     string    `json:"scope"`               // as granted, RFC 6749 §3.3, separated by spaces; "": unknown
	Expiry    time.Time `json:"expires_at,omitzero"` // in UTC, to the second; zero: unknown

	// Fields are the values of the token response that response.fields of the connection
	// lists, by path. A value is a string, a [Decimal] or a bool.
	Fields map[string]any `json:"fields,omitempty"`
}
