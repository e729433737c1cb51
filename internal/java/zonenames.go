package java

import (
	"strings"
	"time"

	"github.com/postern-dev/postern/internal/timezone"
)

// zoneNames are the names of zones that may occur in a date. Where zones share an
// abbreviation, as China and the United States share CST, the first is read.
//
//nolint:gochecknoglobals // a table, never changed
var zoneNames = []struct {
	short  string
	offset int // minutes east of Greenwich
	long   [2]string
}{
	{"UTC", 0, [2]string{english: "Coordinated Universal Time", japanese: "協定世界時"}},
	{"GMT", 0, [2]string{english: "Greenwich Mean Time", japanese: "グリニッジ標準時"}},
	{"JST", 540, [2]string{english: "Japan Standard Time", japanese: "日本標準時"}},
	{"EST", -300, [2]string{english: "Eastern Standard Time", japanese: "アメリカ東部標準時"}},
	{"EDT", -240, [2]string{english: "Eastern Daylight Time", japanese: "アメリカ東部夏時間"}},
	{"CST", -360, [2]string{english: "Central Standard Time", japanese: "アメリカ中部標準時"}},
	{"CDT", -300, [2]string{english: "Central Daylight Time", japanese: "アメリカ中部夏時間"}},
	{"MST", -420, [2]string{english: "Mountain Standard Time", japanese: "アメリカ山地標準時"}},
	{"MDT", -360, [2]string{english: "Mountain Daylight Time", japanese: "アメリカ山地夏時間"}},
	{"PST", -480, [2]string{english: "Pacific Standard Time", japanese: "アメリカ太平洋標準時"}},
	{"PDT", -420, [2]string{english: "Pacific Daylight Time", japanese: "アメリカ太平洋夏時間"}},
	{"AKST", -540, [2]string{english: "Alaska Standard Time", japanese: "アラスカ標準時"}},
	{"AKDT", -480, [2]string{english: "Alaska Daylight Time", japanese: "アラスカ夏時間"}},
	{"HST", -600, [2]string{english: "Hawaii-Aleutian Standard Time", japanese: "ハワイ・アリューシャン標準時"}},
	{"AST", -240, [2]string{english: "Atlantic Standard Time", japanese: "大西洋標準時"}},
	{"ADT", -180, [2]string{english: "Atlantic Daylight Time", japanese: "大西洋夏時間"}},
	{"WET", 0, [2]string{english: "Western European Standard Time", japanese: "西ヨーロッパ標準時"}},
	{"WEST", 60, [2]string{english: "Western European Summer Time", japanese: "西ヨーロッパ夏時間"}},
	{"CET", 60, [2]string{english: "Central European Standard Time", japanese: "中央ヨーロッパ標準時"}},
	{"CEST", 120, [2]string{english: "Central European Summer Time", japanese: "中央ヨーロッパ夏時間"}},
	{"EET", 120, [2]string{english: "Eastern European Standard Time", japanese: "東ヨーロッパ標準時"}},
	{"EEST", 180, [2]string{english: "Eastern European Summer Time", japanese: "東ヨーロッパ夏時間"}},
	{"BST", 60, [2]string{english: "British Summer Time", japanese: "英国夏時間"}},
	{"MSK", 180, [2]string{english: "Moscow Standard Time", japanese: "モスクワ標準時"}},
	{"IST", 330, [2]string{english: "India Standard Time", japanese: "インド標準時"}},
	{"CST", 480, [2]string{english: "China Standard Time", japanese: "中国標準時"}},
	{"HKT", 480, [2]string{english: "Hong Kong Standard Time", japanese: "香港標準時"}},
	{"KST", 540, [2]string{english: "Korean Standard Time", japanese: "韓国標準時"}},
	{"AEST", 600, [2]string{english: "Australian Eastern Standard Time", japanese: "オーストラリア東部標準時"}},
	{"AEDT", 660, [2]string{english: "Australian Eastern Daylight Time", japanese: "オーストラリア東部夏時間"}},
	{"NZST", 720, [2]string{english: "New Zealand Standard Time", japanese: "ニュージーランド標準時"}},
	{"NZDT", 780, [2]string{english: "New Zealand Daylight Time", japanese: "ニュージーランド夏時間"}},
}

// zoneText returns the abbreviation of a zone, its long name if that is asked for
// and known, or its offset.
func zoneText(t time.Time, long bool, lang language) string {
	name, seconds := t.Zone()
	if !isAbbreviation(name) {
		return timezone.ID(seconds / 60)
	}
	for _, zone := range zoneNames {
		if long && zone.short == name && zone.offset*60 == seconds {
			return zone.long[lang]
		}
	}
	return name
}

// isAbbreviation tells a name such as "JST" from Go's offsets, such as "+08".
func isAbbreviation(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r < 'A' || r > 'Z' })
}

// matchZone returns the offset of the zone whose name text starts with, and the
// length of that name, 0 for none. The names of loc in this year go first.
func matchZone(text string, loc *time.Location, year int, lang language) (offset, length int) {
	for _, month := range []time.Month{time.January, time.July} {
		name, seconds := time.Date(year, month, 1, 0, 0, 0, 0, loc).Zone()
		if _, n := matchName(text, []string{name}); n > length && isAbbreviation(name) {
			offset, length = seconds/60, n
		}
	}
	for _, zone := range zoneNames {
		if _, n := matchName(text, []string{zone.short, zone.long[lang]}); n > length {
			offset, length = zone.offset, n
		}
	}
	return offset, length
}
