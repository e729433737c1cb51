package cli

import (
	"strconv"
	"strings"
	"time"
)

// parseTime reads the value of a flag that takes a time: a date, a date and time,
// which are in the zone unless they say another, or how far back from now it is.
func parseTime(flag, text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	if age, ok := parseAge(text); ok {
		return time.Now().Add(-age), nil
	}
	return time.Time{}, usageError(flag+" "+strconv.Quote(text), "is not a time",
		"write 2006-01-02, 2006-01-02T15:04:05Z, or a time back from now such as 90m, 12h or 7d")
}

// parseAge reads a duration as Go writes one, or a number of days or weeks.
func parseAge(text string) (time.Duration, bool) {
	const day = 24 * time.Hour
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day} {
		digits, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		const most = 1 << 16 // far beyond, and no overflow
		n, err := strconv.ParseUint(digits, 10, 16)
		return time.Duration(min(n, most)) * length, err == nil
	}
	age, err := time.ParseDuration(text)
	return age, err == nil && age >= 0
}
