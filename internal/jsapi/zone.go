package jsapi

import (
	"time"

	"github.com/postern-dev/postern/internal/timezone"
)

// engineZone returns the time zone of the process.
func (a *API) engineZone() *time.Location {
	w := a.runState()
	if w.zone == nil {
		w.zone = parseZone(a.world.zoneID())
	}
	return w.zone
}

// javaZone returns the time zone of the Java classes.
func (a *API) javaZone() *time.Location { return a.world.javaZone() }

// Zone implements jsvm.Globals: Date uses the zone of the Java classes.
func (a *API) Zone() *time.Location { return a.world.javaZone() }

// parseZone returns the zone of that id, which the engine has checked; UTC if it is
// invalid.
func parseZone(id string) *time.Location {
	zone, err := timezone.Parse(id)
	if err != nil {
		return time.UTC
	}
	return zone
}
