package java

import (
	"strings"
	"testing"
	"time"
)

// zone returns the location of a test.
func zone(t testing.TB, id string) *time.Location {
	t.Helper()
	loc, err := ParseZone(id)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseZoneUnknown(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"", "Local", "localtime", "Nowhere/City", "GMT+24:00", "GMT+9:60", "GMT+", "GMT+090000", "UTC+9", "9",
		"../etc/passwd", "/etc/localtime", "Asia/../UTC", "Asia/", "zone.tab", "posix/UTC", strings.Repeat("A", 1<<20),
	} {
		_, err := ParseZone(id)
		if err == nil || !strings.HasPrefix(err.Error(), "java.lang.IllegalArgumentException: Unknown time zone: ") {
			t.Errorf("ParseZone(%.40q) gives %v", id, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("the exception has %d bytes", len(err.Error()))
		}
	}
}
