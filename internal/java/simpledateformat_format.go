package java

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Format writes t by the pattern.
func (f *SimpleDateFormat) Format(t time.Time) string {
	t = t.In(f.loc)
	var b strings.Builder
	for i := range f.elements {
		if e := &f.elements[i]; e.letter == 0 {
			b.WriteString(e.text)
		} else {
			b.WriteString(f.formatField(t, e))
		}
	}
	return b.String()
}

func (f *SimpleDateFormat) formatField(t time.Time, e *dateElement) string {
	switch e.letter {
	case 'G', 'y', 'Y', 'D', 'w':
		return f.formatYear(t, e)
	case 'M', 'L':
		month := int(t.Month()) - 1
		switch {
		case e.count >= 4:
			return f.names.months[month]
		case e.count == 3:
			return f.names.shortMonths[month]
		}
		return pad(month+1, e.count)
	case 'E':
		if e.count >= 4 {
			return f.names.weekdays[t.Weekday()]
		}
		return f.names.shortWeekdays[t.Weekday()]
	case 'a':
		return f.names.halfDays[t.Hour()/12]
	case 'z':
		return zoneText(t, e.count >= 4, f.names.language)
	case 'Z', 'X':
		return formatOffset(t, e)
	default:
		return pad(numberOf(t, e.letter), e.count)
	}
}

// numberOf returns what the letters say that are numbers in every calendar.
func numberOf(t time.Time, letter byte) int {
	switch letter {
	case 'W':
		sunday := t.Day() - int(t.Weekday())
		return (sunday+5)/7 + 1
	case 'd':
		return t.Day()
	case 'F':
		return (t.Day()-1)/7 + 1
	case 'u':
		return (int(t.Weekday())+6)%7 + 1
	case 'H':
		return t.Hour()
	case 'k':
		return (t.Hour()+23)%24 + 1
	case 'K':
		return t.Hour() % 12
	case 'h':
		return (t.Hour()+11)%12 + 1
	case 'm':
		return t.Minute()
	case 's':
		return t.Second()
	default: // S
		return t.Nanosecond() / int(time.Millisecond)
	}
}

// formatYear writes what depends on how years are counted.
func (f *SimpleDateFormat) formatYear(t time.Time, e *dateElement) string {
	if f.imperial {
		return formatImperialYear(t, e)
	}
	year := t.Year()
	yearOfEra, eraIndex := year, 1
	if year <= 0 {
		yearOfEra, eraIndex = 1-year, 0
	}
	day := dayOf(t)
	switch e.letter {
	case 'G':
		return f.names.eras[eraIndex]
	case 'D':
		return pad(t.YearDay(), e.count)
	case 'w':
		_, week := weekOf(day, year)
		return pad(week, e.count)
	case 'Y':
		yearOfEra, _ = weekOf(day, year)
	}
	if e.count == 2 {
		return pad(yearOfEra%100, 2)
	}
	return pad(yearOfEra, e.count)
}

// weekOf returns the week of a day, and the year that week belongs to: the week
// of January 1 is the first, even if it starts in December.
func weekOf(day int64, year int) (weekYear, week int) {
	if sundayBefore(monthStart(year+1, 0)) <= day {
		return year + 1, 1
	}
	return year, int(day-sundayBefore(monthStart(year, 0)))/7 + 1
}

func formatImperialYear(t time.Time, e *dateElement) string {
	day := dayOf(t)
	index := eraOf(day)
	current := &eras[index]
	year := t.Year() - current.year + 1
	start := current.yearStart(year)
	switch {
	case e.letter == 'G' && e.count >= 4:
		return current.name
	case e.letter == 'G':
		return current.letter
	case e.letter == 'D':
		return pad(int(day-start)+1, e.count)
	case e.letter == 'w':
		if next := monthStart(t.Year()+1, 0); sundayBefore(next) <= day {
			return pad(1, e.count)
		}
		return pad(int(day-sundayBefore(start))/7+1, e.count)
	case e.count < 4:
		return pad(year, e.count)
	case year == 1 && index != beforeMeiji:
		return firstYear
	default:
		return strconv.Itoa(year)
	}
}

// dayOf returns the day that t is in, as days since 1970-01-01.
func dayOf(t time.Time) int64 {
	return monthStart(t.Year(), int(t.Month())-1) + int64(t.Day()) - 1
}

func formatOffset(t time.Time, e *dateElement) string {
	_, seconds := t.Zone()
	offset := seconds / 60
	if e.letter == 'X' && offset == 0 {
		return "Z"
	}
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	switch {
	case e.letter == 'X' && e.count == 1:
		return fmt.Sprintf("%c%02d", sign, offset/60)
	case e.letter == 'X' && e.count == 3:
		return fmt.Sprintf("%c%02d:%02d", sign, offset/60, offset%60)
	default:
		return fmt.Sprintf("%c%02d%02d", sign, offset/60, offset%60)
	}
}

// pad writes n with at least that many digits.
func pad(n, digits int) string {
	sign, text := "", strconv.Itoa(n)
	if n < 0 {
		sign, text = text[:1], text[1:]
	}
	return sign + strings.Repeat("0", max(0, digits-len(text))) + text
}
