package hostapi

import "net/http"

// MayRetry reports whether the status says that a request was not carried out but may
// be later, so that [Request].Retry sends it again: 429 (RFC 6585 §4) and 503 (RFC 9110
// §15.6.4).
func MayRetry(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}
