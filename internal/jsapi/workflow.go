package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/timezone"
)

// workflow is what a run has beside what every run has: it is made when something
// of it is first needed, and a script that uses only data by name and HTTP never
// needs any.
type workflow struct {
	list  *goja.Object   // prototype of the lists the host returns
	ended *hostapi.Error // see EndedIn
	mark  *goja.Symbol   // of the property by which an exception knows its *hostapi.Error
	depth int            // of the list being written as text

	definitions []*definition
	zone        *time.Location // of the process
	users       []*user
	groups      []*group
	settings    map[string]setting
	directory   bool // users and groups are those of the host
}

func (a *API) workflow() *workflow {
	if a.lazy == nil {
		a.lazy = new(workflow)
	}
	return a.lazy
}

// testZone is the time zone in which tests run, whatever machine runs them.
const testZone = "GMT+09:00"

// engineZone is the time zone of the process.
func (a *API) engineZone() *time.Location {
	w := a.workflow()
	if w.zone == nil {
		w.zone = a.parseZone(a.zoneID())
	}
	return w.zone
}

// javaZone is the time zone that the Java classes work in. It is that of the
// process, but a test that changes the latter does not change it: dates that the
// test has made keep their wall-clock time.
func (a *API) javaZone() *time.Location {
	if a.tests != nil {
		return a.tests.javaZone
	}
	return a.engineZone()
}

// Zone implements jsvm.Globals: Date goes with the Java classes.
func (a *API) Zone() *time.Location { return a.javaZone() }

func (a *API) zoneID() string {
	if a.tests != nil {
		return a.tests.zoneID
	}
	if id := a.host.Process().TimeZone; id != "" {
		return id
	}
	return timezone.Default
}

// parseZone returns the zone of that id, or UTC: the engine has checked it.
func (a *API) parseZone(id string) *time.Location {
	zone, err := timezone.Parse(id)
	if err != nil {
		return time.UTC
	}
	return zone
}
