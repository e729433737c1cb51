package runs_test

import (
	"testing"

	"github.com/postern-dev/postern/internal/runs"
)

// A cursor that is accepted is one that a list can have returned.
func FuzzCursor(f *testing.F) {
	f.Add(runs.EncodeCursor(1_700_000_000_000, "0190163d-8694-739b-aea5-966c26f8ad91"))
	f.Add("MQ")
	f.Add("MSAAeA")
	f.Fuzz(func(t *testing.T, cursor string) {
		created, id, err := runs.DecodeCursor(cursor)
		if err != nil {
			return
		}
		again, same, err := runs.DecodeCursor(runs.EncodeCursor(created, id))
		if err != nil || again != created || same != id {
			t.Errorf("%q: %d %q; again: %d %q, %v", cursor, created, id, again, same, err)
		}
	})
}
