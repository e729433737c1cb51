package java

import "strings"

// Locale is a java.util.Locale. Language "ja" has Japanese names, every other
// English ones; Locale{"ja", "JP", "JP"} has the Japanese imperial calendar too.
type Locale struct{ Language, Country, Variant string }

// NewLocale returns a locale. The letters of the language become lower case, those of the
// country upper case.
func NewLocale(language, country, variant string) Locale {
	return Locale{strings.ToLower(language), strings.ToUpper(country), variant}
}

// String returns the parts with underscores between them, such as "ja_JP".
func (l Locale) String() string {
	switch {
	case l.imperial():
		return "ja_JP_JP_#u-ca-japanese"
	case l.Variant != "":
		return l.Language + "_" + l.Country + "_" + l.Variant
	case l.Country != "":
		return l.Language + "_" + l.Country
	}
	return l.Language
}

// imperial reports whether dates are of the Japanese imperial calendar.
func (l Locale) imperial() bool {
	return l == Locale{"ja", "JP", "JP"}
}

func (l Locale) names() *dateNames {
	if l.Language == "ja" {
		return &japaneseNames
	}
	return &englishNames
}

type language int

const (
	english language = iota
	japanese
)

// dateNames are the words of a date in one language, java.text.DateFormatSymbols.
type dateNames struct {
	eras, longEras          []string // before and after the start of year 1
	months, shortMonths     []string
	weekdays, shortWeekdays []string // from Sunday
	halfDays                []string // AM and PM
	language                language
}

// matchName returns which of the names text starts with, in any case, and how
// long that name is. The longest wins. None is a length of 0.
func matchName(text string, lists ...[]string) (index, length int) {
	for _, names := range lists {
		for i, name := range names {
			if len(name) > length && len(name) <= len(text) && strings.EqualFold(text[:len(name)], name) {
				index, length = i, len(name)
			}
		}
	}
	return index, length
}

//nolint:gochecknoglobals // tables, never changed
var (
	englishNames = dateNames{
		eras:     []string{"BC", "AD"},
		longEras: []string{"Before Christ", "Anno Domini"},
		months: []string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
		shortMonths: []string{
			"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
		},
		weekdays:      []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		shortWeekdays: []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		halfDays:      []string{"AM", "PM"},
		language:      english,
	}
	japaneseMonths = []string{
		"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
	}
	japaneseNames = dateNames{
		eras:          []string{"紀元前", "西暦"},
		months:        japaneseMonths,
		shortMonths:   japaneseMonths,
		weekdays:      []string{"日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"},
		shortWeekdays: []string{"日", "月", "火", "水", "木", "金", "土"},
		halfDays:      []string{"午前", "午後"},
		language:      japanese,
	}
)
