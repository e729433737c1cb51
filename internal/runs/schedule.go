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
	Name string // unique within Request.Tenant

	Request Request // without NotBefore and Key

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

const scheduleColumns = "id, tenant, name, request, cron, every, zone, catch_up, overlap, enabled, generation, created, changed, next, last"

func scanSchedule(row interface{ Scan(dest ...any) error }) (*Schedule, error) {
	var s Schedule
	var tenant, request string
	var every, overlap, enabled, created, changed, next, last int64
	if err := row.Scan(&s.ID, &tenant, &s.Name, &request, &s.Cron, &every, &s.Zone, &s.CatchUp, &overlap, &enabled,
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
//   - [ErrConflict]: another one has its name, or it was changed since this Generation
//   - [ErrNotFound]: it was deleted
func (r *Runs) SaveSchedule(ctx context.Context, s Schedule) (*Schedule, error) {
	request, err := s.Request.check(opSchedule, r.config.MaxInput)
	switch {
	case err != nil:
		return nil, err
	case s.Name == "" || !isName(s.Name):
		return nil, invalid(opSchedule, "name", "is empty, or has more than 255 bytes, or characters that are not printable", "")
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
		s.ID, s.Request.Tenant, s.Name, request, s.Cron, s.Every.Milliseconds(), s.Zone, s.CatchUp, flag(!s.NoOverlap), flag(s.Enabled), now.UnixMilli(), next,
	}
	statement := `
		UPDATE postern_runs_schedules SET tenant = $2, name = $3, request = $4, cron = $5, every = $6, zone = $7, catch_up = $8, overlap = $9,
			enabled = $10, changed = $11, next = $12, generation = generation + 1
		WHERE id = $1 AND generation = $13`
	if s.ID == "" {
		args[0] = uuid.Must(uuid.NewV7()).String()
		statement = `
			INSERT INTO postern_runs_schedules (id, tenant, name, request, cron, every, zone, catch_up, overlap, enabled, created, changed, next, generation)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, 1)`
	} else {
		args = append(args, s.Generation)
	}
	saved, err := scanSchedule(tx.QueryRowContext(ctx, statement+" RETURNING "+scheduleColumns, args...))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		var one int
		err := tx.QueryRowContext(ctx, "SELECT 1 FROM postern_runs_schedules WHERE id = $1", s.ID).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, notFound(opSchedule, "schedule", s.ID)
		}
		return nil, conflict(opSchedule, s.Name, "it was changed since it was read", "read it again")
	case r.db.Dialect.IsUniqueViolation(err):
		return nil, conflict(opSchedule, s.Name, "there is another schedule of this name", "choose another name")
	case err != nil:
		return nil, r.db.Failed(ctx, opSchedule, "", err)
	}
	return saved, nil
}

// clock returns the time of the database.
func (r *Runs) clock(ctx context.Context, tx *sql.Tx, op string) (time.Time, error) {
	var now int64
	if err := tx.QueryRowContext(ctx, r.sql("SELECT {now}")).Scan(&now); err != nil {
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

// Schedules returns a page of the schedules of a tenant, or of all for "", by name, and the
// cursor of the next page, which is empty after the last one.
func (r *Runs) Schedules(ctx context.Context, tenant, cursor string, limit int) (page []*Schedule, next string, err error) {
	const op = "list schedules"
	limit = min(cmp.Or(max(0, limit), usualLimit), maxLimit)
	where := new(conditions)
	if tenant != "" {
		where.add("tenant = %s", database.Plain(tenant))
	}
	if cursor != "" {
		// The name may have any character, the id none that is special.
		after, err := r.Schedule(ctx, cursor)
		if err != nil {
			return nil, "", invalid(op, "cursor", "is not valid, or its schedule was deleted", "start with the first page")
		}
		where.add("(name, id) > (%s, %s)", after.Name, after.ID)
	}
	rows, err := r.db.QueryContext(ctx, "SELECT "+scheduleColumns+" FROM postern_runs_schedules "+where.text()+
		" ORDER BY name, id LIMIT "+strconv.Itoa(limit+1), where.args...)
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
// none with that id.
func (r *Runs) DeleteSchedule(ctx context.Context, id string) error {
	return r.changeSchedule(ctx, "delete schedule", id, "DELETE FROM postern_runs_schedules WHERE id = $1")
}

// ForgetMemory deletes what the runs of a schedule remember. The error matches [ErrNotFound] if
// there is none with that id.
func (r *Runs) ForgetMemory(ctx context.Context, id string) error {
	return r.changeSchedule(ctx, "reset schedule", id, "UPDATE postern_runs_schedules SET memory = NULL WHERE id = $1")
}

func (r *Runs) changeSchedule(ctx context.Context, op, id, statement string) error {
	return r.writer.alone(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		n, err := r.exec(ctx, tx, op, statement, id)
		if err == nil && n == 0 {
			err = notFound(op, "schedule", id)
		}
		return err
	})
}

// StartSchedule submits a run of a schedule at once, beside its ticks. Errors are those of
// [Runs.Submit], or match [ErrNotFound].
func (r *Runs) StartSchedule(ctx context.Context, id, actor string) (*Run, error) {
	s, err := r.Schedule(ctx, id)
	if err != nil {
		return nil, err
	}
	request := s.Request
	request.Actor = actor
	return r.submit(ctx, request, draft{trigger: ByAPI, schedule: id})
}

const opTick = "start scheduled runs"

// tick starts the runs of the schedules that are due.
func (r *Runs) tick(ctx context.Context) error {
	if r.isStopping() {
		return nil
	}
	var due bool
	err := r.db.QueryRowContext(ctx, r.sql("SELECT EXISTS (SELECT 1 FROM postern_runs_schedules WHERE enabled = 1 AND next <= {now})")).Scan(&due)
	if err != nil {
		return r.db.Failed(ctx, opTick, "", err)
	}
	if !due {
		return nil
	}
	// Those for which there is no room are late, and start when there is.
	full, err := r.room(ctx, task{})
	if err != nil || full != nil {
		return err
	}
	err = r.writer.alone(ctx, opTick, func(ctx context.Context, tx *sql.Tx) error {
		now, err := r.clock(ctx, tx, opTick)
		if err != nil {
			return err
		}
		schedules, err := r.dueSchedules(ctx, tx, now)
		if err != nil {
			return err
		}
		for _, s := range schedules {
			if err := r.tickOne(ctx, tx, s, now); err != nil {
				return err
			}
		}
		return nil
	})
	r.someReady()
	return err
}

// dueSchedules locks schedules that are due, but those that another node has locked, and those of
// tenants that may queue no more runs.
func (r *Runs) dueSchedules(ctx context.Context, tx *sql.Tx, now time.Time) ([]*Schedule, error) {
	const most = 50
	args := []any{now.UnixMilli(), most}
	full := r.fullTenants()
	for _, tenant := range full {
		args = append(args, tenant)
	}
	query := "SELECT " + scheduleColumns + " FROM postern_runs_schedules WHERE enabled = 1 AND next <= $1"
	if len(full) > 0 {
		query += " AND tenant NOT IN (" + placeholders(1+len(args)-len(full), len(full)) + ")" //nolint:gosec // names of parameters
	}
	query += " ORDER BY next, id LIMIT $2"
	if r.db.Dialect == database.PostgreSQL {
		query += " FOR UPDATE SKIP LOCKED"
	}
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, r.db.Failed(ctx, opTick, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var schedules []*Schedule
	for rows.Next() {
		s, err := scanSchedule(rows)
		if err != nil {
			return nil, r.db.Failed(ctx, opTick, "", err)
		}
		schedules = append(schedules, s)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opTick, "", err)
	}
	return schedules, nil
}

// tickOne inserts the runs of a schedule that is due.
func (r *Runs) tickOne(ctx context.Context, tx *sql.Tx, s *Schedule, now time.Time) error {
	const advance = "UPDATE postern_runs_schedules SET next = $2, last = CASE WHEN CAST($3 AS BIGINT) = 0 THEN last ELSE CAST($3 AS BIGINT) END WHERE id = $1"
	t, err := newTimetable(s.Cron, s.Every, s.Zone)
	if err != nil { // a zone that this machine does not know
		r.config.Log.Error("runs: a schedule cannot be used: "+err.Error(), "schedule", s.ID)
		_, err := r.exec(ctx, tx, opTick, advance, s.ID, now.Add(time.Hour).UnixMilli(), 0)
		return err
	}
	ticks, next := t.due(s.Next, now, s.CatchUp)
	var last int64
	for _, tick := range ticks {
		active := false
		if s.NoOverlap {
			err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM postern_runs WHERE schedule = $1 AND schedule <> '' AND finished = 0)", s.ID).Scan(&active)
			if err != nil {
				return r.db.Failed(ctx, opTick, "", err)
			}
		}
		if active {
			continue
		}
		last = tick.UnixMilli()
		id := uuid.Must(uuid.NewV7()).String()
		if _, err := r.insert(ctx, tx, id, s.Request, draft{trigger: BySchedule, schedule: s.ID, tick: last}); err != nil {
			return err
		}
	}
	if next.IsZero() {
		next = now.AddDate(1, 0, 0) // an expression whose year has passed
	}
	_, err = r.exec(ctx, tx, opTick, advance, s.ID, next.UnixMilli(), last)
	return err
}
