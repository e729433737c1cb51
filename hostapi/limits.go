package hostapi

import "time"

// Limits bound what one task may use. A zero field is the default, never unlimited; a
// negative field allows nothing. A task's limits can only lower those of its engine,
// see [Limits.Within].
//
//	Limits{Time: 5 * time.Second, Requests: -1} // five seconds, no requests
//
// Limits.Or(DefaultLimits()), and limits within it, are effective limits, to be
// compared with. In them, -1 rather than zero allows nothing, so that it is not
// mistaken for the default again. Code that reads effective limits treats zero, as in
// the zero [Grant], the same.
type Limits struct {
	Time          time.Duration // wall time of a task, host calls included; default 30s
	Memory        int64         // bytes of WebAssembly linear memory, of JavaScript in a worker process, and of a file by reference that JavaScript reads at once; default 64 MiB
	CallDepth     int           // nested JavaScript calls; default 2,000
	LogLines      int           // lines a task may log; default 1,000
	LogBytes      int64         // bytes of all log lines together; default 1 MiB
	DataBytes     int64         // bytes of all data a task writes, and exchanges in Calls; default 16 MiB
	Requests      int           // HTTP requests of the script, including those of Request.Retry, but not redirects and repeats by a Connector; default 100
	RequestTime   time.Duration // one HTTP request with its redirects, never past the task's time; default 30s
	RequestBytes  int64         // one request body; default 10 MiB
	ResponseBytes int64         // one response body, decompressed; default 10 MiB
	Redirects     int           // redirects followed by one request; default 5
	Calls         int           // calls of functions of the embedding program, and lookups in its Directory; default 1,000
}

// DefaultLimits returns the limits of an engine with a zero configuration.
func DefaultLimits() Limits {
	return Limits{
		Time:          30 * time.Second,
		Memory:        64 << 20,
		CallDepth:     2000,
		LogLines:      1000,
		LogBytes:      1 << 20,
		DataBytes:     16 << 20,
		Requests:      100,
		RequestTime:   30 * time.Second,
		RequestBytes:  10 << 20,
		ResponseBytes: 10 << 20,
		Redirects:     5,
		Calls:         1000,
	}
}

// Or returns l with every zero field replaced by that of base. It is idempotent.
func (l Limits) Or(base Limits) Limits {
	return l.merge(base, false)
}

// Within returns l with every zero field replaced by that of ceiling, and no field
// above ceiling, which must be effective limits. It is idempotent.
func (l Limits) Within(ceiling Limits) Limits {
	if l == (Limits{}) { // as most tasks have them
		return ceiling
	}
	return l.merge(ceiling, true)
}

func (l Limits) merge(base Limits, capped bool) Limits {
	return Limits{
		Time:          pick(l.Time, base.Time, capped),
		Memory:        pick(l.Memory, base.Memory, capped),
		CallDepth:     pick(l.CallDepth, base.CallDepth, capped),
		LogLines:      pick(l.LogLines, base.LogLines, capped),
		LogBytes:      pick(l.LogBytes, base.LogBytes, capped),
		DataBytes:     pick(l.DataBytes, base.DataBytes, capped),
		Requests:      pick(l.Requests, base.Requests, capped),
		RequestTime:   pick(l.RequestTime, base.RequestTime, capped),
		RequestBytes:  pick(l.RequestBytes, base.RequestBytes, capped),
		ResponseBytes: pick(l.ResponseBytes, base.ResponseBytes, capped),
		Redirects:     pick(l.Redirects, base.Redirects, capped),
		Calls:         pick(l.Calls, base.Calls, capped),
	}
}

func pick[T int | int64 | time.Duration](own, base T, capped bool) T {
	switch {
	case own == 0:
		own = base
	case capped:
		own = min(own, base)
	}
	if own < 0 || capped && own == 0 {
		return -1
	}
	return own
}
