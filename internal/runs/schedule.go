package runs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/label"
	"github.com/postern-dev/postern/internal/timezone"
)

// CatchUp says what happens to ticks that were missed because no node was running.
type CatchUp string

// The ways to catch up. A tick that is less than a minute late was not missed.
const (
	CatchUpNone CatchUp = "none" // they are left out
	CatchUpOne  CatchUp = "one"  // the last one starts a run
	CatchUpAll  CatchUp = "all"  // each starts a run, the last 100 at most
)

// Schedule starts runs at certain times. Over all nodes, each tick starts one run.
type Schedule struct {
	ID   string // a UUID of version 7, given by [Runs.SaveSchedule]
	Name string // unique

	// Request is what its runs are asked to do, without NotBefore and Key. Config.Options gives it
	// the options that its task has when a run starts.
	Request Request

	// Cron is an expression of five fields, such as "30 6 * * MON-FRI", or one like @daily;
	// Every is an interval of at least 1 s. One of them is set.
	Cron  string
	Every time.Duration

	// Zone is the time zone of Cron, as tasks have it. Default: UTC.
	Zone string

	CatchUp CatchUp // default: CatchUpOne

	// NoOverlap leaves a tick out while a run of the schedule has not ended.
	NoOverlap bool

	Enabled bool

	Generation int64 // increases with each change
	Created    time.Time
	Changed    time.Time
	Next       time.Time // next tick
	Last       time.Time // last tick that started a run; zero: none yet
}

// ETag identifies what [Runs.SaveSchedule] changes.
func (s *Schedule) ETag() string { return etag.Of(s.ID, s.Generation) }

const scheduleColumns = "id, name, request, cron, every, zone, catch_up, overlap, enabled, generation, created, changed, next, last"

func scanSchedule(row interface{ Scan(dest ...any) error }) (*Schedule, error) {
	var s Schedule
	var request string
	var every, overlap, enabled, created, changed, next, last int64
	if err := row.Scan(&s.ID, &s.Name, &request, &s.Cron, &every, &s.Zone, &s.CatchUp, &overlap, &enabled,
		&s.Generation, &created, &changed, &next, &last); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(request), &s.Request); err != nil {
		return nil, err
	}
	s.Every, s.NoOverlap, s.Enabled = millis(every), overlap == 0, enabled != 0
	s.Created, s.Changed, s.Next, s.Last = database.Time(created), database.Time(changed), database.Time(next), database.Time(last)
	return &s, nil
}

// Ticks returns the first n ticks after a time. The error is that of a schedule that is not
// valid.
func (s *Schedule) Ticks(after time.Time, n int) ([]time.Time, error) {
	t, err := newTimetable(s.Cron, s.Every, cmp.Or(s.Zone, timezone.Default))
	if err != nil {
		return nil, err
	}
	if s.Every > 0 && !s.Next.IsZero() { // a tick not after that time
		after = s.Next.Add(-(s.Next.Sub(after) + s.Every - 1) / s.Every * s.Every)
	}
	ticks := make([]time.Time, 0, n)
	for range n {
		if after = t.after(after); after.IsZero() {
			break
		}
		ticks = append(ticks, after)
	}
	return ticks, nil
}

// SaveSchedule stores a schedule that is new, if ID is empty, or changed, and returns it as
// stored. Its next tick is computed from now on. Errors:
//   - [hostapi.CodeInvalidArgument]: it is not valid
//   - [ErrConflict]: another one has its name
//   - [etag.ErrChanged]: match does not hold
//   - [ErrNotFound]: it was deleted
func (r *Runs) SaveSchedule(ctx context.Context, s Schedule, match etag.Match) (*Schedule, error) {
	request, err := s.Request.check(opSchedule, r.config.MaxInput)
	fault := label.Fault(s.Name, maxName)
	switch {
	case err != nil:
		return nil, err
	case fault != "":
		return nil, invalid(opSchedule, "name", fault, "")
	case !isName(s.Name):
		return nil, invalid(opSchedule, "name", "has more than 255 bytes", "")
	case !request.NotBefore.IsZero() || request.Key != "":
		return nil, invalid(opSchedule, "request", "has a time or an idempotency key", "the schedule gives both")
	}
	s.Request, s.Zone, s.CatchUp = request, cmp.Or(s.Zone, timezone.Default), cmp.Or(s.CatchUp, CatchUpOne)
	switch s.CatchUp {
	case CatchUpNone, CatchUpOne, CatchUpAll:
	default:
		return nil, invalid(opSchedule, "catch_up", "is "+strconv.Quote(string(s.CatchUp)), "write none, one or all")
	}
	t, err := newTimetable(s.Cron, s.Every, s.Zone)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(s.Request)
	if err != nil {
		return nil, err
	}
	var saved *Schedule
	err = r.writer.alone(ctx, opSchedule, func(ctx context.Context, tx *sql.Tx) error {
		if s.ID != "" {
			if err := r.checkSchedule(ctx, tx, opSchedule, s.ID, match); err != nil {
				return err
			}
		}
		saved, err = r.saveSchedule(ctx, tx, s, string(encoded), t)
		return err
	})
	return saved, err
}

func (r *Runs) saveSchedule(ctx context.Context, tx *sql.Tx, s Schedule, request string, t timetable) (*Schedule, error) {
	now, err := r.clock(ctx, tx, opSchedule)
	if err != nil {
		return nil, err
	}
	next := database.Millis(t.after(now))
	args := []any{
		s.ID, s.Request.Task, s.Request.Version, s.Name, request, s.Cron, s.Every.Milliseconds(), s.Zone, s.CatchUp,
		flag(!s.NoOverlap), flag(s.Enabled), now.UnixMilli(), next,
	}
	statement := `
		UPDATE postern_runs_schedules SET task = $2, version = $3, name = $4, request = $5, cron = $6, every = $7, zone = $8,
			catch_up = $9, overlap = $10, enabled = $11, changed = $12, next = $13, generation = generation + 1
		WHERE id = $1`
	if s.ID == "" {
		args[0] = uuid.Must(uuid.NewV7()).String()
		statement = `
			INSERT INTO postern_runs_schedules
				(id, task, version, name, request, cron, every, zone, catch_up, overlap, enabled, created, changed, next, generation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, 1)`
	}
	saved, err := scanSchedule(tx.QueryRowContext(ctx, statement+" RETURNING "+scheduleColumns, args...))
	switch {
	case r.db.Dialect.IsUniqueViolation(err):
		return nil, conflict(opSchedule, s.Name, "there is another schedule of this name", "choose another name")
	case err != nil:
		return nil, r.db.Failed(ctx, opSchedule, "", err)
	}
	return saved, nil
}

// checkSchedule locks a schedule, for which match has to hold.
func (r *Runs) checkSchedule(ctx context.Context, tx *sql.Tx, op, id string, match etag.Match) error {
	statement := "SELECT " + scheduleColumns + " FROM postern_runs_schedules WHERE id = $1"
	if r.db.Dialect == database.PostgreSQL { // in SQLite, every transaction locks the database
		statement += " FOR UPDATE"
	}
	s, err := scanSchedule(tx.QueryRowContext(ctx, statement, id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return notFound(op, "schedule", id)
	case err != nil:
		return r.db.Failed(ctx, op, "", err)
	}
	return match.Check(op, s.Name, s.ETag())
}

// clock returns the time of the database.
func (r *Runs) clock(ctx context.Context, q querier, op string) (time.Time, error) {
	var now int64
	if err := q.QueryRowContext(ctx, r.sql("SELECT {now}")).Scan(&now); err != nil {
		return time.Time{}, r.db.Failed(ctx, op, "", err)
	}
	return database.Time(now), nil
}

// Schedule returns a schedule. The error matches [ErrNotFound] if there is none with that id.
func (r *Runs) Schedule(ctx context.Context, id string) (*Schedule, error) {
	const op = "get schedule"
	s, err := scanSchedule(r.db.QueryRowContext(ctx, "SELECT "+scheduleColumns+" FROM postern_runs_schedules WHERE id = $1", id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, notFound(op, "schedule", id)
	case err != nil:
		return nil, r.db.Failed(ctx, op, "", err)
	}
	return s, nil
}

// Schedules returns a page of the schedules, by name, and the cursor of the next page, which is
// empty after the last one.
func (r *Runs) Schedules(ctx context.Context, cursor string, limit int) (page []*Schedule, next string, err error) {
	const op = "list schedules"
	limit = min(cmp.Or(max(0, limit), usualLimit), maxLimit)
	where := new(conditions)
	if cursor != "" {
		// The name may have any character, the id none that is special.
		after, err := r.Schedule(ctx, cursor)
		if err != nil {
			return nil, "", invalid(op, "cursor", "is not valid, or its schedule was deleted", "start with the first page")
		}
		where.add("name > %s", after.Name)
	}
	rows, err := r.db.QueryContext(ctx, "SELECT "+scheduleColumns+" FROM postern_runs_schedules "+where.text()+
		" ORDER BY name LIMIT "+strconv.Itoa(limit+1), where.args...)
	if err != nil {
		return nil, "", r.db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	for rows.Next() {
		s, err := scanSchedule(rows)
		if err != nil {
			return nil, "", r.db.Failed(ctx, op, "", err)
		}
		page = append(page, s)
	}
	if err := rows.Err(); err != nil {
		return nil, "", r.db.Failed(ctx, op, "", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].ID
	}
	return page, next, nil
}

// DeleteSchedule deletes a schedule. Its runs stay. The error matches [ErrNotFound] if there is
// none with that id, and [etag.ErrChanged] if match does not hold.
func (r *Runs) DeleteSchedule(ctx context.Context, id string, match etag.Match) error {
	return r.changeSchedule(ctx, "delete schedule", id, match, "DELETE FROM postern_runs_schedules WHERE id = $1")
}

// ForgetMemory deletes what the runs of a schedule remember. The error matches [ErrNotFound] if
// there is none with that id.
func (r *Runs) ForgetMemory(ctx context.Context, id string) error {
	return r.changeSchedule(ctx, "reset schedule", id, etag.Match{}, "UPDATE postern_runs_schedules SET memory = NULL WHERE id = $1")
}

func (r *Runs) changeSchedule(ctx context.Context, op, id string, match etag.Match, statement string) error {
	return r.writer.alone(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		if err := r.checkSchedule(ctx, tx, op, id, match); err != nil {
			return err
		}
		_, err := r.exec(ctx, tx, op, statement, id)
		return err
	})
}

// StartSchedule submits a run of a schedule at once, beside its ticks. Errors are those of
// [Runs.Submit] and of Config.Options, or match [ErrNotFound].
func (r *Runs) StartSchedule(ctx context.Context, id, actor string) (*Run, error) {
	s, err := r.Schedule(ctx, id)
	if err != nil {
		return nil, err
	}
	request := s.Request
	if r.config.Options != nil {
		options, err := r.config.Options(ctx, Request{Task: request.Task, Version: request.Version})
		if err != nil {
			return nil, err
		}
		request = request.withOptions(&options)
	}
	request.Actor = actor
	return r.submit(ctx, request, draft{trigger: ByAPI, schedule: id})
}
