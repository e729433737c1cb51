package timezone_test

import (
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/timezone"
)

func TestParse(t *testing.T) {
	t.Parallel()
	// The offset on 2020-07-01.
	tests := []struct {
		id     string
		name   string
		offset string
	}{
		{"UTC", "UTC", "+0000"},
		{"Z", "UTC", "+0000"},
		{"GMT", "GMT", "+0000"},
		{"GMT+0", "GMT", "+0000"},
		{"GMT+9", "GMT+09:00", "+0900"},
		{"GMT+09", "GMT+09:00", "+0900"},
		{"GMT+0900", "GMT+09:00", "+0900"},
		{"GMT+09:00", "GMT+09:00", "+0900"},
		{"GMT+9:30", "GMT+09:30", "+0930"},
		{"GMT-0430", "GMT-04:30", "-0430"},
		{"+09:00", "GMT+09:00", "+0900"},
		{"-0330", "GMT-03:30", "-0330"},
		{"GMT+23:59", "GMT+23:59", "+2359"},
		{"Asia/Tokyo", "Asia/Tokyo", "+0900"},
		{"America/New_York", "America/New_York", "-0400"},
		{"America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires", "-0300"},
		{"Etc/GMT+9", "Etc/GMT+9", "-0900"},
		{"JST", "Asia/Tokyo", "+0900"},
		{"PST", "America/Los_Angeles", "-0700"},
		{"EST", "EST", "-0500"},
	}
	for _, tt := range tests {
		loc, err := timezone.Parse(tt.id)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.id, err)
			continue
		}
		offset := time.Date(2020, 7, 1, 0, 0, 0, 0, loc).Format("-0700")
		if loc.String() != tt.name || offset != tt.offset {
			t.Errorf("Parse(%q) = %s at %s, want %s at %s", tt.id, loc, offset, tt.name, tt.offset)
		}
	}
}

func TestParseUnknown(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"", "Local", "localtime", "Nowhere/City", "GMT+24:00", "GMT+9:60", "GMT+", "GMT+090000", "UTC+9", "9",
		"../etc/passwd", "/etc/localtime", "Asia/../UTC", "Asia/", "zone.tab", "posix/UTC", strings.Repeat("A", 1<<20),
	} {
		_, err := timezone.Parse(id)
		if hostapi.CodeOf(err) != hostapi.CodeConfig {
			t.Errorf("Parse(%.40q) gives %v", id, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		minutes int
		want    string
	}{
		{0, "GMT"}, {540, "GMT+09:00"}, {-270, "GMT-04:30"}, {345, "GMT+05:45"}, {-30, "GMT-00:30"},
	}
	for _, tt := range tests {
		if got := timezone.ID(tt.minutes); got != tt.want {
			t.Errorf("ID(%d) = %s, want %s", tt.minutes, got, tt.want)
		}
	}
}
