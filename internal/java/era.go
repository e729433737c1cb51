package java

import "math"

// era is one of the Japanese imperial calendar, java.util.JapaneseImperialCalendar.
type era struct {
	name, letter string
	year         int   // of its first year
	start        int64 // its first day, counted from 1970-01-01
}

// Days before Meiji are in the first, which counts as the Gregorian calendar.
//
//nolint:gochecknoglobals // a table, never changed
var eras = [...]era{
	{"西暦", "西暦", 1, math.MinInt64},
	{"明治", "M", 1868, monthStart(1868, 0)},
	{"大正", "T", 1912, monthStart(1912, 6) + 29},  // July 30
	{"昭和", "S", 1926, monthStart(1926, 11) + 24}, // December 25
	{"平成", "H", 1989, monthStart(1989, 0) + 7},   // January 8
	{"令和", "R", 2019, monthStart(2019, 4)},       // May 1
}

const (
	beforeMeiji = 0
	currentEra  = len(eras) - 1
)

// firstYear is how year 1 of an era is written with letters.
const firstYear = "元"

// eraOf returns the index of the era that a day is in.
func eraOf(day int64) int {
	index := currentEra
	for day < eras[index].start {
		index--
	}
	return index
}

// yearStart returns the first day of a year of the era: January 1, or the start of
// the era.
func (e *era) yearStart(year int) int64 {
	start := monthStart(e.year+year-1, 0)
	if year == 1 {
		start = max(start, e.start)
	}
	return start
}

// matchEra returns which era text starts with the name or the letter of, and how
// long that is, 0 for none.
func matchEra(text string) (index, length int) {
	for i, e := range eras {
		if _, n := matchName(text, []string{e.name, e.letter}); n > length {
			index, length = i, n
		}
	}
	return index, length
}
