package hostapi

import "time"

// TokenInfo is what a task may know of a connection's access token. It holds no
// secret.
type TokenInfo struct {
	TokenType string    `json:"token_type"`          // RFC 6749 §7.1, such as "Bearer"
	Scope     string    `json:"scope"`               // as granted, RFC 6749 §3.3, separated by spaces; "" if nobody said
	Expiry    time.Time `json:"expires_at,omitzero"` // in UTC, to the second; zero: unknown

	// Fields are those of the token answer that the connection's operator lets
	// tasks see, by the path that names them. A value is text, a [Decimal] or a bool.
	Fields map[string]any `json:"fields,omitempty"`
}
