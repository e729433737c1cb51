package java

import "time"

// The calendar is proleptic Gregorian; Java's is Julian before October 1582. Weeks start on
// Sunday and the first week contains January 1, as in Java's locales for the United States and
// Japan.

// dateField is what a letter of a pattern sets, a constant of java.util.Calendar.
type dateField int

const (
	fieldEra dateField = iota
	fieldYear
	fieldWeekYear
	fieldMonth // from 0
	fieldWeekOfYear
	fieldWeekOfMonth
	fieldDayOfMonth
	fieldDayOfYear
	fieldDayOfWeek // Sunday is 1
	fieldDayOfWeekInMonth
	fieldHalfDay // 1 is PM
	fieldHour    // of a half day
	fieldHourOfDay
	fieldMinute
	fieldSecond
	fieldMillisecond
	fieldOffset // minutes east of Greenwich
	fieldCount
)

// dateFields are the numbers parsed from a text. They may be out of range: month 13 is January
// of the next year. If they are inconsistent, the field that was set last counts, hence the
// stamps; a stamp of 0 is unset.
type dateFields struct {
	value, stamp [fieldCount]int
	clock        int
}

func (f *dateFields) set(field dateField, value int) {
	f.clock++
	f.value[field], f.stamp[field] = value, f.clock
}

func (f *dateFields) isSet(field dateField) bool { return f.stamp[field] > 0 }

// get returns a field, or instead if it is not set.
func (f *dateFields) get(field dateField, instead int) int {
	if f.isSet(field) {
		return f.value[field]
	}
	return instead
}

// resolve returns the time of the fields, in loc if they have no offset. The defaults are those
// of 1970-01-01 00:00.
func (f *dateFields) resolve(imperial bool, loc *time.Location) time.Time {
	const hour, halfDay, day = 60 * 60, 12 * 60 * 60, 24 * 60 * 60
	wall := f.day(imperial) * day
	if f.hasHourOfDay() {
		wall += int64(f.get(fieldHourOfDay, 0)) * hour
	} else {
		wall += int64(f.get(fieldHour, 0))*hour + int64(f.get(fieldHalfDay, 0))*halfDay
	}
	wall += int64(f.get(fieldMinute, 0))*60 + int64(f.get(fieldSecond, 0))
	millis := int64(f.get(fieldMillisecond, 0))
	wall += floorDiv(millis, 1000)
	unix := wall - int64(f.get(fieldOffset, 0))*60
	if !f.isSet(fieldOffset) {
		unix = atWall(wall, loc)
	}
	return time.Unix(unix, floorMod(millis, 1000)*int64(time.Millisecond)).In(loc)
}

// describe reports whether the fields that are set are those of t, which was resolved from
// them. They are not if one was out of range, or contradicts another.
func (f *dateFields) describe(t time.Time, imperial bool) bool {
	if f.isSet(fieldOffset) {
		t = t.In(time.FixedZone("", f.value[fieldOffset]*60))
	}
	is := map[dateField]int{
		fieldMonth:            int(t.Month()) - 1,
		fieldWeekOfMonth:      numberOf(t, 'W'),
		fieldDayOfMonth:       t.Day(),
		fieldDayOfYear:        t.YearDay(),
		fieldDayOfWeek:        int(t.Weekday()) + 1,
		fieldDayOfWeekInMonth: numberOf(t, 'F'),
		fieldHalfDay:          t.Hour() / 12,
		fieldHour:             t.Hour() % 12,
		fieldHourOfDay:        t.Hour(),
		fieldMinute:           t.Minute(),
		fieldSecond:           t.Second(),
		fieldMillisecond:      t.Nanosecond() / int(time.Millisecond),
	}
	if imperial {
		index := eraOf(dayOf(t))
		is[fieldEra], is[fieldYear] = index, t.Year()-eras[index].year+1
		delete(is, fieldDayOfYear) // the first year of an era begins with the era
	}
	for field, value := range is {
		if f.get(field, value) != value {
			return false
		}
	}
	return true
}

// hasHourOfDay reports whether the hour comes from fieldHourOfDay. Only an hour together with a
// half day, both set later, override it.
func (f *dateFields) hasHourOfDay() bool {
	later := max(f.stamp[fieldHour], f.stamp[fieldHalfDay])
	if !f.isSet(fieldHour) || !f.isSet(fieldHalfDay) {
		later = 0
	}
	return f.stamp[fieldHourOfDay] > later
}

// day returns the date as days since 1970-01-01.
func (f *dateFields) day(imperial bool) int64 {
	year, yearStart := f.year(imperial)
	if f.stamp[fieldWeekYear] > f.stamp[fieldYear] {
		start := sundayBefore(monthStart(f.value[fieldWeekYear], 0))
		return start + 7*(int64(f.get(fieldWeekOfYear, 1))-1) + daysAfterSunday(f.get(fieldDayOfWeek, 1))
	}
	month := f.get(fieldMonth, 0)
	first := monthStart(year, month)
	weekday := int64(f.get(fieldDayOfWeek, 1)) - 1
	switch f.dateWay() {
	case fieldWeekOfMonth:
		return sundayBefore(first) + floorMod(weekday, 7) + 7*(int64(f.value[fieldWeekOfMonth])-1)
	case fieldDayOfWeekInMonth:
		count := int64(f.get(fieldDayOfWeekInMonth, 1))
		if count < 0 {
			first, count = monthStart(year, month+1), count+1
		}
		return weekdayBefore(first+7*count-1, weekday)
	case fieldDayOfYear:
		return yearStart + int64(f.value[fieldDayOfYear]) - 1
	case fieldWeekOfYear:
		return sundayBefore(yearStart) + floorMod(weekday, 7) + 7*(int64(f.value[fieldWeekOfYear])-1)
	default:
		return first + int64(f.get(fieldDayOfMonth, 1)) - 1
	}
}

// year returns the Gregorian year, 0 for 1 BC, and the first day of the year that
// was meant.
func (f *dateFields) year(imperial bool) (year int, start int64) {
	if imperial && (f.isSet(fieldEra) || f.isSet(fieldYear)) {
		e, year := &eras[f.get(fieldEra, currentEra)], f.get(fieldYear, 1)
		return e.year + year - 1, e.yearStart(year)
	}
	year = f.get(fieldYear, 1970)
	if !imperial && f.get(fieldEra, 1) == 0 {
		year = 1 - year
	}
	return year, monthStart(year, 0)
}

// dateWay returns which of the fields determine the day of the year. A week also needs a day of
// the week. The combination that was completed last counts; if none is complete, an incomplete
// one is used.
func (f *dateFields) dateWay() dateField {
	ways := [...]dateField{
		fieldDayOfMonth, fieldWeekOfMonth, fieldDayOfWeekInMonth, fieldDayOfYear, fieldWeekOfYear,
	}
	best, bestStamp := fieldDayOfMonth, 0
	for _, way := range ways {
		stamp := f.stamp[way]
		if way != fieldDayOfMonth && way != fieldDayOfYear {
			if stamp == 0 || !f.isSet(fieldDayOfWeek) {
				continue
			}
			stamp = max(stamp, f.stamp[fieldDayOfWeek])
		}
		if stamp > bestStamp || stamp == bestStamp && f.stamp[way] > f.stamp[best] {
			best, bestStamp = way, stamp
		}
	}
	if bestStamp > 0 {
		return best
	}
	if f.isSet(fieldDayOfWeek) {
		return fieldDayOfWeekInMonth
	}
	for _, way := range ways {
		if f.stamp[way] > f.stamp[best] {
			best = way
		}
	}
	return best
}

// daysAfterSunday returns how far a day of the week is from the Sunday its week
// starts with. A number beyond 1 to 7 comes from the letter u, which counts from
// Monday, and reaches into other weeks.
func daysAfterSunday(weekday int) int64 {
	if 1 <= weekday && weekday <= 7 {
		return int64(weekday) - 1
	}
	n := int64(weekday) - 1
	return 7*floorDiv(n, 7) + (floorMod(n, 7)+1)%7
}

// monthStart returns the first day of a month, which counts from 0, as days since
// 1970-01-01.
func monthStart(year, month int) int64 {
	return floorDiv(time.Date(year, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC).Unix(), 24*60*60)
}

// weekdayBefore returns the last day up to this one that is the weekday, where
// Sunday is 0.
func weekdayBefore(day, weekday int64) int64 {
	const thursday = 4 // 1970-01-01
	return day - floorMod(day+thursday-weekday, 7)
}

func sundayBefore(day int64) int64 { return weekdayBefore(day, 0) }

func floorDiv(x, y int64) int64 { return (x - floorMod(x, y)) / y }

func floorMod(x, y int64) int64 { return (x%y + y) % y }
