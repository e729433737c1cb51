package jsapi

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// Testbed is the world of a script under test: data and handlers that the test sets. It
// is made for one test; the script cannot affect anything outside of it.
type Testbed struct {
	api    *API
	config TestConfig

	process string         // id of the time zone of the process
	java    *time.Location // of the Java classes

	values  map[*definition]goja.Value // of data items; nil for null
	written int64                      // bytes of values

	users  []hostapi.User // that the test made
	groups []hostapi.Group

	started  map[string]bool // ids that a workflow was started for
	starting bool            // the last argument of setStartProcess

	handler  goja.Callable // of HTTP requests
	requests int           // sent so far
	poster   goja.Callable // of posts to the feed

	warnings []string
	harness
}

var _ world = (*Testbed)(nil)

// testZone is the time zone of tests, independent of the machine.
const testZone = "GMT+09:00"

// TestConfig configures a Testbed, in addition to the [Config] of its API.
type TestConfig struct {
	Execute      func() error // runs the script when a test calls execute(); nil if it runs before the tests do
	Settings     []string     // that the script declares; nil for any
	RequestBytes int64        // of a request's body, at most
}

// Test turns a into the API of a script under test.
func (a *API) Test(c TestConfig) *Testbed {
	t := &Testbed{
		api: a, config: c, process: testZone, java: parseZone(testZone),
		values: make(map[*definition]goja.Value), started: make(map[string]bool),
	}
	a.world = t
	return t
}

// testClasses are the classes of the globals that have more members in a test.
var testClasses = map[string]*class{ //nolint:gochecknoglobals // a table, never changed
	"configs":     testConfigsClass,
	"engine":      testEngineClass,
	"feedService": testFeedServiceClass,
	"httpClient":  testHTTPClientClass,
	"itemDao":     testItemDaoClass,
}

// testOnly returns a method that exists only in tests.
func testOnly(f func(t *Testbed, c call) (goja.Value, error)) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		t, ok := a.world.(*Testbed)
		if !ok {
			return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: c.op, Message: "called outside a test"}
		}
		return f(t, c)
	}
}

func (*Testbed) class(name string) *class { return cmp.Or(testClasses[name], globals[name]) }

func (t *Testbed) global(name string) goja.Value {
	if f, ok := testFunctions[name]; ok {
		return t.api.method(f)
	}
	return t.api.moduleInTest(name)
}

func (t *Testbed) names() []string {
	return slices.AppendSeq(t.api.moduleNames(), maps.Keys(testFunctions))
}

func (t *Testbed) zoneID() string { return t.process }

// javaZone does not change when a test sets another time zone of the process: dates that
// the test has created keep their local time.
func (t *Testbed) javaZone() *time.Location { return t.java }

// log drops lines beyond the limits with a warning, since a test is not about the log.
func (t *Testbed) log(level hostapi.Level, line string) error {
	err := t.api.host.Log(t.api.ctx, level, line)
	if hostapi.CodeOf(err) == hostapi.CodeLimit {
		t.warn("log lines were dropped; a run would fail: " + err.Error())
		return nil
	}
	return err
}

func (t *Testbed) directory() hostapi.Directory {
	return &hostapi.StaticDirectory{Users: t.users, Groups: t.groups}
}

func (t *Testbed) isStarted(id string) bool { return t.started[id] }

func (t *Testbed) startProcess(start bool) error {
	t.starting = start
	return t.api.host.StartProcess(t.api.ctx, start)
}

// warn records a warning once: something that is allowed in a test but would fail in a
// run.
func (t *Testbed) warn(text string) {
	const most = 20
	if len(t.warnings) < most && !slices.Contains(t.warnings, text) {
		t.warnings = append(t.warnings, text)
	}
}

// Warnings returns what the test did that would fail in a run.
func (t *Testbed) Warnings() []string { return t.warnings }

// mostGiven is the number of bytes that a test may store if the limit of a run was not
// lowered. A test also creates the input of a run, which may be larger than its output.
const mostGiven = 64 << 20

// limitOfTest returns the number of bytes for a test, given the limit of a run.
func limitOfTest(limit, usual int64) int64 {
	if limit < usual {
		return max(limit, 0)
	}
	return max(limit, mostGiven)
}
