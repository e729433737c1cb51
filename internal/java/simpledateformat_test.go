package java

import (
	"errors"
	"strings"
	"testing"
	"time"
)

//nolint:gochecknoglobals // never changed
var (
	inEnglish  = Locale{}
	inJapanese = Locale{Language: "ja"}
	imperial   = Locale{"ja", "JP", "JP"}
)

func dateFormat(t testing.TB, pattern string, locale Locale, loc *time.Location) *SimpleDateFormat {
	t.Helper()
	format, err := NewSimpleDateFormat(pattern, locale, loc)
	if err != nil {
		t.Fatalf("NewSimpleDateFormat(%q): %v", pattern, err)
	}
	return format
}

// What a date is read as, in UTC, or the exception.
func parsedDate(t testing.TB, pattern string, locale Locale, loc *time.Location, text string) string {
	t.Helper()
	at, err := dateFormat(t, pattern, locale, loc).Parse(text)
	if err != nil {
		return err.Error()
	}
	return at.UTC().Format("2006-01-02T15:04:05.999999999")
}

func TestDatePattern(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, want string }{
		{"b", "Illegal pattern character 'b'"},
		{"yyyy-MM-ddTHH:mm", "Illegal pattern character 'T'"},
		{"c", "Illegal pattern character 'c'"},
		{"'abc", "Unterminated quote"},
		{"yyyy'", "Unterminated quote"},
		{"'a''", "Unterminated quote"},
		{"XXXX", "invalid ISO 8601 format: length=4"},
	}
	for _, tt := range tests {
		_, err := NewSimpleDateFormat(tt.pattern, inEnglish, time.UTC)
		if err == nil || err.Error() != "java.lang.IllegalArgumentException: "+tt.want {
			t.Errorf("NewSimpleDateFormat(%q): %v, want %s", tt.pattern, err, tt.want)
		}
	}
}

func TestDateFormat(t *testing.T) {
	t.Parallel()
	tokyo := zone(t, "Asia/Tokyo")
	at := time.Date(2020, 3, 12, 15, 22, 3, 45_678_000, tokyo)
	tests := []struct {
		pattern                     string
		english, japanese, imperial string
	}{
		{"G GGGG", "AD AD", "西暦 西暦", "R 令和"},
		{"y yy yyy yyyy yyyyy", "2020 20 2020 2020 02020", "2020 20 2020 2020 02020", "2 02 002 2 2"},
		{"Y YY", "2020 20", "2020 20", "2 02"},
		{"M MM MMM MMMM", "3 03 Mar March", "3 03 3月 3月", "3 03 3月 3月"},
		{"L LL LLL LLLL", "3 03 Mar March", "3 03 3月 3月", "3 03 3月 3月"},
		{"w ww W D DD DDDD", "11 11 2 72 72 0072", "11 11 2 72 72 0072", "11 11 2 72 72 0072"},
		{"d ddd F", "12 012 2", "12 012 2", "12 012 2"},
		{"E EEEE u", "Thu Thursday 4", "木 木曜日 4", "木 木曜日 4"},
		{"a H k K h hh", "PM 15 15 3 3 03", "午後 15 15 3 3 03", "午後 15 15 3 3 03"},
		{"m s S SSSSS", "22 3 45 00045", "22 3 45 00045", "22 3 45 00045"},
		{"z zzzz", "JST Japan Standard Time", "JST 日本標準時", "JST 日本標準時"},
		{"Z X XX XXX", "+0900 +09 +0900 +09:00", "+0900 +09 +0900 +09:00", "+0900 +09 +0900 +09:00"},
		{"yyyyMMddHHmmss", "20200312152203", "20200312152203", "20312152203"},
		{"yyyy年MM月dd日 HH時mm分", "2020年03月12日 15時22分", "2020年03月12日 15時22分", "2年03月12日 15時22分"},
		{"'T''Z' ''", "T'Z '", "T'Z '", "T'Z '"},
		{"h 'o''clock'", "3 o'clock", "3 o'clock", "3 o'clock"},
		{"[#{é}]", "[#{é}]", "[#{é}]", "[#{é}]"},
		{"", "", "", ""},
	}
	for _, tt := range tests {
		for _, in := range []struct {
			locale Locale
			want   string
		}{{inEnglish, tt.english}, {inJapanese, tt.japanese}, {imperial, tt.imperial}} {
			if got := dateFormat(t, tt.pattern, in.locale, tokyo).Format(at); got != in.want {
				t.Errorf("%q in %v is %s, want %s", tt.pattern, in.locale, got, in.want)
			}
		}
	}
}

func TestDateFormatDays(t *testing.T) {
	t.Parallel()
	tests := []struct{ day, pattern, want string }{
		{"2019-12-31", "YYYY ww W u F D", "2020 01 5 2 5 365"},
		{"2020-01-01", "YYYY ww W u F D", "2020 01 1 3 1 1"},
		{"2021-01-02", "YYYY ww W u F D", "2021 01 1 6 1 2"},
		{"2021-01-03", "YYYY ww W u F D", "2021 02 2 7 1 3"},
		{"2020-12-26", "YYYY ww W u F D", "2020 52 4 6 4 361"},
		{"0001-01-01", "G yyyy", "AD 0001"},
		{"0000-12-31", "G yyyy", "BC 0001"},
		{"-0100-01-01", "G y", "BC 101"},
		{"12345-01-01", "yyyy yy", "12345 45"},
	}
	for _, tt := range tests {
		if got := dateFormat(t, tt.pattern, inEnglish, time.UTC).Format(day(t, tt.day)); got != tt.want {
			t.Errorf("%s by %q is %s, want %s", tt.day, tt.pattern, got, tt.want)
		}
	}
}

// day reads a date with a year of any length and sign.
func day(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := dateFormat(t, "y-M-d", imperial, time.UTC).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return at.AddDate(-2018, 0, 0) // the years were those of Reiwa
}

func TestDateFormatZones(t *testing.T) {
	t.Parallel()
	winter, summer := time.Date(2020, 1, 15, 0, 0, 0, 0, time.UTC), time.Date(2020, 7, 15, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		zone           string
		winter, summer string // z, zzzz, Z, X and XXX
	}{
		{"UTC", "UTC/Coordinated Universal Time/+0000/Z/Z", "UTC/Coordinated Universal Time/+0000/Z/Z"},
		{"GMT", "GMT/Greenwich Mean Time/+0000/Z/Z", "GMT/Greenwich Mean Time/+0000/Z/Z"},
		{"GMT+0900", "GMT+09:00/GMT+09:00/+0900/+09/+09:00", "GMT+09:00/GMT+09:00/+0900/+09/+09:00"},
		{"GMT-00:30", "GMT-00:30/GMT-00:30/-0030/-00/-00:30", "GMT-00:30/GMT-00:30/-0030/-00/-00:30"},
		{"America/New_York", "EST/Eastern Standard Time/-0500/-05/-05:00", "EDT/Eastern Daylight Time/-0400/-04/-04:00"},
		{"Europe/Paris", "CET/Central European Standard Time/+0100/+01/+01:00", "CEST/Central European Summer Time/+0200/+02/+02:00"},
		{"Asia/Shanghai", "CST/China Standard Time/+0800/+08/+08:00", "CST/China Standard Time/+0800/+08/+08:00"},
		{"Asia/Kathmandu", "GMT+05:45/GMT+05:45/+0545/+05/+05:45", "GMT+05:45/GMT+05:45/+0545/+05/+05:45"},
	}
	for _, tt := range tests {
		format := dateFormat(t, "z/zzzz/Z/X/XXX", inEnglish, zone(t, tt.zone))
		if got := format.Format(winter); got != tt.winter {
			t.Errorf("%s in winter is %s, want %s", tt.zone, got, tt.winter)
		}
		if got := format.Format(summer); got != tt.summer {
			t.Errorf("%s in summer is %s, want %s", tt.zone, got, tt.summer)
		}
	}
}

func TestDateParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, text, want string }{
		{"yyyy-MM-dd'T'HH:mm:ssX", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05"},
		{"yyyy-MM-dd'T'HH:mm:ssX", "2020-01-02T03:04:05+09:00", "2020-01-01T18:04:05"},
		{"yyyy-MM-dd HH:mmZ", "2020-01-02 03:04-0330", "2020-01-02T06:34:00"},
		{"yyyy-MM-dd", "2020-01-02 and so on", "2020-01-02T00:00:00"},
		{"yyyy年MM月dd日 HH時mm分", "2020年1月2日 3時4分", "2020-01-02T03:04:00"},
		{"EEE, d MMM yyyy HH:mm:ss Z", "Mon, 6 Jan 2020 01:02:03 +0000", "2020-01-06T01:02:03"},
		{"d MMMM yyyy", "6 jan 2020", "2020-01-06T00:00:00"},
		{"d MMM yyyy", "6 JANUARY 2020", "2020-01-06T00:00:00"},
		// Fields without anything between them.
		{"yyyyMMddHHmmss", "20200102030405", "2020-01-02T03:04:05"},
		{"yyyyMMdd", "2020 1 2", "2020-01-02T00:00:00"},
		{"yyyyMMdd", "2020123", "2020-12-03T00:00:00"},
		{"yyyyMMdd", " 20200102", "0202-03-12T00:00:00"},
		{"yyyyMMMdd", "2020Jan02", "2020-01-02T00:00:00"},
		{"s.SSS", "1.5", "1970-01-01T00:00:01.005"},
		{"s.SSS", "1.1234", "1970-01-01T00:00:02.234"},
		// Out of range.
		{"yyyy-MM-dd", "2020-13-32", "2021-02-01T00:00:00"},
		{"yyyy-MM-dd", "2020-00-00", "2019-11-30T00:00:00"},
		{"yyyy-MM-dd", "2021-02-30", "2021-03-02T00:00:00"},
		{"yyyy-MM", "2020--5", "2019-07-01T00:00:00"},
		{"HH:mm", "24:60", "1970-01-02T01:00:00"},
		{"yyyy-MM-dd", "20-1-2", "0020-01-02T00:00:00"},
		{"yyyy-MM-dd", "２０２０-1-2", "2020-01-02T00:00:00"},
		// Hours.
		{"h a", "12 AM", "1970-01-01T00:00:00"},
		{"h a", "12 pm", "1970-01-01T12:00:00"},
		{"h", "13", "1970-01-01T13:00:00"},
		{"K a", "0 PM", "1970-01-01T12:00:00"},
		{"k", "24", "1970-01-01T00:00:00"},
		{"a", "PM", "1970-01-01T12:00:00"},
		{"a H", "PM 5", "1970-01-01T05:00:00"},
		{"H a", "5 PM", "1970-01-01T05:00:00"},
		{"H h a", "5 6 PM", "1970-01-01T18:00:00"},
		// Other ways to tell a day.
		{"yyyy D", "2020 60", "2020-02-29T00:00:00"},
		{"yyyy-MM-dd D", "2020-05-06 60", "2020-02-29T00:00:00"},
		{"D yyyy-MM-dd", "60 2020-05-06", "2020-05-06T00:00:00"},
		{"yyyy w", "2020 10", "2020-03-01T00:00:00"},
		{"yyyy w E", "2020 10 Tue", "2020-03-03T00:00:00"},
		{"YYYY w u", "2020 10 2", "2020-03-03T00:00:00"},
		{"YYYY w u", "2020 10 8", "2020-03-09T00:00:00"},
		{"YYYY w u", "2020 10 0", "2020-02-23T00:00:00"},
		{"YYYY-MM-dd", "2020-05-06", "2019-12-29T00:00:00"},
		{"yyyy M W", "2020 5 2", "2020-05-03T00:00:00"},
		{"yyyy M W E", "2020 5 2 Tue", "2020-05-05T00:00:00"},
		{"yyyy M F E", "2020 5 2 Tue", "2020-05-12T00:00:00"},
		{"yyyy M F E", "2020 5 -1 Tue", "2020-05-26T00:00:00"},
		{"yyyy M F", "2020 5 2", "2020-05-10T00:00:00"},
		{"yyyy E", "2020 Tue", "2020-01-07T00:00:00"},
		{"yyyy-MM-dd E", "2020-05-06 Tue", "2020-05-06T00:00:00"},
		{"G y", "BC 5", "-0004-01-01T00:00:00"},
		{"G y", "anno domini 5", "0005-01-01T00:00:00"},
		{"y G", "0 BC", "0001-01-01T00:00:00"},
	}
	for _, tt := range tests {
		if got := parsedDate(t, tt.pattern, inEnglish, time.UTC, tt.text); got != tt.want {
			t.Errorf("%q reads %q as %s, want %s", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestDateParseFails(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, text string }{
		{"yyyy-MM-dd", "2020/01/02"},
		{"yyyy-MM-dd", "2020-01"},
		{"yyyy-MM-dd", "2020-01-"},
		{"yyyy-MM-dd", ""},
		{"yyyyMMdd", "202012"},
		{"yyyy", ".5"},
		{"yyyy", "--5"},
		{"MMM", "1"},
		{"d MMM", "6 Foo"},
		{"EEE MMM", "Mon  Jan"},
		{"'a'", "b"},
		{"", "x"},
		{"X", "+9"},
		{"X", "z"},
		{"X", "GMT"},
		{"X", ""},
		{"X", "+24"},
		{"XX", "+09:00"},
		{"XX", "+09"},
		{"XXX", "+0900"},
		{"Z", "Z"},
		{"Z", "+9"},
		{"Z", "+09:00"},
		{"Z", "+0960"},
		{"z", "XYZ"},
		{"z", "GMT+9"},
		{"z", "GMT+"},
		{"z", "America/New_York"},
	}
	for _, tt := range tests {
		want := `java.text.ParseException: Unparseable date: "` + tt.text + `"`
		if got := parsedDate(t, tt.pattern, inEnglish, time.UTC, tt.text); got != want {
			t.Errorf("%q reads %q as %s, want %s", tt.pattern, tt.text, got, want)
		}
	}
}

// Java refuses these numbers if the format is not lenient, and accepts them otherwise.
func TestDateParseStrict(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, good, bad string }{
		{"yyyy-MM-dd", "2024-02-29", "2023-02-29"},
		{"yyyy-MM-dd", "2024-12-31", "2024-13-01"},
		{"yyyy-MM-dd", "2024-1-1", "2024-01-00"},
		{"HH:mm", "23:59", "24:00"},
		{"kk:mm", "24:00", "25:00"},
		{"hh:mm a", "12:30 PM", "13:30 PM"},
		{"mm:ss.SSS", "59:59.999", "60:00.000"},
		{"yyyy D", "2024 366", "2023 366"},
		{"EEE yyyy-MM-dd", "Mon 2024-01-01", "Tue 2024-01-01"},
		{"yyyy-MM-dd'T'HH:mmX", "2024-01-01T00:30+14", "2024-01-01T24:30+14"},
	} {
		f, err := NewSimpleDateFormat(tt.pattern, Locale{}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		lenient, err := f.Parse(tt.good)
		if strict, strictErr := f.ParseStrict(tt.good); err != nil || strictErr != nil || !strict.Equal(lenient) {
			t.Errorf("%s: %s is %s, %v, strictly %s, %v", tt.pattern, tt.good, lenient, err, strict, strictErr)
		}
		if _, err := f.Parse(tt.bad); err != nil {
			t.Errorf("%s: %s is refused: %v", tt.pattern, tt.bad, err)
		}
		if at, err := f.ParseStrict(tt.bad); err == nil {
			t.Errorf("%s: %s is strictly %s", tt.pattern, tt.bad, at)
		}
	}
	f, err := NewSimpleDateFormat("GGGGy年M月d日", Locale{Language: "ja", Country: "JP", Variant: "JP"}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{"平成31年4月30日": true, "平成31年5月1日": false, "令和元年5月1日": true, "昭和64年1月8日": false} {
		if at, err := f.ParseStrict(text); (err == nil) != good {
			t.Errorf("%s is strictly %s, %v", text, at, err)
		}
	}
}

func TestDateParseZones(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, text, want string }{
		{"X", "+09:00", "1969-12-31T15:00:00"},
		{"X", "-00", "1970-01-01T00:00:00"},
		{"X", " +09", "1969-12-31T15:00:00"},
		{"XX", "+0930", "1969-12-31T14:30:00"},
		{"XXX", "-09:30", "1970-01-01T09:30:00"},
		{"Z", "+0900", "1969-12-31T15:00:00"},
		{"Z", "gmt", "1970-01-01T00:00:00"},
		{"Z", "GMT+09:00", "1969-12-31T15:00:00"},
		{"z", "GMT-5:30", "1970-01-01T05:30:00"},
		{"z", "UTC", "1970-01-01T00:00:00"},
		{"z", "jst", "1969-12-31T15:00:00"},
		{"z", "PST", "1970-01-01T08:00:00"},
		{"z", "PDT", "1970-01-01T07:00:00"},
		{"z", "CEST", "1969-12-31T22:00:00"},
		{"z", "Japan Standard Time", "1969-12-31T15:00:00"},
		{"z", "IST", "1969-12-31T23:00:00"}, // what Dublin says goes first
		{"H", "0", "1969-12-31T23:00:00"},   // Dublin kept +01:00 all year then
	}
	for _, tt := range tests {
		if got := parsedDate(t, tt.pattern, inEnglish, zone(t, "Europe/Dublin"), tt.text); got != tt.want {
			t.Errorf("%q reads %q as %s, want %s", tt.pattern, tt.text, got, tt.want)
		}
	}
	if got := parsedDate(t, "z", inJapanese, time.UTC, "日本標準時"); got != "1969-12-31T15:00:00" {
		t.Errorf("日本標準時 is read as %s", got)
	}
}

func TestDateParseTwoDigitYear(t *testing.T) {
	t.Parallel()
	format := dateFormat(t, "yy-MM-dd", inEnglish, time.UTC)
	format.centuryStart = time.Date(1946, 6, 15, 0, 0, 0, 0, time.UTC)
	tests := []struct{ text, want string }{
		{"45-12-31", "2045-12-31"},
		{"46-06-14", "2046-06-14"},
		{"46-06-15", "1946-06-15"},
		{"47-01-01", "1947-01-01"},
		{"00-01-01", "2000-01-01"},
		{"20-1-2", "2020-01-02"},
		{"2-1-2", "0002-01-02"},
		{"120-1-2", "0120-01-02"},
		{"２０-1-2", "2020-01-02"},
	}
	for _, tt := range tests {
		at, err := format.Parse(tt.text)
		if got := FormatDate(at, time.UTC); got != tt.want || err != nil {
			t.Errorf("%s is read as %s, %v, want %s", tt.text, got, err, tt.want)
		}
	}
}

func TestDateParseJapanese(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, text, want string }{
		{"yyyy年M月d日(E)", "2020年1月2日(木)", "2020-01-02T00:00:00"},
		{"MMMd", "3月5", "1970-03-05T00:00:00"},
		{"MMM", "12月", "1970-12-01T00:00:00"},
		{"a h", "午後 3", "1970-01-01T15:00:00"},
		{"Gy", "紀元前5", "-0004-01-01T00:00:00"},
	}
	for _, tt := range tests {
		if got := parsedDate(t, tt.pattern, inJapanese, time.UTC, tt.text); got != tt.want {
			t.Errorf("%q reads %q as %s, want %s", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestImperialFormat(t *testing.T) {
	t.Parallel()
	tests := []struct{ day, long, short string }{
		{"0000-06-01", "西暦0年", "西暦0"},
		{"1867-12-31", "西暦1867年", "西暦1867"},
		{"1868-01-01", "明治元年", "M1"},
		{"1912-07-29", "明治45年", "M45"},
		{"1912-07-30", "大正元年", "T1"},
		{"1926-12-24", "大正15年", "T15"},
		{"1926-12-25", "昭和元年", "S1"},
		{"1989-01-07", "昭和64年", "S64"},
		{"1989-01-08", "平成元年", "H1"},
		{"2019-04-30", "平成31年", "H31"},
		{"2019-05-01", "令和元年", "R1"},
		{"2020-10-03", "令和2年", "R2"},
		{"12345-01-01", "令和10327年", "R10327"},
	}
	long, short := dateFormat(t, "GGGGyyyy年", imperial, time.UTC), dateFormat(t, "Gy", imperial, time.UTC)
	for _, tt := range tests {
		at := day(t, tt.day)
		if got := long.Format(at); got != tt.long {
			t.Errorf("%s is %s, want %s", tt.day, got, tt.long)
		}
		if got := short.Format(at); got != tt.short {
			t.Errorf("%s is %s, want %s", tt.day, got, tt.short)
		}
	}
	// The first year of an era starts with the era.
	if got := dateFormat(t, "D w", imperial, time.UTC).Format(day(t, "2019-05-06")); got != "6 2" {
		t.Errorf("2019-05-06 is day and week %s, want 6 2", got)
	}
}

func TestImperialParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, text, want string }{
		{"GGGGyyyy年M月d日", "令和3年9月10日", "2021-09-10T00:00:00"},
		{"GGGGyyyy年M月d日", "令和元年5月1日", "2019-05-01T00:00:00"},
		{"GGGGy年M月d日", "昭和64年1月7日", "1989-01-07T00:00:00"},
		{"GGGGyyyy年M月d日", "平成32年1月1日", "2020-01-01T00:00:00"},
		{"GGGGyyyy年M月d日", "平成0年1月1日", "1988-01-01T00:00:00"},
		{"GGGGyyyy年M月d日", "西暦2021年1月1日", "2021-01-01T00:00:00"},
		{"Gy.M.d", "H3.9.10", "1991-09-10T00:00:00"},
		{"Gy.M.d", "平成3.9.10", "1991-09-10T00:00:00"},
		{"GGGGy D", "令和1 3", "2019-05-03T00:00:00"},
		{"GGGGy w E", "令和1 2 月", "2019-05-06T00:00:00"},
		{"yyyy-MM-dd", "3-01-02", "2021-01-02T00:00:00"},
		{"YYYY-MM", "3-05", "2021-05-01T00:00:00"},
		{"GGGG", "平成", "1989-01-01T00:00:00"},
		{"MM-dd", "01-02", "1970-01-02T00:00:00"},
	}
	for _, tt := range tests {
		if got := parsedDate(t, tt.pattern, imperial, time.UTC, tt.text); got != tt.want {
			t.Errorf("%q reads %q as %s, want %s", tt.pattern, tt.text, got, tt.want)
		}
	}
}

// No number is too large to be read, formatted and read again.
func TestDateExtremes(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("9", 30)
	for _, locale := range []Locale{inEnglish, imperial} {
		format := dateFormat(t, "G y Y M w W D d F E u a H k K h m s S z Z X", locale, zone(t, "America/New_York"))
		for _, letter := range "yYMwWDdFuHkKhmsS" {
			for _, sign := range []string{"", "-"} {
				at, err := dateFormat(t, string(letter), locale, time.UTC).Parse(sign + digits)
				if err != nil {
					t.Errorf("%c cannot be %s: %v", letter, sign+digits, err)
				}
				if text := format.Format(at); len(text) < 40 {
					t.Errorf("%s is formatted as %s", at, text)
				}
			}
		}
	}
}

func FuzzSimpleDateFormat(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2020-01-02T03:04:05.678+09:00", int64(1583994123045), uint8(0))
	f.Add("GGGGyyyy年M月d日 a h:mm", "令和元年5月1日 午後 3:04", int64(1556636400000), uint8(2))
	f.Add("EEEE, d MMMM yyyy hh:mm a z", "Monday, 6 January 2020 01:02 PM PST", int64(-1), uint8(0))
	f.Add("YYYY-'W'ww-u kk", "2020-W01-1 24", int64(1577836799000), uint8(1))
	f.Add("yy D F W K ''", "20 1 -1 99 5 '", int64(253402300800000), uint8(1))
	locales := []Locale{inEnglish, inJapanese, imperial}
	newYork := zone(f, "America/New_York")
	f.Fuzz(func(t *testing.T, pattern, text string, millis int64, which uint8) {
		locale := locales[int(which)%len(locales)]
		format, err := NewSimpleDateFormat(pattern, locale, newYork)
		if err != nil {
			var e *Exception
			if !errors.As(err, &e) || e.Class != "java.lang.IllegalArgumentException" {
				t.Fatalf("NewSimpleDateFormat(%q): %v", pattern, err)
			}
			return
		}
		if at, err := format.Parse(text); err == nil {
			_ = format.Format(at)
		} else if want := `java.text.ParseException: Unparseable date: "` + text + `"`; err.Error() != want {
			t.Errorf("%q fails to read %q with %v", pattern, text, err)
		}
		// With a whole date and time around it, any pattern reads what it wrote.
		const year = int64(365 * 24 * 60 * 60 * 1000)
		at := time.UnixMilli(millis % (1500 * year))
		for _, whole := range []string{"GGGG y-MM-dd HH:mm:ss.SSS XX|", "GGGGyyyy年DDD日kk:mm:ss:SSSZ|"} {
			format := dateFormat(t, whole+quoted(pattern), locale, time.UTC)
			again, err := format.Parse(format.Format(at))
			if err != nil || !again.Equal(at) {
				t.Errorf("%q in %v writes %s and reads %s, %v", whole, locale, format.Format(at), again, err)
			}
		}
	})
}

// quoted returns a pattern that is the text.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + " '"
}

func BenchmarkSimpleDateFormat(b *testing.B) {
	format := dateFormat(b, "yyyy-MM-dd'T'HH:mm:ssX", inEnglish, zone(b, "Asia/Tokyo"))
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	b.Run("format", func(b *testing.B) {
		for b.Loop() {
			_ = format.Format(at)
		}
	})
	text := format.Format(at)
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, _ = format.Parse(text)
		}
	})
}
