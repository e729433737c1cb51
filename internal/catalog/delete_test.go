package catalog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
)

// What a schedule or a run needs is not deleted, on request or because there are many newer versions.
func TestUsedVersions(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		uses := []catalog.Use{{Version: 0, Schedule: "follows"}, {Version: 2, Schedule: "nightly"}, {Version: 3, Runs: 1}}
		c.KeepUsed(func(context.Context, *sql.Tx, string) ([]catalog.Use, error) { return uses, nil })
		for i := range 5 {
			register(t, c, script("greet", fmt.Sprint(i)))
		}
		for version, want := range map[int64]string{2: "the schedule nightly starts it", 3: "a run of it has not ended"} {
			err := c.DeleteVersion(t.Context(), "greet", version)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || !errors.Is(err, catalog.ErrConflict) || !strings.Contains(e.Message, want) || e.Hint == "" {
				t.Errorf("version %d: %v", version, err)
			}
		}
		if err := c.DeleteVersion(t.Context(), "greet", 1); err != nil {
			t.Errorf("one that is not used: %v", err)
		}
		if err := c.Delete(t.Context(), "greet", etag.Match{}); !errors.Is(err, catalog.ErrConflict) || !strings.Contains(err.Error(), "the schedule follows starts it") {
			t.Errorf("the task: %v", err)
		}
		for i := range catalog.KeptVersions {
			register(t, c, script("greet", fmt.Sprint("newer ", i)))
		}
		versions, err := c.Versions(t.Context(), "greet")
		if err != nil {
			t.Fatal(err)
		}
		var last []int64
		for _, v := range versions[len(versions)-3:] {
			last = append(last, v.Version)
		}
		if len(versions) != 53 || fmt.Sprint(last) != "[5 3 2]" {
			t.Errorf("%d versions, the last are %v, want those that are used as well", len(versions), last)
		}
		uses = []catalog.Use{{Version: 2, Runs: 2}, {Version: 3, Runs: 1}}
		if err := c.Delete(t.Context(), "greet", etag.Match{}); !errors.Is(err, catalog.ErrConflict) || !strings.Contains(err.Error(), "3 runs of it have not ended") {
			t.Errorf("the task, with runs: %v", err)
		}
		uses = nil
		if err := c.Delete(t.Context(), "greet", etag.Match{}); err != nil {
			t.Errorf("when nothing uses it: %v", err)
		}
	})
}

// The numbers of the versions of a deleted task are not used again: what has loaded one, and runs and schedules that
// name one, do not get another script.
func TestNumbersAfterDelete(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		c := newCatalog(t, db)
		l, _ := newLoader(t, c)
		for _, want := range []int64{1, 2} {
			d := register(t, c, script("greet", fmt.Sprintf("engine.log('%d')", want)))
			loaded, err := l.Load(t.Context(), "greet", 0)
			if err != nil || d.Version != want || loaded.Definition.Digest != d.Digest {
				t.Errorf("version %d, %v; want %d, and its script", d.Version, err, want)
			}
			if err := c.Delete(t.Context(), "greet", etag.Match{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
