package hostapi

import (
	"net/http"
	"strconv"
	"time"
)

// Repeat reports whether a request that ended with resp or err is sent again, and after
// what delay. repeats is the number of repeats so far.
//
// A response 425, 429 or 503 says that the request was not carried out but may be later,
// see [MayRetry]; it is repeated whatever its method. After a network
// failure, [CodeNetwork], it is unknown whether the request was carried out; it is
// repeated if it is idempotent, RFC 9110 §9.2.2. The delay is that of Retry-After, RFC
// 9110 §10.2.3; otherwise 1s, 2s, 4s and so on. A caller that has no time or requests
// left uses what it has.
func (r *Request) Repeat(repeats int, resp *Response, err error) (wait time.Duration, again bool) {
	switch {
	case repeats >= r.Retry:
		return 0, false
	case err != nil:
		again = CodeOf(err) == CodeNetwork && IsIdempotent(r.Method)
	case MayRetry(resp.Status):
		if wait, ok := RetryAfter(resp.Header.Get("Retry-After")); ok {
			return wait, true
		}
		again = true
	}
	return time.Second << min(repeats, 10), again
}

// IsIdempotent reports whether carrying out a request of that method twice has the same
// effect as once, RFC 9110 §9.2.2. QUERY is the safe method of
// draft-ietf-httpbis-safe-method-w-body.
func IsIdempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, "QUERY", http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// RetryAfter parses a Retry-After header, RFC 9110 §10.2.3: seconds, or a date. It
// reports whether value is one of these.
func RetryAfter(value string) (wait time.Duration, ok bool) {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}

// MayRetry reports whether the status says that the request was not carried out but may
// be later: 425 (RFC 8470 §5.2), 429 (RFC 6585 §4) and 503 (RFC 9110 §15.6.4).
func MayRetry(status int) bool {
	switch status {
	case http.StatusTooEarly, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	}
	return false
}
