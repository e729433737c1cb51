package hostapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestRunState(t *testing.T) {
	t.Parallel()
	var none *hostapi.RunState
	none.Set("a", 1)
	if none.Get("a") != nil {
		t.Error("nil keeps a value")
	}
	s := new(hostapi.RunState)
	for i, key := range []any{"a", "b", 3} {
		if s.Get(key) != nil {
			t.Errorf("%v is there before it is set", key)
		}
		s.Set(key, i)
	}
	s.Set("b", "again")
	s.Set(nil, "lost")
	if s.Get("a") != 0 || s.Get("b") != "again" || s.Get(3) != 2 || s.Get(nil) != nil {
		t.Errorf("%v, %v, %v, %v", s.Get("a"), s.Get("b"), s.Get(3), s.Get(nil))
	}
}
