package runs

import (
	"strings"
	"time"

	"github.com/netresearch/go-cron"

	"github.com/postern-dev/postern/internal/timezone"
)

// timetable says when a schedule ticks.
type timetable struct {
	every time.Duration // 0: cron

	cron    cron.Schedule
	zone    *time.Location
	byClock bool // it names hours, so that it ticks once in an hour that the clock repeats
}

const (
	opSchedule = "save schedule"
	minEvery   = time.Second
	maxEvery   = 366 * 24 * time.Hour
)

func newTimetable(expression string, every time.Duration, zone string) (timetable, error) {
	if (expression == "") == (every == 0) {
		return timetable{}, invalid(opSchedule, "cron", "give either a cron expression or an interval", `such as cron "30 6 * * MON-FRI", or every 15m`)
	}
	if every != 0 {
		if every < minEvery || every > maxEvery || every%time.Millisecond != 0 {
			return timetable{}, invalid(opSchedule, "every", "is "+every.String(), "write a time from 1s to 8784h")
		}
		return timetable{every: every}, nil
	}
	location, err := timezone.Parse(zone)
	if err != nil {
		return timetable{}, err
	}
	const hint = `write minute, hour, day of the month, month and day of the week, such as "30 6 * * MON-FRI", or @hourly, @daily, @weekly, @monthly, @yearly`
	fields := strings.Fields(expression)
	switch {
	case strings.HasPrefix(expression, "@every"):
		return timetable{}, invalid(opSchedule, "cron", "has an interval", "use every for that")
	case len(expression) > maxName || strings.Contains(expression, "="):
		return timetable{}, invalid(opSchedule, "cron", "is not a cron expression", hint+"; the time zone is a separate field")
	}
	parsed, err := cron.ParseStandard(expression)
	if err != nil {
		return timetable{}, invalid(opSchedule, "cron", err.Error(), hint)
	}
	t := timetable{cron: parsed, zone: location, byClock: len(fields) > 1 && !strings.HasPrefix(fields[1], "*") || len(fields) == 1 && fields[0] != "@hourly"}
	if t.after(time.Now()).IsZero() {
		return timetable{}, invalid(opSchedule, "cron", "names no day that exists", hint)
	}
	return t, nil
}

// after returns the first tick after a time, zero if there is none. For an interval, that
// time has to be a tick.
//
// Where the clock skips an hour, a tick in it comes as much later. Where it repeats one, an
// expression that names hours ticks in the first one only, and others in both.
func (t timetable) after(last time.Time) time.Time {
	if t.every > 0 {
		return last.Add(t.every)
	}
	for now := last.In(t.zone); ; { // in one time with the same offset after another
		start, end := now.ZoneBounds()
		next := t.read(last, offset(now))
		if !start.IsZero() {
			before := offset(start.Add(-time.Second))
			skipped := t.read(last, before)
			if skipped.Before(start.Add(offset(now)-before)) && (next.IsZero() || skipped.Before(next)) {
				next = skipped
			}
		}
		switch {
		case !end.IsZero() && !next.IsZero() && !next.Before(end):
			last, now = end.Add(-time.Second), end
		case t.byClock && isRepeated(next):
			last = next
		default:
			return next
		}
	}
}

// read returns the first tick after a time by a clock that has always had an offset.
func (t timetable) read(last time.Time, offset time.Duration) time.Time {
	next := t.cron.Next(last.UTC().Add(offset))
	if next.IsZero() {
		return next
	}
	return next.Add(-offset).In(t.zone)
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// isRepeated reports whether the clock has shown this time before, since it was set back.
func isRepeated(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if t.IsZero() || start.IsZero() {
		return false
	}
	return t.Sub(start) < offset(start.Add(-time.Second))-offset(t)
}

// due returns the ticks from next to now that start runs, and the first one after now.
func (t timetable) due(next, now time.Time, catchUp CatchUp) (ticks []time.Time, after time.Time) {
	ticks, after = t.between(t.lately(next, now), now)
	if t.every == 0 && len(ticks) < maxCatchUp { // they may be rare
		ticks, after = t.between(next, now)
	}
	switch {
	case len(ticks) == 0, catchUp == CatchUpAll:
	case catchUp == CatchUpNone && now.Sub(ticks[len(ticks)-1]) > late:
		ticks = nil
	default:
		ticks = ticks[len(ticks)-1:]
	}
	return ticks, after
}

// between returns the last ticks from next to now, and the first one after now.
func (t timetable) between(next, now time.Time) (ticks []time.Time, after time.Time) {
	for ; !next.IsZero() && !next.After(now); next = t.after(next) {
		if len(ticks) == maxCatchUp {
			ticks = append(ticks[:0], ticks[1:]...)
		}
		ticks = append(ticks, next)
	}
	return ticks, next
}

// lately returns a later tick than next to begin with, if that was long ago: a schedule of each
// minute has half a million ticks in a year.
func (t timetable) lately(next, now time.Time) time.Time {
	if t.every > 0 {
		return next.Add(max(0, now.Sub(next)/t.every-maxCatchUp) * t.every)
	}
	if week := now.AddDate(0, 0, -7); next.Before(week) {
		return t.after(week)
	}
	return next
}

const (
	maxCatchUp = 100
	late       = time.Minute // after which a tick was missed
)
