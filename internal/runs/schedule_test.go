package runs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/runs"
)

// Ticks follow the clock of the zone. On 8 March 2026, the clock of New York goes from 2:00 to
// 3:00; on 1 November, from 2:00 back to 1:00. That of Cairo skips the first hour of 24 April, that of
// Berlin one on 29 March, and that of Lord Howe Island half an hour on 4 October.
func TestTicks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ schedule, after, want string }{
		{"TZ=Africa/Cairo @daily", "2026-04-23 12:00 EET", "2026-04-24 01:00 EEST, 2026-04-25 00:00 EEST"},
		{"TZ=Africa/Cairo 30 0 24 4 *", "2026-04-23 12:00 EET", "2026-04-24 01:30 EEST, 2027-04-24 00:30 EET"},
		{"TZ=Africa/Cairo 0 0,1 * * *", "2026-04-23 12:00 EET", "2026-04-24 01:00 EEST, 2026-04-25 00:00 EEST"},
		{"TZ=Europe/Berlin */30 2 * * *", "2026-03-28 12:00 CET", "2026-03-29 03:00 CEST, 2026-03-29 03:30 CEST, 2026-03-30 02:00 CEST"},
		{"TZ=Europe/Berlin 0 */2 * * *", "2026-03-29 00:00 CET", "2026-03-29 03:00 CEST, 2026-03-29 04:00 CEST"},
		{"TZ=Europe/Berlin 30 2 * * *", "2026-10-24 12:00 CEST", "2026-10-25 02:30 CEST, 2026-10-26 02:30 CET"},
		{"TZ=Australia/Lord_Howe 15 2 * * *", "2026-10-03 01:30 UTC", "2026-10-04 02:45 +11, 2026-10-05 02:15 +11"},
		{"30 2 * * *", "2026-03-07 22:00 EST", "2026-03-08 03:30 EDT, 2026-03-09 02:30 EDT"},
		{"0 3 * * *", "2026-03-07 22:00 EST", "2026-03-08 03:00 EDT, 2026-03-09 03:00 EDT"},
		{"0,30 1,2,3 * * *", "2026-03-08 01:00 EST", "2026-03-08 01:30 EST, 2026-03-08 03:00 EDT, 2026-03-08 03:30 EDT, 2026-03-09 01:00 EDT"},
		{"0 * * * *", "2026-03-08 01:00 EST", "2026-03-08 03:00 EDT, 2026-03-08 04:00 EDT"},
		{"30 1 * * *", "2026-10-31 22:00 EDT", "2026-11-01 01:30 EDT, 2026-11-02 01:30 EST"},
		{"30 2 * * *", "2026-10-31 22:00 EDT", "2026-11-01 02:30 EST, 2026-11-02 02:30 EST"},
		{"30 * * * *", "2026-11-01 01:00 EDT", "2026-11-01 01:30 EDT, 2026-11-01 01:30 EST, 2026-11-01 02:30 EST"},
		{"*/30 1-2 * * *", "2026-11-01 00:30 EDT", "2026-11-01 01:00 EDT, 2026-11-01 01:30 EDT, 2026-11-01 02:00 EST, 2026-11-01 02:30 EST"},
		{"@daily", "2026-10-31 22:00 EDT", "2026-11-01 00:00 EDT, 2026-11-02 00:00 EST"},
		{"@hourly", "2026-11-01 01:00 EDT", "2026-11-01 01:00 EST, 2026-11-01 02:00 EST"},
		{"0 12 29 2 *", "2026-03-01 00:00 EST", "2028-02-29 12:00 EST"},
		{"0 9 * * MON", "2026-03-01 00:00 EST", "2026-03-02 09:00 EST, 2026-03-09 09:00 EDT"},
		{"0 9 * * 7", "2026-03-01 10:00 EST", "2026-03-08 09:00 EDT"},
	} {
		const layout = "2006-01-02 15:04 MST"
		name, cron := "America/New_York", test.schedule
		if rest, ok := strings.CutPrefix(cron, "TZ="); ok {
			name, cron, _ = strings.Cut(rest, " ")
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.ParseInLocation(layout, test.after, zone)
		if err != nil {
			t.Fatal(err)
		}
		s := runs.Schedule{Cron: cron, Zone: name}
		ticks, err := s.Ticks(after, strings.Count(test.want, ",")+1)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tick := range ticks {
			got = append(got, tick.Format(layout))
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s after %s: %s, want %s", test.schedule, test.after, strings.Join(got, ", "), test.want)
		}
	}
}

// A schedule that cannot work is refused when it is saved.
func TestInvalidSchedules(t *testing.T) {
	t.Parallel()
	r := open(t, databasetest.Open(t, databasetest.SQLiteURL(t)), runs.Config{})
	for want, change := range map[string]func(*runs.Schedule){
		"save schedule name: is missing":                   func(s *runs.Schedule) { s.Name = "" },
		"save schedule task: is empty":                     func(s *runs.Schedule) { s.Request.Task = "" },
		"save schedule request: has a time":                func(s *runs.Schedule) { s.Request.NotBefore = time.Now() },
		"save schedule cron: give either":                  func(s *runs.Schedule) { s.Every = time.Minute },
		"save schedule cron: give either a":                func(s *runs.Schedule) { s.Cron = "" },
		"save schedule every: is 1ms":                      func(s *runs.Schedule) { s.Cron, s.Every = "", time.Millisecond },
		"save schedule cron: expected exactly 5":           func(s *runs.Schedule) { s.Cron = "often" },
		"save schedule cron: end of range (61)":            func(s *runs.Schedule) { s.Cron = "61 * * * *" },
		"save schedule cron: names no day":                 func(s *runs.Schedule) { s.Cron = "0 0 30 2 *" },
		"save schedule cron: has an interval":              func(s *runs.Schedule) { s.Cron = "@every 5m" },
		"save schedule cron: is not a cron expression":     func(s *runs.Schedule) { s.Cron = "TZ=Asia/Tokyo 0 5 * * *" },
		`unknown time zone "Mars"`:                         func(s *runs.Schedule) { s.Zone = "Mars" },
		`save schedule catch_up: is "some"`:                func(s *runs.Schedule) { s.CatchUp = "some" },
		"save schedule unknown: there is no such schedule": func(s *runs.Schedule) { s.ID = "unknown" },
	} {
		s := runs.Schedule{Name: "nightly", Request: runs.Request{Task: "task"}, Cron: "0 3 * * *"}
		change(&s)
		_, err := r.SaveSchedule(t.Context(), s, etag.Match{})
		code := hostapi.CodeOf(err)
		if code != hostapi.CodeInvalidArgument && code != hostapi.CodeConfig || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Schedules are created, changed, listed and deleted; two people who change the same one do not
// overwrite each other.
func TestSchedules(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, runs.Config{})
		save := func(s runs.Schedule) *runs.Schedule {
			t.Helper()
			saved, err := r.SaveSchedule(t.Context(), s, etag.Match{})
			if err != nil {
				t.Fatal(err)
			}
			return saved
		}
		first := save(runs.Schedule{
			Name: "nightly", Request: runs.Request{Tenant: "acme", Task: "task", Input: []byte{0xff}, Concurrency: 2}, Cron: "0 3 * * *", Enabled: true,
		})
		if first.Zone != "UTC" || first.CatchUp != runs.CatchUpOne || first.Generation != 1 || first.Request.Priority != 2 || !first.Enabled ||
			first.Next.Hour() != 3 || first.Next.Before(time.Now()) || string(first.Request.Input) != "\xff" {
			t.Errorf("%+v", first)
		}
		changed := *first
		changed.Cron, changed.Every, changed.NoOverlap = "", time.Hour, true
		second := save(changed)
		if second.Generation != 2 || second.Every != time.Hour || !second.NoOverlap || time.Until(second.Next) > time.Hour {
			t.Errorf("%+v", second)
		}
		if ticks, err := second.Ticks(second.Next.Add(time.Minute), 2); err != nil || !ticks[0].Equal(second.Next.Add(time.Hour)) || !ticks[1].Equal(second.Next.Add(2*time.Hour)) {
			t.Errorf("ticks %v, %v", ticks, err)
		}
		if _, err := r.SaveSchedule(t.Context(), changed, etag.Match{Tags: first.ETag()}); !errors.Is(err, etag.ErrChanged) {
			t.Errorf("an old generation: %v", err)
		}
		again := *first
		again.ID = ""
		if _, err := r.SaveSchedule(t.Context(), again, etag.Match{}); !errors.Is(err, runs.ErrConflict) {
			t.Errorf("the same name: %v", err)
		}
		for _, name := range []string{"b", "c"} {
			again.Name = name
			save(again)
		}
		var names []string
		for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
			page, next, err := r.Schedules(t.Context(), cursor, 2)
			if err != nil || pages > 3 {
				t.Fatal(err, pages)
			}
			for _, s := range page {
				names = append(names, s.Name)
			}
			cursor = next
		}
		if fmt.Sprint(names) != "[b c nightly]" {
			t.Errorf("%v", names)
		}
		if err := r.DeleteSchedule(t.Context(), first.ID, etag.Match{}); err != nil {
			t.Error(err)
		}
		if _, err := r.Schedule(t.Context(), first.ID); !errors.Is(err, runs.ErrNotFound) {
			t.Errorf("after its deletion: %v", err)
		}
		for _, err := range []error{r.DeleteSchedule(t.Context(), first.ID, etag.Match{}), r.ForgetMemory(t.Context(), first.ID)} {
			if !errors.Is(err, runs.ErrNotFound) {
				t.Errorf("again: %v", err)
			}
		}
	})
}

// Each tick starts one run, on several nodes, and those that were missed are caught up with as
// the schedule says.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		type want struct {
			started, last int // runs, and minutes from the first missed tick to the last one; -1: any
			next          time.Time
		}
		wants := make(map[string]want)
		add := func(name string, s runs.Schedule, minutesAgo int, w want) {
			t.Helper()
			s.Name, s.Request, s.Enabled = name, runs.Request{Task: name}, name != "disabled"
			saved, err := client.SaveSchedule(t.Context(), s, etag.Match{})
			if err != nil {
				t.Fatal(err)
			}
			next := time.Now().Add(-time.Duration(minutesAgo) * time.Minute)
			if s.Cron != "" {
				next = next.Truncate(time.Hour)
			}
			mustExec(t, db, "UPDATE postern_runs_schedules SET next = $2 WHERE id = $1", saved.ID, next.UnixMilli())
			w.next = time.UnixMilli(next.UnixMilli())
			wants[name] = w
		}
		hour := runs.Schedule{Every: time.Hour}
		add("in time", hour, 0, want{started: 1})
		add("in time, none", runs.Schedule{Every: time.Hour, CatchUp: runs.CatchUpNone}, 0, want{started: 1})
		add("one", hour, 5*60+30, want{started: 1, last: 5 * 60})
		add("none", runs.Schedule{Every: time.Hour, CatchUp: runs.CatchUpNone}, 5*60+30, want{})
		add("all", runs.Schedule{Every: time.Hour, CatchUp: runs.CatchUpAll}, 5*60+30, want{started: 6, last: 5 * 60})
		add("bounded", runs.Schedule{Every: time.Minute, CatchUp: runs.CatchUpAll}, 1000, want{started: 100, last: -1})
		add("no overlap", runs.Schedule{Every: time.Hour, CatchUp: runs.CatchUpAll, NoOverlap: true}, 5*60+30, want{started: 1})
		add("cron", runs.Schedule{Cron: "0 * * * *", CatchUp: runs.CatchUpAll}, 5*60, want{started: 6, last: 5 * 60})
		add("disabled", hour, 30, want{})
		for range 3 {
			node(t, db, untilCanceled) // so that runs overlap
		}
		for name, w := range wants {
			enabled := name != "disabled"
			until(t, name+" has ticked", func() bool {
				all, _, err := client.Schedules(t.Context(), "", 200)
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(all, func(s *runs.Schedule) bool { return s.Name == name })
				if enabled && !all[i].Next.After(time.Now()) {
					return false
				}
				page, err := client.List(t.Context(), runs.Query{Filter: runs.Filter{Task: name}, Limit: 200})
				if err != nil {
					t.Fatal(err)
				}
				if len(page.Runs) != w.started {
					t.Fatalf("%s: %d runs, want %d", name, len(page.Runs), w.started)
				}
				ticks := make(map[time.Time]bool)
				for _, run := range page.Runs {
					ticks[run.Tick] = true
					if run.Trigger != runs.BySchedule || run.Schedule != all[i].ID {
						t.Errorf("%s: %+v", name, run)
					}
				}
				if len(ticks) != w.started {
					t.Errorf("%s: runs of %d ticks, want %d", name, len(ticks), w.started)
				}
				if last := w.next.Add(time.Duration(w.last) * time.Minute); w.started > 0 && w.last >= 0 && !all[i].Last.Equal(last) {
					t.Errorf("%s: last tick %v, want %v", name, all[i].Last, last)
				}
				return true
			})
		}
	})
}

// What a run remembers is there for the next run of its schedule, also if the run failed.
func TestMemory(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			o := runs.Outcome{Result: run.Memory, Memory: append(slices.Clone(run.Memory), 'x')}
			if run.Actor == "fails" {
				o.Err = errors.New("no")
			}
			return o
		})
		s, err := r.SaveSchedule(t.Context(), runs.Schedule{Name: "poll", Request: runs.Request{Task: "poll"}, Every: time.Hour}, etag.Match{})
		if err != nil {
			t.Fatal(err)
		}
		start := func(actor string) *runs.Run {
			t.Helper()
			run, err := r.StartSchedule(t.Context(), s.ID, actor)
			if err != nil {
				t.Fatal(err)
			}
			if run, err = r.Wait(t.Context(), run.ID); err != nil {
				t.Fatal(err)
			}
			return run
		}
		for i, actor := range []string{"", "", "fails", ""} {
			want := []string{"", "x", "xx", "xxx"}[i]
			if run := start(actor); string(run.Result) != want {
				t.Errorf("run %d: memory %q, want %q", i, run.Result, want)
			}
		}
		if err := r.ForgetMemory(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		if run := start(""); len(run.Result) != 0 {
			t.Errorf("after it was deleted: %q", run.Result)
		}
		if _, err := r.StartSchedule(t.Context(), "unknown", ""); !errors.Is(err, runs.ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

// A run that has ended can be repeated as another one.
func TestRetry(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		release := make(chan struct{})
		r := node(t, db, func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			<-release
			return runs.Outcome{Result: run.Input}
		})
		first := submit(t, r, runs.Request{Input: []byte("in"), Actor: "ada", Key: "k", Priority: 1})
		if _, err := r.Retry(t.Context(), first.ID, "bob"); !errors.Is(err, runs.ErrConflict) {
			t.Errorf("before its end: %v", err)
		}
		close(release)
		wait(t, r, first.ID, runs.Succeeded)
		second, err := r.Retry(t.Context(), first.ID, "bob")
		if err != nil {
			t.Fatal(err)
		}
		second = wait(t, r, second.ID, runs.Succeeded)
		if second.ID == first.ID || string(second.Result) != "in" || second.Actor != "bob" || second.RetryOf != first.ID ||
			second.Trigger != runs.ByRetry || second.Priority != 1 {
			t.Errorf("%+v", second)
		}
		if _, err := r.Retry(t.Context(), "unknown", ""); !errors.Is(err, runs.ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

// Any text is an expression, whose ticks increase, or is refused.
func FuzzTicks(f *testing.F) {
	for _, cron := range []string{"30 6 * * MON-FRI", "*/15 0-23/2 1,15 JAN-MAR ?", "@daily", "0 0 30 2 *", "0 0 29 2 7", "@every 5m", "TZ=UTC * * * * *", "1-0 * * * *", "*/0 * * * *"} {
		f.Add(cron, int64(1_761_976_800))
	}
	f.Fuzz(func(t *testing.T, cron string, at int64) {
		s := runs.Schedule{Cron: cron, Zone: "America/New_York"}
		last := time.Unix(at%4_000_000_000, 0)
		ticks, err := s.Ticks(last, 3)
		if err != nil {
			if code := hostapi.CodeOf(err); code != hostapi.CodeInvalidArgument {
				t.Errorf("%q: %v", cron, err)
			}
			return
		}
		for _, tick := range ticks {
			if !tick.After(last) || tick.Second() != 0 {
				t.Errorf("%q: tick %v after %v", cron, tick, last)
			}
			last = tick
		}
	})
}
