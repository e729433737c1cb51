package jsapi

import (
	"maps"
	"math"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// addable has the methods of AddableDate and AddableTimestamp. All return a date of the
// class of their receiver.
var addable = members{ //nolint:gochecknoglobals // a table, never changed
	"addYears":            dateAdd("years", func(t time.Time, n int64) (time.Time, bool) { return addMonths(t, 12*n) }),
	"addMonths":           dateAdd("months", addMonths),
	"addDays":             dateAdd("days", addDays),
	"addHours":            dateAdd("hours", addSeconds(60*60)),
	"addMinutes":          dateAdd("minutes", addSeconds(60)),
	"addSeconds":          dateAdd("seconds", addSeconds(1)),
	"getFirstTimeInDate":  dateEdge((*API).engineZone, firstOf(inDate)),
	"getLastTimeInDate":   dateEdge((*API).engineZone, lastOf(inDate)),
	"getFirstTimeInMonth": dateEdge((*API).engineZone, firstOf(inMonth)),
	"getLastTimeInMonth":  dateEdge((*API).engineZone, lastOf(inMonth)),
	"getFirstTimeInYear":  dateEdge((*API).engineZone, firstOf(inYear)),
	"getLastTimeInYear":   dateEdge((*API).engineZone, lastOf(inYear)),
}

// addableDate has the methods of AddableDate: those of addable, and some that find a day.
var addableDate = func() members { //nolint:gochecknoglobals // a table, never changed
	all := maps.Clone(addable)
	maps.Copy(all, members{
		"getFirstDateInMonth": dateEdge((*API).javaZone, firstOf(inMonth)),
		"getLastDateInMonth":  dateEdge((*API).javaZone, dayOf(lastOf(inMonth))),
		"getFirstDateInYear":  dateEdge((*API).javaZone, firstOf(inYear)),
		"getLastDateInYear":   dateEdge((*API).javaZone, dayOf(lastOf(inYear))),
	})
	return all
}()

// dateAdd returns a method that adds some units to a date. add reports whether the result
// is in range.
func dateAdd(unit string, add func(t time.Time, n int64) (time.Time, bool)) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		t, err := state[time.Time](c)
		if err != nil {
			return nil, err
		}
		n, err := c.int(0, unit)
		if err != nil {
			return nil, err
		}
		sum, ok := add(t.In(a.javaZone()), int64(n))
		if !ok || sum.Unix() < math.MinInt64/1000 || sum.Unix() >= math.MaxInt64/1000 {
			return nil, &java.Exception{Class: "java.lang.ArithmeticException", Message: c.title() + ": the date is out of range"}
		}
		return a.same(c, sum), nil
	}
}

// mostYear is the last year that the milliseconds of a Java date can represent.
const mostYear = 292_278_994

// addMonths returns t n months later. A day that the month lacks becomes its last day.
func addMonths(t time.Time, n int64) (time.Time, bool) {
	months := int64(t.Year())*12 + int64(t.Month()) - 1 + n
	month := (months%12 + 12) % 12
	year := (months - month) / 12
	if year < -mostYear || year > mostYear {
		return t, false
	}
	first := time.Date(int(year), time.Month(month+1), 1, 0, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()), true
}

// addDays returns the same time of day n days later.
func addDays(t time.Time, n int64) (time.Time, bool) {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	wall = time.Unix(wall.Unix()+n*24*60*60, int64(wall.Nanosecond())).UTC()
	year, month, day := wall.Date()
	return time.Date(year, month, day, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), t.Location()), true
}

// addSeconds returns a function that adds units of that many seconds. It does not use a
// time.Duration, whose range is 292 years.
func addSeconds(unit int64) func(t time.Time, n int64) (time.Time, bool) {
	return func(t time.Time, n int64) (time.Time, bool) {
		return time.Unix(t.Unix()+n*unit, int64(t.Nanosecond())).In(t.Location()), true
	}
}

// dateEdge returns a method that returns the first or last millisecond of a period in
// local time.
func dateEdge(zone func(*API) *time.Location, edge func(t time.Time) time.Time) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		t, err := state[time.Time](c)
		if err != nil {
			return nil, err
		}
		return a.same(c, edge(t.In(zone(a)))), nil
	}
}

// period returns the day that the period of t begins with, or the one that begins the
// period after it.
type period func(t time.Time, after int) time.Time

func inDate(t time.Time, after int) time.Time { return midnight(t, t.Year(), t.Month(), t.Day()+after) }

func inMonth(t time.Time, after int) time.Time {
	return midnight(t, t.Year(), t.Month()+time.Month(after), 1)
}

func inYear(t time.Time, after int) time.Time { return midnight(t, t.Year()+after, time.January, 1) }

func midnight(t time.Time, year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

func firstOf(p period) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return p(t, 0) }
}

// lastOf returns the last millisecond of a period.
func lastOf(p period) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return p(t, 1).Add(-time.Millisecond) }
}

// dayOf returns the start of the day.
func dayOf(edge func(time.Time) time.Time) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return inDate(edge(t), 0) }
}
