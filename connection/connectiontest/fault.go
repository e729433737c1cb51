package connectiontest

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// Fault is a response of a server that is broken or busy.
type Fault struct {
	Status     int           // default 503
	Code       string        // the error code in the body, RFC 6749 §5.2; default: an empty body
	RetryAfter time.Duration // in whole seconds; default: none
	Times      int           // how many requests get it, the first ones; default: all
}

// fault answers a request with the fault of its path, if that has one.
func (p *Provider) fault(w http.ResponseWriter, path string) bool {
	f, ok := p.Faults[path]
	if !ok {
		return false
	}
	p.mu.Lock()
	if p.failed == nil {
		p.failed = make(map[string]int)
	}
	p.failed[path]++
	over := f.Times > 0 && p.failed[path] > f.Times
	p.mu.Unlock()
	if over {
		return false
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(f.RetryAfter/time.Second), 10))
	}
	status := cmp.Or(f.Status, http.StatusServiceUnavailable)
	if f.Code == "" {
		w.WriteHeader(status)
		return true
	}
	writeJSON(w, status, object{"error": f.Code})
	return true
}
