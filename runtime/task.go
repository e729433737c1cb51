package runtime

import (
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Task describes one run of a script: its input and its permissions. Only Script is
// required.
//
//	task := runtime.Task{Script: script, Connections: []string{"crm"}}
type Task struct {
	Script *Script

	// Identity says for whom and for what the task runs. The Connector gets it in the
	// Grant, and it is in audit trails and events. Default: empty, and its Script is the
	// name of the script.
	Identity hostapi.Identity

	// Data has the initial values of the data items by variable name: whatever
	// [hostapi.Normalize] takes. Default nil: no item has a value.
	Data map[string]any

	// Items declares the data items. With items, the task can read and write only these,
	// with values of their types. Default nil: any name and type.
	Items []hostapi.Item

	// Settings has the values of the task's settings by name, chosen by the author of the
	// workflow. Default nil: none is set.
	Settings map[string]hostapi.Setting

	// Process is the workflow process of the task. It must not be modified while the task
	// runs. Default: an empty one.
	Process *hostapi.Process

	// Directory has the users and groups that the task may look up. It must not be set if
	// Process lists some. Default nil: those of Process, or if it lists none, those of the
	// engine's Config.
	Directory hostapi.Directory

	// TemporaryData is what an earlier run of the same step saved. Default nil: nothing.
	TemporaryData *string

	// Call names a function of the script to call after its top level has run; its result
	// is Result.Value. Default "": none is called. A WebAssembly task must not set it.
	Call string

	// Args are the arguments of that call: values like those in Data, time.Time for a
	// timestamp, []byte for an array of bytes, http.Header for the headers of a request.
	Args []any

	// Connections lists the connections that the task may use. Default nil: none.
	Connections []string

	// Allow lists where the task may send requests, in addition to the hosts of its
	// connections and to what the connector allows every task. Default nil: nowhere else.
	Allow []hostapi.Rule

	// Limits can lower the engine's limits, but not raise them. Default: those of the
	// engine.
	Limits hostapi.Limits

	// OnEvent, if set, is called for what happens in the run, when it happens and on the
	// goroutine of Run, after that of [Config].OnRun. If it panics, the run fails with
	// [hostapi.CodeInternal]. Default nil: events are dropped.
	OnEvent func(Event)
}

// Result is the result of a task. Run also returns one for a failed task.
type Result struct {
	// Data has the values of all data items after the run. After a failure it is
	// Task.Data.
	Data map[string]any

	// Changed lists the items that the task wrote, sorted. Empty after a failure.
	Changed []string

	// Value is what the function Task.Call returned, as a value of a data item; dates and
	// timestamps are text. What a data item cannot hold, such as a function, is left out.
	Value any

	// TemporaryData is for the next run of the same step: what this run saved, or else
	// what it was given.
	TemporaryData *string

	// StartProcess reports that the task asked to start a process.
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

// Usage has the resources that a task used.
type Usage struct {
	Wall          time.Duration // from start to end
	CPU           time.Duration // of the worker process; elsewhere Wall less the time spent waiting in host calls, an upper bound of it
	Requests      int           // HTTP requests sent, including repeats and redirects, but not token requests of connections; see hostapi.Traffic
	RequestBytes  int64         // of request bodies, as sent
	ResponseBytes int64         // of response bodies, decompressed
	Memory        int64         // peak bytes of a WebAssembly task; 0 for JavaScript, where it is unknown
}
