package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

type scheduleDetail struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Task      string          `json:"task"`
	Version   int64           `json:"version,omitempty" doc:"missing: the one that is active when a run begins"`
	Data      json.RawMessage `json:"data,omitempty" doc:"values of data items by name"`
	Files     []runFile       `json:"files,omitempty"`
	Cron      string          `json:"cron,omitempty"`
	Every     float64         `json:"every_s,omitempty" doc:"seconds"`
	Zone      string          `json:"zone"`
	CatchUp   runs.CatchUp    `json:"catch_up" enum:"none,one,all"`
	NoOverlap bool            `json:"no_overlap"`
	Enabled   bool            `json:"enabled"`
	Actor     string          `json:"actor" doc:"who saved it; its runs have the same"`
	Created   time.Time       `json:"created"`
	Changed   time.Time       `json:"changed"`
	Next      []time.Time     `json:"next" doc:"the next ticks, five at most; none while it is not enabled"`
	Last      time.Time       `json:"last,omitzero" doc:"the last tick that started a run"`
	Problem   string          `json:"problem,omitempty" doc:"why its runs fail before they begin, for example that the task was deleted"`
}

func (a *api) scheduleOf(ctx context.Context, s *runs.Schedule) (scheduleDetail, error) {
	r, err := service.InputOf(s.Request)
	if err != nil {
		return scheduleDetail{}, err
	}
	d := scheduleDetail{
		ID: s.ID, Name: s.Name, Task: r.Task, Version: r.Version, Files: runFilesOf(r.Files), Cron: s.Cron, Every: s.Every.Seconds(), Zone: s.Zone,
		CatchUp: s.CatchUp, NoOverlap: s.NoOverlap, Enabled: s.Enabled, Actor: s.Request.Actor, Created: s.Created, Changed: s.Changed,
		Next: []time.Time{}, Last: s.Last,
	}
	if err := a.ScheduleProblem(ctx, s); err != nil {
		d.Problem = asProblem(err).Detail
	}
	if len(r.Data) > 0 {
		if d.Data, err = json.Marshal(r.Data); err != nil {
			return scheduleDetail{}, err
		}
	}
	if s.Enabled {
		const shown = 5
		ticks, err := s.Ticks(s.Next.Add(-time.Millisecond), shown)
		if err != nil {
			return scheduleDetail{}, err
		}
		d.Next = ticks
	}
	return d, nil
}

type scheduleBody struct {
	Name      string                     `json:"name" minLength:"1" maxLength:"255"`
	Task      string                     `json:"task" minLength:"1" maxLength:"100"`
	Version   int64                      `json:"version,omitempty" minimum:"0" doc:"default: the one that is active when a run begins"`
	Data      map[string]json.RawMessage `json:"data,omitempty" doc:"values of data items by name"`
	Files     []service.File             `json:"files,omitempty" doc:"files of data items, with contents in base64"`
	Cron      string                     `json:"cron,omitempty" maxLength:"255" doc:"an expression of five fields, such as 30 6 * * MON-FRI, or one like @daily; this or every_s"`
	Every     float64                    `json:"every_s,omitempty" minimum:"0" maximum:"31622400" doc:"seconds between runs, at least 1"`
	Zone      string                     `json:"zone,omitempty" maxLength:"100" doc:"time zone of cron; default: UTC"`
	CatchUp   runs.CatchUp               `json:"catch_up,omitempty" enum:"none,one,all" doc:"which ticks that were missed start a run; default: one, the last"`
	NoOverlap bool                       `json:"no_overlap,omitempty" doc:"leave a tick out while a run of the schedule has not ended"`
	Enabled   *bool                      `json:"enabled,omitempty" doc:"default: true"`
}

func (b *scheduleBody) decode() (runs.Schedule, service.RunRequest, error) {
	data, err := decodeData(b.Data)
	return runs.Schedule{
		Name: b.Name, Cron: b.Cron, Every: time.Duration(b.Every * float64(time.Second)), Zone: b.Zone, CatchUp: b.CatchUp, NoOverlap: b.NoOverlap,
		Enabled: b.Enabled == nil || *b.Enabled,
	}, service.RunRequest{Task: b.Task, Version: b.Version, Data: data, Files: b.Files}, err
}

// ScheduleID is the parameter of a path.
type ScheduleID struct {
	ID string `path:"id" maxLength:"100" doc:"ID of the schedule"`
}

type scheduleOutput struct {
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     scheduleDetail
}

func (a *api) scheduleOutput(ctx context.Context, s *runs.Schedule, err error, status int) (*scheduleOutput, error) {
	if err != nil {
		return nil, a.failed(err)
	}
	d, err := a.scheduleOf(ctx, s)
	if err != nil {
		return nil, a.failed(err)
	}
	return &scheduleOutput{status, s.ETag(), "/v1/schedules/" + s.ID, d}, nil
}

func (a *api) addSchedules() {
	tags := huma.OperationTags("schedules")
	type listInput struct {
		Cursor string `query:"cursor" maxLength:"100" doc:"next of the page before"`
		Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	}
	type scheduleListOutput struct {
		Body struct {
			Schedules []scheduleDetail `json:"schedules"`
			Next      string           `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/schedules", "list-schedules", "List schedules, by name", tags), func(ctx context.Context, in *listInput) (*scheduleListOutput, error) {
		page, next, err := a.Schedules(ctx, callerOf(ctx), in.Cursor, in.Limit)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(scheduleListOutput)
		out.Body.Next, out.Body.Schedules = next, make([]scheduleDetail, len(page))
		for i, s := range page {
			if out.Body.Schedules[i], err = a.scheduleOf(ctx, s); err != nil {
				return nil, a.failed(err)
			}
		}
		return out, nil
	})
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/schedules/{id}", "get-schedule", "Describe a schedule", tags), func(ctx context.Context, in *ScheduleID) (*scheduleOutput, error) {
		s, err := a.Schedule(ctx, callerOf(ctx), in.ID)
		return a.scheduleOutput(ctx, s, err, http.StatusOK)
	})
	type scheduleAddInput struct{ Body scheduleBody }
	add := a.operation(http.MethodPost, "/v1/schedules", "add-schedule", "Add a schedule", tags)
	add.MaxBodyBytes, add.DefaultStatus = maxBody, http.StatusCreated
	huma.Register(a.huma, add, func(ctx context.Context, in *scheduleAddInput) (*scheduleOutput, error) {
		s, r, err := in.Body.decode()
		if err != nil {
			return nil, a.failed(err)
		}
		saved, err := a.SaveSchedule(ctx, callerOf(ctx), s, r, etag.Match{})
		return a.scheduleOutput(ctx, saved, err, http.StatusCreated)
	})
	type schedulePutInput struct {
		ScheduleID
		IfMatch

		Body scheduleBody
	}
	put := a.operation(http.MethodPut, "/v1/schedules/{id}", "change-schedule", "Replace a schedule", tags)
	put.MaxBodyBytes = maxBody
	huma.Register(a.huma, put, func(ctx context.Context, in *schedulePutInput) (*scheduleOutput, error) {
		s, r, err := in.Body.decode()
		if err != nil {
			return nil, a.failed(err)
		}
		s.ID = in.ID
		saved, err := a.SaveSchedule(ctx, callerOf(ctx), s, r, in.match())
		return a.scheduleOutput(ctx, saved, err, http.StatusOK)
	})
	a.addScheduleActions(tags)
}

func (a *api) addScheduleActions(tags func(*huma.Operation)) {
	a.deletion(a.operation(http.MethodDelete, "/v1/schedules/{id}", "delete-schedule", "Delete a schedule; its runs stay", tags), a.DeleteSchedule)
	a.action(a.operation(http.MethodPost, "/v1/schedules/{id}/reset", "reset-schedule", "Forget what the runs of a schedule remember", tags), a.ResetSchedule)
	start := a.operation(http.MethodPost, "/v1/schedules/{id}/start", "start-schedule", "Start a run of a schedule now", tags)
	start.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, start, func(ctx context.Context, in *ScheduleID) (*runOutput, error) {
		run, err := a.StartSchedule(ctx, callerOf(ctx), in.ID)
		return a.runOutput(run, err, http.StatusCreated)
	})
}

// deletion registers an operation that deletes what has an ID and an ETag.
func (a *api) deletion(o huma.Operation, do func(context.Context, service.Caller, string, etag.Match) error) {
	type input struct {
		IfMatch

		ID string `path:"id" maxLength:"200"`
	}
	huma.Register(a.huma, o, func(ctx context.Context, in *input) (*struct{}, error) {
		if err := do(ctx, callerOf(ctx), in.ID, in.match()); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})
}

// action registers an operation on what has an ID, without a body in either direction.
func (a *api) action(o huma.Operation, do func(context.Context, service.Caller, string) error) {
	type input struct {
		ID string `path:"id" maxLength:"100"`
	}
	huma.Register(a.huma, o, func(ctx context.Context, in *input) (*struct{}, error) {
		if err := do(ctx, callerOf(ctx), in.ID); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})
}
