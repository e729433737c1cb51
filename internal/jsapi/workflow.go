package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/timezone"
)

// workflow is the state of a run that most scripts do not need: it is allocated when
// something of it is first used, which data by name and HTTP never do.
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

// engineZone is the time zone of the process.
func (a *API) engineZone() *time.Location {
	w := a.workflow()
	if w.zone == nil {
		w.zone = parseZone(a.world.zoneID())
	}
	return w.zone
}

// javaZone is the time zone that the Java classes work in.
func (a *API) javaZone() *time.Location { return a.world.javaZone() }

// Zone implements jsvm.Globals: Date has the zone of the Java classes.
func (a *API) Zone() *time.Location { return a.world.javaZone() }

// parseZone returns the zone of that id, or UTC: the engine has checked it.
func parseZone(id string) *time.Location {
	zone, err := timezone.Parse(id)
	if err != nil {
		return time.UTC
	}
	return zone
}
