package service

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/runs"
)

// Schedules returns a page of schedules, by name, and the cursor of the next one, "" after
// the last.
func (s *Service) Schedules(ctx context.Context, caller Caller, cursor string, limit int) ([]*runs.Schedule, string, error) {
	if err := caller.mayRead("list schedules", accounts.Viewer); err != nil {
		return nil, "", err
	}
	return s.Runs.Schedules(ctx, cursor, limit)
}

// Schedule returns a schedule. [InputOf] returns what its runs are asked to do.
func (s *Service) Schedule(ctx context.Context, caller Caller, id string) (*runs.Schedule, error) {
	if err := caller.mayRead("find schedule", accounts.Viewer); err != nil {
		return nil, err
	}
	return s.Runs.Schedule(ctx, id)
}

// SaveSchedule stores a schedule whose runs do what r says, and returns it as stored: a
// new one if its ID is "", and otherwise a changed one. Its Request is not used. With version 0, each run uses the
// version that is active then. Its runs have the options that the version has when they start.
func (s *Service) SaveSchedule(ctx context.Context, caller Caller, schedule runs.Schedule, r RunRequest, match etag.Match) (*runs.Schedule, error) {
	if err := caller.may("save schedule", accounts.Author); err != nil {
		return nil, err
	}
	request, err := s.request(ctx, caller.Actor(), r)
	if err != nil {
		return nil, err
	}
	if r.Version == 0 {
		request.Version = ""
	}
	schedule.Request = request
	saved, err := s.Runs.SaveSchedule(ctx, schedule, match)
	if err != nil {
		return nil, err
	}
	s.record(ctx, caller, actionSaveSchedule, saved.Name)
	return saved, nil
}

// ScheduleOptions is the Options of [runs.Config].
func (s *Service) ScheduleOptions(ctx context.Context, q runs.Request) (runs.Request, error) {
	d, err := s.Catalog.Describe(ctx, q.Task, versionOf(q))
	if err != nil {
		return q, err
	}
	q.Version = strconv.FormatInt(d.Version, 10)
	return withOptions(q, d.Options), nil
}

// ScheduleProblem returns why runs of a schedule fail before they begin; nil if nothing is known.
func (s *Service) ScheduleProblem(ctx context.Context, schedule *runs.Schedule) error {
	_, err := s.Catalog.Describe(ctx, schedule.Request.Task, versionOf(schedule.Request))
	if errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	return nil
}

// Uses returns what needs versions of a task, for [catalog.Catalog.KeepUsed].
func (s *Service) Uses(ctx context.Context, tx *sql.Tx, task string) ([]catalog.Use, error) {
	found, err := s.Runs.Uses(ctx, tx, task)
	uses := make([]catalog.Use, len(found))
	for i, use := range found {
		uses[i] = catalog.Use{Version: versionOf(runs.Request{Version: use.Version}), Schedule: use.Schedule, Runs: use.Runs}
	}
	return uses, err
}

// DeleteSchedule deletes a schedule. Its runs stay.
func (s *Service) DeleteSchedule(ctx context.Context, caller Caller, id string, match etag.Match) error {
	return s.changeSchedule(ctx, caller, actionDeleteSchedule, id, func(ctx context.Context, id string) error {
		return s.Runs.DeleteSchedule(ctx, id, match)
	})
}

// ResetSchedule forgets what the runs of a schedule remember: a start event then starts with
// all items again.
func (s *Service) ResetSchedule(ctx context.Context, caller Caller, id string) error {
	return s.changeSchedule(ctx, caller, actionResetSchedule, id, s.Runs.ForgetMemory)
}

func (s *Service) changeSchedule(ctx context.Context, caller Caller, action connection.Action, id string, change func(context.Context, string) error) error {
	if err := caller.may("change schedule", accounts.Author); err != nil {
		return err
	}
	if err := change(ctx, id); err != nil {
		return err
	}
	s.record(ctx, caller, action, id)
	return nil
}

// StartSchedule starts a run of a schedule now.
func (s *Service) StartSchedule(ctx context.Context, caller Caller, id string) (*runs.Run, error) {
	if err := caller.may("start run", accounts.Author); err != nil {
		return nil, err
	}
	return s.Runs.StartSchedule(ctx, id, caller.Actor())
}
