package java

import (
	"fmt"
	"time"

	"github.com/postern-dev/postern/internal/timezone"
)

// ParseZone is TimeZone.getTimeZone, see [timezone.Parse]. An unknown id is an
// IllegalArgumentException, where Java would continue with GMT.
func ParseZone(id string) (*time.Location, error) {
	zone, err := timezone.Parse(id)
	if err != nil {
		return nil, illegalArgumentException(fmt.Sprintf("Unknown time zone: %.64q", id))
	}
	return zone, nil
}

// atWall returns the second at which clocks in loc show wall, counted as if the
// clocks ran on UTC. A time that occurs twice is the later one; one that clocks
// skip is read with the offset before the gap. java.util.GregorianCalendar does
// the same.
func atWall(wall int64, loc *time.Location) int64 {
	const day = 24 * 60 * 60
	before, after := offsetAt(wall-day, loc), offsetAt(wall+day, loc)
	if late := wall - after; before != after && offsetAt(late, loc) == after {
		return late
	}
	return wall - before
}

// offsetAt returns the seconds east of Greenwich.
func offsetAt(unix int64, loc *time.Location) int64 {
	_, offset := time.Unix(unix, 0).In(loc).Zone()
	return int64(offset)
}
