package java

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FormatTimestamp is java.sql.Timestamp.toString: "yyyy-MM-dd HH:mm:ss.f" with one
// to nine digits of a second, as clocks in loc show it.
func FormatTimestamp(t time.Time, loc *time.Location) string {
	t = t.In(loc)
	fraction := strings.TrimRight(fmt.Sprintf("%09d", t.Nanosecond()), "0")
	if fraction == "" {
		fraction = "0"
	}
	return fmt.Sprintf("%s %02d:%02d:%02d.%s", FormatDate(t, loc), t.Hour(), t.Minute(), t.Second(), fraction)
}

// ParseTimestamp is java.sql.Timestamp.valueOf: "yyyy-[m]m-[d]d hh:mm:ss[.f...]",
// read in loc. A day or an hour beyond its end runs over into the next, as
// February 31 does. Anything else is an IllegalArgumentException.
func ParseTimestamp(text string, loc *time.Location) (time.Time, error) {
	failed := illegalArgumentException("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
	date, clock, _ := strings.Cut(strings.TrimSpace(text), " ")
	wall, ok := parseDay(date)
	if !ok {
		return time.Time{}, failed
	}
	clock, fraction, hasFraction := strings.Cut(clock, ".")
	nanos, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	if err != nil || len(fraction) > 9 || hasFraction && fraction == "" {
		return time.Time{}, failed
	}
	parts := strings.SplitN(clock, ":", 4)
	if len(parts) != 3 {
		return time.Time{}, failed
	}
	for i, unit := range []int64{60 * 60, 60, 1} {
		n, err := strconv.ParseInt(parts[i], 10, 32)
		if err != nil {
			return time.Time{}, failed
		}
		wall += n * unit
	}
	return time.Unix(atWall(wall, loc), int64(nanos)).In(loc), nil
}

// FormatDate is java.sql.Date.toString: "yyyy-MM-dd", the day it is in loc. Years
// before the first count backwards without a sign, as in Java.
func FormatDate(t time.Time, loc *time.Location) string {
	year, month, day := t.In(loc).Date()
	if year <= 0 {
		year = 1 - year
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// ParseDate is java.sql.Date.valueOf: "yyyy-[m]m-[d]d", the start of that day in
// loc. Anything else is an IllegalArgumentException.
func ParseDate(text string, loc *time.Location) (time.Time, error) {
	wall, ok := parseDay(text)
	if !ok {
		return time.Time{}, illegalArgumentException("Date format must be yyyy-mm-dd")
	}
	return time.Unix(atWall(wall, loc), 0).In(loc), nil
}

// parseDay reads "yyyy-[m]m-[d]d" into the seconds of its midnight, see atWall.
func parseDay(text string) (wall int64, ok bool) {
	parts := strings.SplitN(text, "-", 4)
	if len(parts) != 3 || len(parts[0]) != 4 || len(parts[1]) > 2 || len(parts[2]) > 2 {
		return 0, false
	}
	var number [3]int
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return 0, false
		}
		number[i] = int(n)
	}
	year, month, day := number[0], number[1], number[2]
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix(), true
}
