package java

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
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
	for _, zone := range shortZoneIDs {
		if zone.short == id {
			name = zone.long
		}
	}
	if isZoneName(name) {
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

// isZoneName keeps out Go's "Local", paths, and files beside the database.
func isZoneName(id string) bool {
	isOther := func(r rune) bool { return !isASCIILetter(r) && !strings.ContainsRune("0123456789_+-/", r) }
	return id != "" && 'A' <= id[0] && id[0] <= 'Z' && id != "Local" &&
		fs.ValidPath(id) && !strings.ContainsFunc(id, isOther)
}

// customOffset reads an offset into minutes east of Greenwich.
func customOffset(id string) (offset int, ok bool) {
	id = strings.TrimPrefix(id, "GMT")
	if !startsWithSign(id) {
		return 0, false
	}
	hours, minutes, hasColon := strings.Cut(id[1:], ":")
	if end := len(hours) - 2; !hasColon && end > 0 {
		hours, minutes = hours[:end], hours[end:]
	} else if !hasColon {
		minutes = "00"
	}
	h, hoursErr := strconv.ParseUint(hours, 10, 8)
	m, minutesErr := strconv.ParseUint(minutes, 10, 8)
	if hoursErr != nil || minutesErr != nil || len(hours) > 2 || len(minutes) != 2 || h > 23 || m > 59 {
		return 0, false
	}
	offset = int(h*60 + m)
	if id[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// shortZoneIDs are the three-letter ids that Java still knows, as
// ZoneId.SHORT_IDS has them. EST, MST and HST are IANA names already.
//
//nolint:gochecknoglobals // a table, never changed
var shortZoneIDs = [...]struct{ short, long string }{
	{"ACT", "Australia/Darwin"},
	{"AET", "Australia/Sydney"},
	{"AGT", "America/Argentina/Buenos_Aires"},
	{"ART", "Africa/Cairo"},
	{"AST", "America/Anchorage"},
	{"BET", "America/Sao_Paulo"},
	{"BST", "Asia/Dhaka"},
	{"CAT", "Africa/Harare"},
	{"CNT", "America/St_Johns"},
	{"CST", "America/Chicago"},
	{"CTT", "Asia/Shanghai"},
	{"EAT", "Africa/Addis_Ababa"},
	{"ECT", "Europe/Paris"}, //nolint:misspell // Java's id
	{"IET", "America/Indiana/Indianapolis"},
	{"IST", "Asia/Kolkata"},
	{"JST", "Asia/Tokyo"},
	{"MIT", "Pacific/Apia"},
	{"NET", "Asia/Yerevan"},
	{"NST", "Pacific/Auckland"},
	{"PLT", "Asia/Karachi"},
	{"PNT", "America/Phoenix"},
	{"PRT", "America/Puerto_Rico"},
	{"PST", "America/Los_Angeles"},
	{"SST", "Pacific/Guadalcanal"},
	{"VST", "Asia/Ho_Chi_Minh"},
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
