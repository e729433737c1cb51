package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/eventstream"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

// RunSummary is a run in a list.
type RunSummary struct {
	ID         string          `json:"id"`
	Task       string          `json:"task"`
	Version    int64           `json:"version,omitempty" doc:"of the task"`
	Tenant     string          `json:"tenant,omitempty"`
	State      runs.State      `json:"state" enum:"queued,running,waiting,succeeded,failed,canceled,interrupted"`
	Trigger    runs.Trigger    `json:"trigger" enum:"api,schedule,event,retry"`
	Actor      string          `json:"actor,omitempty" doc:"who started it"`
	Schedule   string          `json:"schedule,omitempty" doc:"ID of the schedule that started it"`
	RetryOf    string          `json:"retry_of,omitempty" doc:"ID of the run that it repeats"`
	EventRun   string          `json:"event_run,omitempty" doc:"ID of the run of the start event or webhook that started it"`
	Attempt    int             `json:"attempt"`
	Unsafe     bool            `json:"unsafe,omitempty" doc:"it may have sent a request that must not be repeated unseen"`
	CanceledBy string          `json:"canceled_by,omitempty"`
	Created    time.Time       `json:"created"`
	Started    time.Time       `json:"started,omitzero"`
	Finished   time.Time       `json:"finished,omitzero"`
	Due        time.Time       `json:"due,omitzero" doc:"when a queued or waiting run goes on"`
	Error      *report.Failure `json:"error,omitempty"`
}

type runDetail struct {
	RunSummary

	WaitsFor   runs.HeldBy `json:"waits_for,omitempty" enum:"database,time,concurrency,tenant,rate,workers" doc:"why a run does not end: the server cannot use its database; or why a queued run has not begun: its time, or as many runs of its task or tenant are in progress, or of its task have begun, as may be, or all workers are busy; GET of one run tells it"`
	WaitsUntil time.Time   `json:"waits_until,omitzero" doc:"when it may begin at the earliest, if that is known"`

	Outcome json.RawMessage `json:"outcome,omitempty" doc:"data, logs and usage, as postern run --json prints them; a file has the path files/{index}"`
	Files   []runFile       `json:"files,omitempty" doc:"files in the data; GET /v1/runs/{id}/files/{index} has the content"`
}

type runFile struct {
	Item        string `json:"item"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int    `json:"size" doc:"bytes"`
}

func runSummaryOf(r *runs.Run) RunSummary {
	s := RunSummary{
		ID: r.ID, Task: r.Task, Tenant: r.Tenant, State: r.State, Trigger: r.Trigger, Actor: r.Actor, Schedule: r.Schedule,
		RetryOf: r.RetryOf, EventRun: r.EventRun, Attempt: r.Attempt, Unsafe: r.Unsafe, CanceledBy: r.CanceledBy,
		Created: r.Created, Started: r.Started, Finished: r.Finished, Due: r.Due,
	}
	s.Version, _ = strconv.ParseInt(r.Version, 10, 64) // the service writes numbers only
	if r.Error != nil {
		s.Error = report.NewFailure(r.Error, nil)
	}
	return s
}

func runDetailOf(r *runs.Run) (runDetail, error) {
	d := runDetail{RunSummary: runSummaryOf(r)}
	if len(r.Result) == 0 {
		return d, nil
	}
	var result service.Result
	if err := json.Unmarshal(r.Result, &result); err != nil {
		return d, err
	}
	d.Outcome = result.Outcome
	d.Files = runFilesOf(result.Files)
	return d, nil
}

func runFilesOf(files []service.File) []runFile {
	var list []runFile
	for _, f := range files {
		list = append(list, runFile{f.Item, f.Name, f.ContentType, len(f.Content)})
	}
	return list
}

// RunID is the parameter of a path.
type RunID struct {
	ID string `path:"id" maxLength:"100" doc:"ID of the run"`
}

type runOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     runDetail
}

// Paths that accept or return more than JSON.
const (
	runsPath = "/v1/runs"
	logPath  = "/v1/runs/{id}/log"
)

func (a *api) addRuns() {
	tags := huma.OperationTags("runs")
	type runStartInput struct {
		Key  string `header:"Idempotency-Key" maxLength:"255" doc:"a repeated request with the same key returns the run of the first"`
		Wait int    `query:"wait" minimum:"0" maximum:"60" doc:"seconds to wait for the end of the run"`
		Body struct {
			Task      string                     `json:"task" minLength:"1" maxLength:"100"`
			Version   int64                      `json:"version,omitempty" minimum:"0" doc:"default: the active one"`
			Data      map[string]json.RawMessage `json:"data,omitempty" doc:"values of data items by name"`
			Files     []service.File             `json:"files,omitempty" doc:"files of data items, with contents in base64"`
			Priority  int                        `json:"priority,omitempty" minimum:"0" maximum:"4" doc:"1 is taken first; default: that of the task"`
			Timeout   float64                    `json:"timeout_s,omitempty" minimum:"0" doc:"seconds of one attempt; default: the limit of the task"`
			NotBefore time.Time                  `json:"not_before,omitempty"`
		}
	}
	start := a.operation(http.MethodPost, runsPath, "start-run", "Start a run", tags)
	start.MaxBodyBytes, start.DefaultStatus = maxBody, http.StatusCreated
	huma.Register(a.huma, start, func(ctx context.Context, in *runStartInput) (*runOutput, error) {
		data, err := decodeData(in.Body.Data)
		if err != nil {
			return nil, a.failed(err)
		}
		run, err := a.Start(ctx, callerOf(ctx), service.RunRequest{
			Task: in.Body.Task, Version: in.Body.Version, Data: data, Files: in.Body.Files, Priority: in.Body.Priority,
			Timeout: time.Duration(in.Body.Timeout * float64(time.Second)), NotBefore: in.Body.NotBefore, Key: in.Key,
		})
		if err == nil && in.Wait > 0 {
			// It was accepted, and the client has to know its ID also if waiting fails.
			if waited, err := a.Wait(ctx, callerOf(ctx), run.ID, time.Duration(in.Wait)*time.Second); err == nil {
				run = waited
			}
		}
		return a.runOutput(run, err, http.StatusCreated)
	})
	a.huma.OpenAPI().Paths[runsPath].Post.RequestBody.Content["multipart/form-data"] = &huma.MediaType{Schema: &huma.Schema{
		Type: "object", Required: []string{requestPart},
		Description:          "the part request is the JSON, without files; each other part is a file of the data item of its name",
		Properties:           map[string]*huma.Schema{requestPart: {Type: "object"}},
		AdditionalProperties: &huma.Schema{Type: "string", Format: "binary"},
	}}

	type getInput struct {
		RunID

		Wait int `query:"wait" minimum:"0" maximum:"60" doc:"seconds to wait for the end of the run"`
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/runs/{id}", "get-run", "Describe a run", tags), func(ctx context.Context, in *getInput) (*runOutput, error) {
		var run *runs.Run
		var err error
		if in.Wait > 0 {
			run, err = a.Wait(ctx, callerOf(ctx), in.ID, time.Duration(in.Wait)*time.Second)
		} else {
			run, err = a.Run(ctx, callerOf(ctx), in.ID)
		}
		out, err := a.runOutput(run, err, http.StatusOK)
		if err != nil {
			return nil, err
		}
		hold, err := a.Hold(ctx, callerOf(ctx), run)
		if err != nil {
			return nil, a.failed(err)
		}
		out.Body.WaitsFor, out.Body.WaitsUntil = hold.By, hold.Until
		return out, nil
	})

	type listInput struct {
		State    []runs.State `query:"state" enum:"queued,running,waiting,succeeded,failed,canceled,interrupted" doc:"states, separated by commas"`
		Task     string       `query:"task"`
		Tenant   string       `query:"tenant"`
		Actor    string       `query:"actor"`
		Schedule string       `query:"schedule" doc:"ID of a schedule"`
		Trigger  runs.Trigger `query:"trigger" enum:"api,schedule,event,retry"`
		Search   string       `query:"search" doc:"in the ID, the task, the actor or the error"`
		From     time.Time    `query:"from" doc:"created at or after that time"`
		To       time.Time    `query:"to" doc:"created before that time"`
		Cursor   string       `query:"cursor" doc:"next of the page before"`
		Limit    int          `query:"limit" default:"50" minimum:"1" maximum:"200"`
	}
	type runListOutput struct {
		Body struct {
			Runs []RunSummary `json:"runs"`
			Next string       `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/runs", "list-runs", "List runs, the newest first", tags), func(ctx context.Context, in *listInput) (*runListOutput, error) {
		page, err := a.RunList(ctx, callerOf(ctx), runs.Query{
			Filter: runs.Filter{States: in.State, Task: in.Task, Tenant: in.Tenant, Actor: in.Actor, Schedule: in.Schedule, Trigger: in.Trigger, Text: in.Search, From: in.From, To: in.To},
			Limit:  in.Limit, Cursor: in.Cursor,
		})
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(runListOutput)
		out.Body.Next, out.Body.Runs = page.Next, listOf(page.Runs, runSummaryOf)
		return out, nil
	})

	huma.Register(a.huma, a.operation(http.MethodPost, "/v1/runs/{id}/cancel", "cancel-run", "Cancel a run", tags), func(ctx context.Context, in *RunID) (*struct{}, error) {
		if err := a.Cancel(ctx, callerOf(ctx), in.ID); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})

	retry := a.operation(http.MethodPost, "/v1/runs/{id}/retry", "retry-run", "Start a run that repeats one which has ended", tags)
	retry.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, retry, func(ctx context.Context, in *RunID) (*runOutput, error) {
		run, err := a.Retry(ctx, callerOf(ctx), in.ID)
		return a.runOutput(run, err, http.StatusCreated)
	})

	a.addLog(tags)
	a.addRunFiles(tags)
}

func (a *api) runOutput(run *runs.Run, err error, status int) (*runOutput, error) {
	if err != nil {
		return nil, a.failed(err)
	}
	detail, err := runDetailOf(run)
	if err != nil {
		return nil, a.failed(err)
	}
	return &runOutput{Status: status, Location: "/v1/runs/" + run.ID, Body: detail}, nil
}

type logEntry struct {
	Seq     int64           `json:"seq"`
	Time    time.Time       `json:"time"`
	Attempt int             `json:"attempt"`
	Kind    runs.Kind       `json:"kind" enum:"log,request,unsafe,cut"`
	Level   hostapi.Level   `json:"level,omitempty" enum:"debug,info,warn,error" doc:"of an entry of the kind log"`
	Text    string          `json:"text,omitempty"`
	Request json.RawMessage `json:"request,omitempty" doc:"of an entry of the kind request"`
}

func (a *api) addLog(tags func(*huma.Operation)) {
	type input struct {
		RunID

		After int64 `query:"after" minimum:"0" doc:"seq of the entry that the page before ended with"`
		Limit int   `query:"limit" default:"200" minimum:"1" maximum:"1000"`
	}
	type logOutput struct {
		Body struct {
			Entries []logEntry `json:"entries"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, logPath, "read-log", "Read the log of a run", tags), func(ctx context.Context, in *input) (*logOutput, error) {
		entries, err := a.Entries(ctx, callerOf(ctx), in.ID, in.After, in.Limit)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(logOutput)
		out.Body.Entries = listOf(entries, logEntryOf)
		return out, nil
	})
	a.huma.OpenAPI().Paths[logPath].Get.Responses["200"].Content[eventstream.Type] = &huma.MediaType{Schema: &huma.Schema{
		Type: "string", Description: "server-sent events until the run has ended: one for each entry, named like its kind, and then end with the run",
	}}
}

func logEntryOf(e runs.Entry) logEntry {
	entry := logEntry{Seq: e.Seq, Time: e.Time, Attempt: e.Attempt, Kind: e.Kind, Level: e.Level}
	if e.Kind == runs.KindRequest {
		entry.Request = json.RawMessage(e.Text)
	} else {
		entry.Text = e.Text
	}
	return entry
}

func (a *api) addRunFiles(tags func(*huma.Operation)) {
	type input struct {
		RunID

		Index int `path:"index" minimum:"0" doc:"place in the files of the run, from 0"`
	}
	type fileOutput struct {
		ContentType string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/runs/{id}/files/{index}", "read-file", "Read a file of a run's data", tags), func(ctx context.Context, in *input) (*fileOutput, error) {
		f, err := a.RunFile(ctx, callerOf(ctx), in.ID, in.Index)
		if err != nil {
			return nil, a.failed(err)
		}
		return &fileOutput{ContentType: "application/octet-stream", Disposition: service.Attachment(f.Name), Body: f.Content}, nil
	})
}

// decodeData decodes values of data items; numbers keep their digits.
func decodeData(raw map[string]json.RawMessage) (map[string]any, error) {
	data := make(map[string]any, len(raw))
	for name, text := range raw {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "start run", Name: name, Message: "the value is not JSON"}
		}
		data[name] = v
	}
	return data, nil
}
