package authserver

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter bounds how often each of many keys occurs. It remembers the keys of late: what was
// not seen among the last maxKeys begins anew.
type limiter struct {
	rate rate.Limit

	mu            sync.Mutex
	recent, older map[limitKey]*rate.Limiter
}

type limitKey struct{ client, address string }

const (
	maxKeys     = 10_000
	burstFactor = 10 // how many seconds of the rate may come at once
	minBurst    = 20
	failureCost = 10 // what a failed authentication counts as
)

func newLimiter(perSecond float64) *limiter {
	return &limiter{rate: rate.Limit(perSecond), recent: make(map[limitKey]*rate.Limiter)}
}

func (l *limiter) burst() int { return max(minBurst, int(float64(l.rate)*burstFactor)) }

// bucket returns what a key may still do.
func (l *limiter) bucket(key limitKey) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.recent[key]; b != nil {
		return b
	}
	b := l.older[key]
	if b == nil {
		b = rate.NewLimiter(l.rate, l.burst())
	}
	if len(l.recent) >= maxKeys {
		l.older, l.recent = l.recent, make(map[limitKey]*rate.Limiter)
	}
	l.recent[key] = b
	return b
}

// take counts a request, and returns false and how long to wait if there were too many.
func (l *limiter) take(key limitKey) (wait time.Duration, ok bool) {
	b, now := l.bucket(key), time.Now()
	if b.AllowN(now, 1) {
		return 0, true
	}
	missing := 1 - b.TokensAt(now)
	return time.Duration(math.Ceil(missing/float64(l.rate))) * time.Second, false
}

// failed counts what failed more than what did not.
func (l *limiter) failed(key limitKey) {
	b, now := l.bucket(key), time.Now()
	b.AllowN(now, min(failureCost-1, int(b.TokensAt(now)))) // all that is left, if that is less
}
