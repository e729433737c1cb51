package runtime

import (
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Task is one run of a script: what it is given and what it may do. Only
// Script is required.
type Task struct {
	Script *Script

	// Data are the values of the task's data items by variable name: text,
	// numbers, booleans, nil, slices and maps of those.
	Data map[string]any

	// Items declares the data items. If it is nil the task may read and write
	// any name; otherwise only the declared ones, with values of their type.
	Items []hostapi.Item

	// Connections names the connections the task may use. Default: none.
	Connections []string

	// Allow lists where the task may send requests, beside the hosts of its
	// connections and what the connector allows every task. Default: nowhere.
	Allow []hostapi.Rule

	// Limits can lower the engine's limits, never raise them.
	Limits hostapi.Limits

	// OnEvent, if set, is told of log lines and requests as they happen, on
	// the goroutine that called Run.
	OnEvent func(Event)
}

// Result is what a task leaves behind. Run returns one for a failed task too.
type Result struct {
	// Data are the values of all data items after the run. After a failure
	// they are what the task was given.
	Data map[string]any

	// Changed are the names the task wrote, sorted. Empty after a failure.
	Changed []string

	Logs  []Log
	Usage Usage
}

// Log is one line that a task logged.
type Log struct {
	Time    time.Time     `json:"time"`
	Level   hostapi.Level `json:"level"`
	Message string        `json:"message"`
}

// Usage is what a task used.
type Usage struct {
	Wall          time.Duration // from start to end
	CPU           time.Duration // Wall less the time spent waiting in host calls: an upper bound of the CPU time
	Requests      int           // HTTP requests sent, retries included
	RequestBytes  int64         // of request bodies, before form or multipart encoding
	ResponseBytes int64         // of response bodies, decompressed
	Memory        int64         // peak bytes of a WebAssembly task; 0 for JavaScript, where it cannot be told
}

// Event is something a task did. Exactly one field is set.
type Event struct {
	Log     *Log
	Request *RequestEvent
}

// RequestEvent tells of one HTTP request. It holds neither path nor query,
// which may carry secrets.
type RequestEvent struct {
	Method     string
	Host       string // with the port, if the URL has one
	Connection string // the authSetting of the request, if any
	Status     int    // 0 if there was no answer
	Code       hostapi.Code
	Duration   time.Duration
}
