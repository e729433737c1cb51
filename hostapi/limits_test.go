package hostapi_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestLimitsOr(t *testing.T) {
	t.Parallel()
	base := hostapi.DefaultLimits()
	if got := (hostapi.Limits{}).Or(base); got != base {
		t.Errorf("zero limits became %+v, want the defaults", got)
	}
	got := hostapi.Limits{Time: time.Minute, Requests: -1, Memory: 1 << 40}.Or(base)
	want := base
	want.Time, want.Requests, want.Memory = time.Minute, -1, 1<<40
	if got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
}

func TestLimitsWithin(t *testing.T) {
	t.Parallel()
	ceiling := hostapi.DefaultLimits()
	ceiling.Redirects = -1 // an engine that follows none
	if got := (hostapi.Limits{}).Within(ceiling); got != ceiling {
		t.Errorf("zero limits became %+v, want the ceiling", got)
	}
	got := hostapi.Limits{Time: time.Hour, Requests: 7, ResponseBytes: -1, Redirects: 5}.Within(ceiling)
	want := ceiling
	want.Requests, want.ResponseBytes = 7, -1
	if got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
}

// Every field has a default, is filled in and is capped. A new one that is
// forgotten in one of these places would be unlimited.
func TestEveryLimitCounts(t *testing.T) {
	t.Parallel()
	defaults := reflect.ValueOf(hostapi.DefaultLimits())
	for i := range defaults.NumField() {
		name := defaults.Type().Field(i).Name
		if defaults.Field(i).Int() <= 0 {
			t.Errorf("%s has no default", name)
		}
		for _, tt := range []struct{ own, or, within int64 }{
			{0, 100, 100}, {7, 7, 7}, {1000, 1000, 100}, {-1, -1, -1}, {-7, -1, -1},
		} {
			var own, base hostapi.Limits
			reflect.ValueOf(&own).Elem().Field(i).SetInt(tt.own)
			reflect.ValueOf(&base).Elem().Field(i).SetInt(100)
			if got := reflect.ValueOf(own.Or(base)).Field(i).Int(); got != tt.or {
				t.Errorf("%s %d or 100 is %d, want %d", name, tt.own, got, tt.or)
			}
			// What allows nothing must not become the default when it is read again.
			for _, again := range []hostapi.Limits{own.Or(base).Or(base), own.Or(base).Within(own.Or(base))} {
				if got := reflect.ValueOf(again).Field(i).Int(); got != tt.or {
					t.Errorf("%s %d or 100, read again, is %d, want %d", name, tt.own, got, tt.or)
				}
			}
			for _, again := range []hostapi.Limits{own.Within(base).Within(base), own.Within(base).Or(base)} {
				if got := reflect.ValueOf(again).Field(i).Int(); got != tt.within {
					t.Errorf("%s %d within 100, read again, is %d, want %d", name, tt.own, got, tt.within)
				}
			}
			if got := reflect.ValueOf(own.Within(base)).Field(i).Int(); got != tt.within {
				t.Errorf("%s %d within 100 is %d, want %d", name, tt.own, got, tt.within)
			}
		}
	}
}
