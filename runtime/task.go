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

	// Settings are what the workflow's author chose for the settings of the task,
	// by name.
	Settings map[string]hostapi.Setting

	// Process is what the task is told of its process. It must not change while
	// the task runs. Default: an empty one.
	Process *hostapi.Process

	// TemporaryData is what an earlier run of the same step saved. Default: nothing.
	TemporaryData *string

	// Call names a function of the script to call once its text has run: what it
	// returns is the result's Value. Default: none. WebAssembly has none to name.
	Call string

	// Args are the arguments of that call: values like those in Data, time.Time
	// for a timestamp, http.Header for the headers of a request.
	Args []any

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

	// Value is what the function named by Task.Call returned, in the form that
	// data have; dates and timestamps are text, as in data items of these types.
	// What data cannot hold, such as a function, is left out.
	Value any

	// TemporaryData is what the next run of the same step is to be given: what
	// this one saved, or else what it was given.
	TemporaryData *string

	// StartProcess says that the task asked for a process to be started.
	StartProcess bool

	// Posts and Emails are messages to deliver. Empty after a failure.
	Posts  []hostapi.FeedPost
	Emails []hostapi.Email

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
	Requests      int           // HTTP requests sent: repeats and redirects included, those for tokens of connections not, see hostapi.Traffic
	RequestBytes  int64         // of request bodies, as they were sent
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
