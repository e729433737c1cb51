package java

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse reads the date that text starts with and does not look at what follows it.
// Numbers may have more or fewer digits than the pattern has letters, and may be
// out of range: February 30 is March 1 or 2. Text that does not fit is a
// ParseException.
func (f *SimpleDateFormat) Parse(text string) (time.Time, error) {
	t, _, err := f.parse(text)
	return t, err
}

// ParseStrict does the same for a format that is not lenient: a number out of range is a
// ParseException too, as are numbers that contradict each other.
func (f *SimpleDateFormat) ParseStrict(text string) (time.Time, error) {
	t, fields, err := f.parse(text)
	if err == nil && !fields.describe(t, f.imperial) {
		err = parseException(`Unparseable date: "` + text + `"`)
	}
	return t, err
}

func (f *SimpleDateFormat) parse(text string) (time.Time, *dateFields, error) {
	p := dateParser{SimpleDateFormat: f, text: text}
	for i := range f.elements {
		if !p.parseElement(&f.elements[i]) {
			return time.Time{}, nil, parseException(`Unparseable date: "` + text + `"`)
		}
	}
	if p.at == 0 {
		return time.Time{}, nil, parseException(`Unparseable date: "` + text + `"`)
	}
	t := p.fields.resolve(f.imperial, f.loc)
	if p.isCenturyOpen && t.Before(f.centuryStart) {
		p.fields.value[fieldYear] += 100
		p.fields.value[fieldWeekYear] += 100
		t = p.fields.resolve(f.imperial, f.loc)
	}
	return t, &p.fields, nil
}

// dateParser is one run over a text.
type dateParser struct {
	*SimpleDateFormat
	text   string
	at     int // the next byte to read
	fields dateFields
	// isCenturyOpen is set for a two-digit year that is both the first and the last
	// of the 100 years, depending on the day.
	isCenturyOpen bool
}

// parseElement reads one element. It returns false if the text does not fit.
func (p *dateParser) parseElement(e *dateElement) bool {
	if e.letter == 0 {
		if !strings.HasPrefix(p.text[p.at:], e.text) {
			return false
		}
		p.at += len(e.text)
		return true
	}
	start := p.at
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t"))
	if p.at == len(p.text) {
		return false
	}
	switch e.letter {
	case 'z', 'Z':
		return p.parseZone()
	case 'X':
		return p.parseISOZone(e.count)
	}
	if !e.isNumber() {
		p.at = start // no blanks may precede a name
		return p.parseName(e.letter)
	}
	return p.parseNumber(e, start)
}

// parseName reads a word, long or short whatever the pattern says.
func (p *dateParser) parseName(letter byte) bool {
	text := p.text[p.at:]
	var field dateField
	var value, length int
	switch letter {
	case 'G':
		field = fieldEra
		if p.imperial {
			value, length = matchEra(text)
		} else {
			value, length = matchName(text, p.names.eras, p.names.longEras)
		}
	case 'E':
		field = fieldDayOfWeek
		value, length = matchName(text, p.names.weekdays, p.names.shortWeekdays)
		value++
	case 'a':
		field = fieldHalfDay
		value, length = matchName(text, p.names.halfDays)
	default: // M, L
		field = fieldMonth
		value, length = matchName(text, p.names.months, p.names.shortMonths)
	}
	p.fields.set(field, value)
	p.at += length
	return length > 0
}

// parseNumber reads digits. start is where the element starts, with the spaces
// before the number.
func (p *dateParser) parseNumber(e *dateElement, start int) bool {
	if p.imperial && (e.letter == 'y' || e.letter == 'Y') && strings.HasPrefix(p.text[p.at:], firstYear) {
		p.at += len(firstYear)
		p.fields.set(fieldYear, 1)
		return true
	}
	limit := len(p.text)
	if e.abuts {
		limit = start
		for range e.count {
			if limit == len(p.text) {
				return false
			}
			_, size := utf8.DecodeRuneInString(p.text[limit:])
			limit += size
		}
	}
	first := p.at
	n, digits, ok := p.readInteger(limit)
	if !ok {
		return false
	}
	isTwoDigits := digits == 2 && p.text[first] != '-'
	p.setNumber(e, n, isTwoDigits)
	return true
}

// readInteger reads digits of any script, with a minus sign, up to limit. Numbers
// beyond 32 bits are cut there.
func (p *dateParser) readInteger(limit int) (n, digits int, ok bool) {
	negative := p.at < limit && p.text[p.at] == '-'
	at := p.at
	if negative {
		at++
	}
	var magnitude int64
	for at < limit {
		r, size := utf8.DecodeRuneInString(p.text[at:limit])
		digit, isDigit := digitValue(r)
		if !isDigit {
			break
		}
		magnitude = min(magnitude*10+int64(digit), math.MaxInt32)
		digits++
		at += size
	}
	if digits == 0 {
		return 0, 0, false
	}
	p.at = at
	if negative {
		magnitude = -magnitude
	}
	return int(magnitude), digits, true
}

func (p *dateParser) setNumber(e *dateElement, n int, isTwoDigits bool) {
	switch e.letter {
	case 'y', 'Y':
		p.setYear(e, n, isTwoDigits)
	case 'M', 'L':
		p.fields.set(fieldMonth, n-1)
	case 'w':
		p.fields.set(fieldWeekOfYear, n)
	case 'W':
		p.fields.set(fieldWeekOfMonth, n)
	case 'D':
		p.fields.set(fieldDayOfYear, n)
	case 'd':
		p.fields.set(fieldDayOfMonth, n)
	case 'F':
		p.fields.set(fieldDayOfWeekInMonth, n)
	case 'u':
		if 1 <= n && n <= 7 {
			n = n%7 + 1
		}
		p.fields.set(fieldDayOfWeek, n)
	case 'H':
		p.fields.set(fieldHourOfDay, n)
	case 'k':
		if n == 24 {
			n = 0
		}
		p.fields.set(fieldHourOfDay, n)
	case 'K':
		p.fields.set(fieldHour, n)
	case 'h':
		if n == 12 {
			n = 0
		}
		p.fields.set(fieldHour, n)
	case 'm':
		p.fields.set(fieldMinute, n)
	case 's':
		p.fields.set(fieldSecond, n)
	case 'S':
		p.fields.set(fieldMillisecond, n)
	}
}

func (p *dateParser) setYear(e *dateElement, year int, isTwoDigits bool) {
	if !p.imperial && e.count <= 2 && isTwoDigits {
		start := p.centuryStart.Year()
		p.isCenturyOpen = year == start%100
		if year < start%100 {
			year += 100
		}
		year += start / 100 * 100
	}
	if e.letter == 'Y' && !p.imperial {
		p.fields.set(fieldWeekYear, year)
		return
	}
	p.fields.set(fieldYear, year)
}

// parseZone reads "+0900", "GMT", "GMT+9:00" or the name of a zone.
func (p *dateParser) parseZone() bool {
	rest := p.text[p.at:]
	if startsWithSign(rest) {
		return p.parseOffset(offsetForm{hourDigits: 2, minutes: true})
	}
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "GMT") && startsWithSign(rest[3:]) {
		p.at += 3
		return p.parseOffset(offsetForm{hourDigits: 1, minutes: true, colon: true})
	}
	offset, length := matchZone(rest, p.loc, p.centuryStart.Year()+80, p.names.language)
	p.fields.set(fieldOffset, offset)
	p.at += length
	return length > 0
}

// parseISOZone reads "Z", or an offset as letters X of that count write it. With
// one letter it stops after the hours.
func (p *dateParser) parseISOZone(count int) bool {
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, "Z") {
		p.at++
		p.fields.set(fieldOffset, 0)
		return true
	}
	return startsWithSign(rest) && p.parseOffset(offsetForm{hourDigits: 2, minutes: count > 1, colon: count == 3})
}

func startsWithSign(text string) bool {
	return text != "" && (text[0] == '+' || text[0] == '-')
}

// offsetForm is how an offset from UTC is written.
type offsetForm struct {
	hourDigits int // at least; two at most
	minutes    bool
	colon      bool // before the minutes
}

// parseOffset reads a sign and an offset.
func (p *dateParser) parseOffset(form offsetForm) bool {
	negative := p.text[p.at] == '-'
	p.at++
	hours, digits := p.readDigits()
	if digits < form.hourDigits || hours > 23 {
		return false
	}
	minutes := 0
	if form.colon {
		if !strings.HasPrefix(p.text[p.at:], ":") {
			return false
		}
		p.at++
	}
	if form.minutes {
		if minutes, digits = p.readDigits(); digits < 2 || minutes > 59 {
			return false
		}
	}
	offset := hours*60 + minutes
	if negative {
		offset = -offset
	}
	p.fields.set(fieldOffset, offset)
	return true
}

// readDigits reads up to two ASCII digits.
func (p *dateParser) readDigits() (n, digits int) {
	for digits < 2 && p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		n = n*10 + int(p.text[p.at]-'0')
		digits++
		p.at++
	}
	return n, digits
}
