package java

import (
	"fmt"
	"regexp"
	"time"
)

// ParseZone is TimeZone.getTimeZone: "UTC", "GMT", "Z", a custom offset such as
// "GMT+0900", "GMT+09:00", "GMT+9" or "+09:00", an IANA name, or one of Java's old
// short names such as "JST". An unknown id is an IllegalArgumentException, where
// Java would go on with GMT.
//
// IANA names need the time zone database of the machine or of the program.
func ParseZone(id string) (*time.Location, error) {
	switch id {
	case "UTC", "Z":
		return time.UTC, nil
	case "GMT":
		return time.FixedZone("GMT", 0), nil
	}
	if offset, ok := customOffset(id); ok {
		return fixedZone(offset), nil
	}
	name := id
	if long, ok := shortZoneIDs[id]; ok {
		name = long
	}
	// The pattern keeps out Go's "Local", paths, and files beside the database.
	if zoneName.MatchString(name) && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, illegalArgumentException(fmt.Sprintf("Unknown time zone: %.64q", id))
}

// ZoneID returns Java's id of a custom time zone: "GMT" for 0, else such as
// "GMT+09:00" or "GMT-04:30".
func ZoneID(offsetMinutes int) string {
	if offsetMinutes == 0 {
		return "GMT"
	}
	sign := '+'
	if offsetMinutes < 0 {
		sign, offsetMinutes = '-', -offsetMinutes
	}
	return fmt.Sprintf("GMT%c%02d:%02d", sign, offsetMinutes/60, offsetMinutes%60)
}

func fixedZone(offsetMinutes int) *time.Location {
	return time.FixedZone(ZoneID(offsetMinutes), offsetMinutes*60)
}

var (
	zoneName   = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	zoneOffset = regexp.MustCompile(`^(?:GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?$`)
)

// customOffset reads an offset into minutes east of Greenwich.
func customOffset(id string) (minutes int, ok bool) {
	part := zoneOffset.FindStringSubmatch(id)
	if part == nil {
		return 0, false
	}
	hours, minutes := smallNumber(part[2]), smallNumber(part[3])
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	minutes += hours * 60
	if part[1] == "-" {
		minutes = -minutes
	}
	return minutes, true
}

// smallNumber reads a few ASCII digits; none are 0.
func smallNumber(digits string) int {
	n := 0
	for _, digit := range []byte(digits) {
		n = n*10 + int(digit-'0')
	}
	return n
}

// shortZoneIDs are the three-letter ids that Java still knows, as
// ZoneId.SHORT_IDS has them. EST, MST and HST are IANA names already.
//
//nolint:gochecknoglobals // a table, never changed
var shortZoneIDs = map[string]string{
	"ACT": "Australia/Darwin",
	"AET": "Australia/Sydney",
	"AGT": "America/Argentina/Buenos_Aires",
	"ART": "Africa/Cairo",
	"AST": "America/Anchorage",
	"BET": "America/Sao_Paulo",
	"BST": "Asia/Dhaka",
	"CAT": "Africa/Harare",
	"CNT": "America/St_Johns",
	"CST": "America/Chicago",
	"CTT": "Asia/Shanghai",
	"EAT": "Africa/Addis_Ababa",
	"ECT": "Europe/Paris", //nolint:misspell // Java's id
	"IET": "America/Indiana/Indianapolis",
	"IST": "Asia/Kolkata",
	"JST": "Asia/Tokyo",
	"MIT": "Pacific/Apia",
	"NET": "Asia/Yerevan",
	"NST": "Pacific/Auckland",
	"PLT": "Asia/Karachi",
	"PNT": "America/Phoenix",
	"PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles",
	"SST": "Pacific/Guadalcanal",
	"VST": "Asia/Ho_Chi_Minh",
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
