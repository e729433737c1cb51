package runtime

import (
	"cmp"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/sandbox"
)

// A job of a worker begins with an order. The worker answers with calls, each of which
// waits for a reply, but the last one, which ends the job. What the task writes travels
// with the next call; the engine checks it again.

// order is the first message of a job.
type order struct {
	Kind    kind
	Scripts []shipment // the script, and of a test its tests

	Limits  hostapi.Limits  // of the task
	Engine  *hostapi.Limits // of its engine; nil: the same
	Time    time.Duration   // until the deadline
	Early   bool            // the deadline is that of the caller
	Modules []sandbox.Module

	Task  *given      // of a run
	Suite *givenSuite // of a test
}

type kind int

const (
	compileScript kind = iota
	compileModule
	runTask
	findTests
	runTest
)

// setEngine sets the limits of the engine.
func (o *order) setEngine(l *hostapi.Limits) {
	if *l != o.Limits {
		o.Engine = l
	}
}

// engine returns the limits of the engine.
func (o *order) engine() *hostapi.Limits { return cmp.Or(o.Engine, &o.Limits) }

// shipment is a script that a worker needs.
type shipment struct {
	Key    string
	Name   string
	Code   []byte // nil: the worker has it
	Legacy bool
}

// given is what a task is given.
type given struct {
	Data      map[string]any
	Large     []string // names of further data, which the worker asks for
	Items     []hostapi.Item
	SameItems bool // instead of Items: those that came last
	Settings  map[string]hostapi.Setting
	Process   *hostapi.Process
	Temporary *string
	Directory bool // there is one
	Call      string
	Args      []any
}

type givenSuite struct {
	Execute  bool
	Settings []string
	Test     int
}

// call is a message of a worker.
type call struct {
	Writes []write
	Op     operation
	Name   string // of a connection, a module, a group, a user
	Method string // function of a module
	Args   []any
	ID     int64 // of a user, a group, a file
	Flag   bool
	Offset int64
	Length int64 // of a range, or of the body of Request, which is left out if it is too long

	Request *hostapi.Request
	Report  *report // with opEnd
}

type operation int

const (
	opFlush   operation = iota // nothing but writes
	opEnd                      // the job has ended
	opMissing                  // the worker does not have a script
	opData                     // one of given.Large
	opToken
	opTokenInfo
	opAuthSetting
	opRequest
	opFunction
	opReadFile
	opUser
	opUserByEmail
	opGroup
	opGroupsByName
	opMembers
	opSubgroups
)

// write is an effect of a task that the worker has applied to its own copy.
type write struct {
	Op    effect
	Name  string
	Value any
	Text  string
	Flag  bool
	Post  *hostapi.FeedPost
	Email *hostapi.Email
}

type effect int

const (
	setData effect = iota
	logLine
	saveTemporary
	startProcess
	postFeed
	sendEmail
)

// reply answers a call.
type reply struct {
	Failure *failure
	Ended   bool  // the context of the task has ended
	Counted int64 // bytes that count as data of the task

	Found    bool
	Text     string
	Value    any
	Bytes    []byte
	Info     *hostapi.TokenInfo
	Setting  *hostapi.AuthSetting
	Response *hostapi.Response
	User     hostapi.User
	Group    hostapi.Group
	Users    []hostapi.User
	Groups   []hostapi.Group
}

// failure is an error of a call.
type failure struct {
	Err    error
	Number int // of the error in this job, from 1
}

// report is how a job has ended.
type report struct {
	Errs  []error // several of a script that does not compile
	Host  int     // number of the failure that Errs[0] came from; 0: none
	Value any

	Declared jsvm.Declarations // of a compilation
	Bytes    int64             // that the program takes
	Code     []byte            // of a module
	Tests    []Test
	Test     *TestResult
}

// maxFrame bounds the frames that a worker receives, which are those of the engine.
const maxFrame = 1 << 30
