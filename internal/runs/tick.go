package runs

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/postern-dev/postern/hostapi"
)

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
	tasks, err := r.dueTasks(ctx)
	if err != nil {
		return err
	}
	schedules, err := r.dueSchedules(ctx, tasks)
	if err != nil || len(schedules) == 0 {
		return err
	}
	err = r.writer.alone(ctx, opTick, func(ctx context.Context, tx *sql.Tx) error {
		now, err := r.clock(ctx, tx, opTick)
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

// dueTask is the task of schedules that are due, in the version that they name.
type dueTask struct{ name, version string }

// dueTasks returns the options that tasks of schedules that are due have now; nil for those as they were saved.
func (r *Runs) dueTasks(ctx context.Context) (map[dueTask]*Request, error) {
	if r.config.Options == nil {
		return nil, nil
	}
	rows, err := r.db.QueryContext(ctx, r.sql("SELECT DISTINCT task, version FROM postern_runs_schedules WHERE enabled = 1 AND next <= {now}"))
	if err != nil {
		return nil, r.db.Failed(ctx, opTick, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	tasks := make(map[dueTask]*Request)
	for rows.Next() {
		var of dueTask
		if err := rows.Scan(&of.name, &of.version); err != nil {
			return nil, r.db.Failed(ctx, opTick, "", err)
		}
		tasks[of] = nil
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opTick, "", err)
	}
	for of := range tasks {
		options, err := r.config.Options(ctx, Request{Task: of.name, Version: of.version})
		switch {
		case err == nil:
			tasks[of] = &options
		case hostapi.CodeOf(err) != hostapi.CodeInvalidArgument:
			return nil, err
		}
	}
	return tasks, nil
}

// dueSchedules returns schedules that are due, with what their runs are asked to do now, but those of tenants that
// may queue no more runs.
func (r *Runs) dueSchedules(ctx context.Context, tasks map[dueTask]*Request) ([]*Schedule, error) {
	const most = 50
	where, full := new(conditions), r.fullTenants()
	for of, options := range tasks {
		if options != nil && slices.Contains(full, options.Tenant) {
			where.add("NOT (task = %s AND version = %s)", of.name, of.version)
		}
	}
	query := "SELECT " + scheduleColumns + " FROM postern_runs_schedules WHERE enabled = 1 AND next <= {now}"
	for _, condition := range where.all {
		query += " AND " + condition
	}
	rows, err := r.db.QueryContext(ctx, r.sql(query+" ORDER BY next, id LIMIT "+strconv.Itoa(most)), where.args...)
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
		if options := tasks[dueTask{s.Request.Task, s.Request.Version}]; options != nil {
			s.Request = s.Request.withOptions(options)
		}
		schedules = append(schedules, s)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opTick, "", err)
	}
	return schedules, nil
}

// withOptions returns the request with the version and the options of another one.
func (q Request) withOptions(o *Request) Request {
	q.Version, q.Tenant, q.Priority, q.Concurrency, q.Rate, q.Attempts, q.Safe = o.Version, o.Tenant, o.Priority, o.Concurrency, o.Rate, o.Attempts, o.Safe
	return q
}

// tickOne inserts the runs of a schedule that is due, unless another node has done it, or it was
// changed.
func (r *Runs) tickOne(ctx context.Context, tx *sql.Tx, s *Schedule, now time.Time) error {
	request, err := s.Request.check(opTick, r.config.MaxInput)
	var t timetable
	if err == nil {
		t, err = newTimetable(s.Cron, s.Every, s.Zone)
	}
	if err != nil { // such as a zone that this machine does not know
		r.config.Log.Error("runs: a schedule cannot be used: "+err.Error(), "schedule", s.ID)
		_, err := r.advance(ctx, tx, s, now.Add(time.Hour))
		return err
	}
	ticks, next := t.due(s.Next, now, s.CatchUp)
	if next.IsZero() {
		next = now.AddDate(1, 0, 0) // an expression whose year has passed
	}
	if mine, err := r.advance(ctx, tx, s, next); err != nil || !mine {
		return err
	}
	for _, tick := range ticks {
		if s.NoOverlap {
			active := false
			err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM postern_runs WHERE schedule = $1 AND schedule <> '' AND finished = 0)", s.ID).Scan(&active)
			if err != nil {
				return r.db.Failed(ctx, opTick, "", err)
			}
			if active {
				continue
			}
		}
		id := uuid.Must(uuid.NewV7()).String()
		if _, err := r.insert(ctx, tx, id, request, draft{trigger: BySchedule, schedule: s.ID, tick: tick.UnixMilli()}); err != nil {
			return err
		}
		if _, err := r.exec(ctx, tx, opTick, "UPDATE postern_runs_schedules SET last = $2 WHERE id = $1", s.ID, tick.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// advance sets the next tick of a schedule, and reports whether it was as it was read.
func (r *Runs) advance(ctx context.Context, tx *sql.Tx, s *Schedule, next time.Time) (bool, error) {
	n, err := r.exec(ctx, tx, opTick, `
		UPDATE postern_runs_schedules SET next = $2 WHERE id = $1 AND next = $3 AND generation = $4 AND enabled = 1`,
		s.ID, next.UnixMilli(), s.Next.UnixMilli(), s.Generation)
	return n > 0, err
}
