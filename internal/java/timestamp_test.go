package java

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestParseTimestamp(t *testing.T) {
	t.Parallel()
	const format = "java.lang.IllegalArgumentException: Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]"
	tests := []struct{ text, want string }{
		{"2020-03-14 23:45:00", "2020-03-14 23:45:00.0"},
		{"2020-1-2 3:4:5", "2020-01-02 03:04:05.0"},
		{"2020-01-02 03:04:05.100", "2020-01-02 03:04:05.1"},
		{"2020-01-02 03:04:05.123456789", "2020-01-02 03:04:05.123456789"},
		{"2020-01-02 03:04:05.000000001", "2020-01-02 03:04:05.000000001"},
		{"  2020-01-02 03:04:05\n", "2020-01-02 03:04:05.0"},
		{"2020-02-31 25:61:61", "2020-03-03 02:02:01.0"},
		{"2020-01-02 03:04:99999", "2020-01-03 06:50:39.0"},
		{"2020-01-02 -3:04:05", "2020-01-01 21:04:05.0"},
		{"0000-01-02 03:04:05", "0001-01-02 03:04:05.0"},
		{"9999-12-31 23:59:59.999999999", "9999-12-31 23:59:59.999999999"},
		{"2020-01-02 03:04:05.", format},
		{"2020-01-02 03:04:05.1234567890", format},
		{"2020-01-02 03:04:05.-1", format},
		{"2020-01-02 03:04:05.1a", format},
		{"2020-01-02 03:04:05 x", format},
		{"2020-13-01 00:00:00", format},
		{"2020-00-01 00:00:00", format},
		{"2020-01-32 00:00:00", format},
		{"20200-01-02 03:04:05", format},
		{"020-01-02 03:04:05", format},
		{"2020-01-02", format},
		{"2020-01-02T03:04:05", format},
		{"2020-01-02  03:04:05", format},
		{"2020-01-02 03:04", format},
		{"2020-01-02 03:04:05:06", format},
		{"2020-01-02 99999999999:04:05", format},
		{"", format},
	}
	for _, tt := range tests {
		at, err := ParseTimestamp(tt.text, time.UTC)
		got := FormatTimestamp(at, time.UTC)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParseTimestamp(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	const format = "java.lang.IllegalArgumentException: Date format must be yyyy-mm-dd"
	tests := []struct{ text, want string }{
		{"2020-01-02", "2020-01-02"},
		{"2020-1-2", "2020-01-02"},
		{"2020-02-31", "2020-03-02"},
		{"2020-13-01", format},
		{"2020-01-00", format},
		{"2020-01", format},
		{" 2020-01-02", format},
		{"2020-01-02x", format},
		{"20200-01-02", format},
		{"bad", format},
		{"", format},
	}
	tokyo := zone(t, "Asia/Tokyo")
	for _, tt := range tests {
		day, err := ParseDate(tt.text, tokyo)
		got := FormatDate(day, tokyo)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParseDate(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
	day, err := ParseDate("2020-01-02", tokyo)
	if want := int64(1577890800000); err != nil || day.UnixMilli() != want {
		t.Errorf("2020-01-02 in Tokyo is %d, %v, want %d", day.UnixMilli(), err, want)
	}
}

// Clocks that are put forward skip an hour, and those put back show one twice.
func TestTimestampDaylightSaving(t *testing.T) {
	t.Parallel()
	tests := []struct{ zone, text, utc string }{
		{"America/New_York", "2020-03-08 01:59:59", "2020-03-08 06:59:59.0"},
		{"America/New_York", "2020-03-08 02:30:00", "2020-03-08 07:30:00.0"},
		{"America/New_York", "2020-03-08 03:00:00", "2020-03-08 07:00:00.0"},
		{"America/New_York", "2020-11-01 00:59:00", "2020-11-01 04:59:00.0"},
		{"America/New_York", "2020-11-01 01:30:00", "2020-11-01 06:30:00.0"},
		{"America/New_York", "2020-11-01 02:00:00", "2020-11-01 07:00:00.0"},
		{"Australia/Sydney", "2020-10-04 02:30:00", "2020-10-03 16:30:00.0"},
		{"Australia/Sydney", "2020-04-05 02:30:00", "2020-04-04 16:30:00.0"},
		{"America/Sao_Paulo", "2018-11-04 00:00:00", "2018-11-04 03:00:00.0"},
		{"Asia/Tokyo", "2020-03-08 02:30:00", "2020-03-07 17:30:00.0"},
	}
	for _, tt := range tests {
		at, err := ParseTimestamp(tt.text, zone(t, tt.zone))
		if got := FormatTimestamp(at, time.UTC); got != tt.utc || err != nil {
			t.Errorf("%s in %s is %s, %v, want %s", tt.text, tt.zone, got, err, tt.utc)
		}
	}
}

func TestFormatTimestampExtremes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		millis int64
		want   string
	}{
		{-1, "1969-12-31 23:59:59.999"},
		{253402300800000, "10000-01-01 00:00:00.0"},
		{math.MaxInt64, "292278994-08-17 07:12:55.807"},
		{math.MinInt64, "292275056-05-16 16:47:04.192"},
	}
	for _, tt := range tests {
		if got := FormatTimestamp(time.UnixMilli(tt.millis), time.UTC); got != tt.want {
			t.Errorf("FormatTimestamp of %d = %s, want %s", tt.millis, got, tt.want)
		}
	}
}

func FuzzParseTimestamp(f *testing.F) {
	for _, seed := range []string{
		"2020-03-14 23:45:00", "2020-1-2 3:4:5.678", "2020-11-01 01:30:00", "2020-03-08 02:30:00", "0001-01-01 00:00:00",
	} {
		f.Add(seed)
	}
	newYork := zone(f, "America/New_York")
	f.Fuzz(func(t *testing.T, text string) {
		for _, loc := range []*time.Location{time.UTC, newYork} {
			at, err := ParseTimestamp(text, loc)
			if err != nil {
				var e *Exception
				if !errors.As(err, &e) || e.Class != "java.lang.IllegalArgumentException" {
					t.Fatalf("ParseTimestamp(%q): %v", text, err)
				}
				continue
			}
			if year := at.In(loc).Year(); year < 1 || year > 9999 {
				continue // more than it can read, or without an era
			}
			written := FormatTimestamp(at, loc)
			again, err := ParseTimestamp(written, loc)
			// An hour that occurs twice is read as its second occurrence.
			if err != nil || FormatTimestamp(again, loc) != written || again.Before(at) {
				t.Errorf("%q is %s, which reads as %s, %v", text, written, again, err)
			}
		}
	})
}
