// Package timezone parses and formats the time zone ids of tasks and scripts, such as
// "UTC", "GMT+09:00" and "Asia/Tokyo".
package timezone

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for workers, which can read no files, and for systems without them

	"github.com/postern-dev/postern/hostapi"
)

// Default is the zone of a task that names none.
const Default = "UTC"

// Parse returns the zone with that id: "UTC", "GMT", "Z", an offset such as "GMT+0900",
// "GMT+09:00", "GMT+9" or "+09:00" (less than 24 hours), an IANA name, or one of Java's old
// short names such as "JST". An unknown id is a *[hostapi.Error] of [hostapi.CodeConfig].
//
// IANA names are those of the time zone database of the machine, or else of the program.
func Parse(id string) (*time.Location, error) {
	switch id {
	case "UTC", "Z":
		return time.UTC, nil
	case "GMT":
		return time.FixedZone("GMT", 0), nil
	}
	if minutes, ok := parseOffset(id); ok {
		return time.FixedZone(ID(minutes), minutes*60), nil
	}
	name := id
	for _, zone := range shortIDs {
		if zone.short == id {
			name = zone.long
		}
	}
	if isZoneName(name) {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, &hostapi.Error{
		Code: hostapi.CodeConfig, Message: fmt.Sprintf("unknown time zone %.64q", id), Hint: `write it as "UTC", "GMT+09:00" or "Asia/Tokyo"`,
	}
}

// ID returns the id of the zone with that offset east of Greenwich: "GMT" for 0, else an
// id such as "GMT+09:00" or "GMT-04:30".
func ID(offsetMinutes int) string {
	if offsetMinutes == 0 {
		return "GMT"
	}
	sign := '+'
	if offsetMinutes < 0 {
		sign, offsetMinutes = '-', -offsetMinutes
	}
	return fmt.Sprintf("GMT%c%02d:%02d", sign, offsetMinutes/60, offsetMinutes%60)
}

// isZoneName excludes Go's "Local", paths, and other files in the folder of the database.
func isZoneName(id string) bool {
	isOther := func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("0123456789_+-/", r)
	}
	return id != "" && 'A' <= id[0] && id[0] <= 'Z' && id != "Local" &&
		fs.ValidPath(id) && !strings.ContainsFunc(id, isOther)
}

// parseOffset returns the minutes east of Greenwich of an offset.
func parseOffset(id string) (offset int, ok bool) {
	id = strings.TrimPrefix(id, "GMT")
	if id == "" || id[0] != '+' && id[0] != '-' {
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

// shortIDs are the three-letter ids that Java still has in ZoneId.SHORT_IDS. EST,
// MST and HST are IANA names already.
//
//nolint:gochecknoglobals // a table, never changed
var shortIDs = [...]struct{ short, long string }{
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
