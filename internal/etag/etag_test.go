package etag_test

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/etag"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	tag, other := etag.Of("Ada", 1), etag.Of("Ada", 2)
	if tag == other || tag != etag.Of("Ada", 1) || tag[0] != '"' {
		t.Errorf("tags %s and %s", tag, other)
	}
	for _, test := range []struct {
		match   etag.Match
		present string
		want    bool
	}{
		{etag.Match{}, tag, true},
		{etag.Match{}, "", true},
		{etag.Match{Tags: tag}, tag, true},
		{etag.Match{Tags: other + " , " + tag}, tag, true},
		{etag.Match{Tags: "*"}, tag, true},
		{etag.Match{Tags: "*"}, "", false},
		{etag.Match{Tags: tag}, "", false},
		{etag.Match{Tags: other}, tag, false},
		{etag.Match{Tags: "W/" + tag}, tag, false},
		{etag.Match{Tags: "garbage"}, tag, false},
		{etag.Match{New: true}, "", true},
		{etag.Match{New: true}, tag, false},
	} {
		err := test.match.Check("save", "Ada", test.present)
		if (err == nil) != test.want {
			t.Errorf("%+v with %q: %v", test.match, test.present, err)
		}
		if err != nil && (!errors.Is(err, etag.ErrChanged) || hostapi.CodeOf(err) != hostapi.CodeInvalidArgument) {
			t.Errorf("%+v: %v", test.match, err)
		}
	}
}
