package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/service"
)

// TaskSummary is a task in a list. It is exported since huma leaves out unexported embedded structs.
type TaskSummary struct {
	Name    string         `json:"name"`
	Source  catalog.Source `json:"source" enum:"api,folder" doc:"where it comes from; a task of the folder cannot be changed here"`
	Active  int64          `json:"active_version" doc:"the version that runs use; 0: none"`
	Newest  int64          `json:"newest_version"`
	Changed time.Time      `json:"changed"`
}

func summaryOf(t catalog.Task) TaskSummary {
	return TaskSummary{t.Name, t.Source, t.Active, t.Newest, t.Changed}
}

// VersionSummary is a version of a task without its files.
type VersionSummary struct {
	Version int64           `json:"version"`
	Main    string          `json:"main" doc:"the file that is the task"`
	Options catalog.Options `json:"options"`
	Digest  string          `json:"digest" doc:"SHA-256 of the content"`
	Actor   string          `json:"actor" doc:"who registered it"`
	Created time.Time       `json:"created"`
}

func versionOf(d catalog.Definition) VersionSummary {
	return VersionSummary{d.Version, d.Main, d.Options, d.Digest, d.Actor, d.Created}
}

type taskConfig struct {
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	FormType string   `json:"form_type"`
	Required bool     `json:"required"`
	Choices  []string `json:"choices,omitempty"`
}

type taskDetail struct {
	TaskSummary

	Version  *VersionSummary  `json:"version,omitempty" doc:"the version that was asked for"`
	Files    []fileName       `json:"files,omitempty"`
	Kind     service.TaskKind `json:"kind,omitempty" enum:"javascript,webassembly,request,service_task,start_event,webhook"`
	Label    string           `json:"label,omitempty"`
	Items    []hostapi.Item   `json:"items,omitempty" doc:"the data items that it declares"`
	Configs  []taskConfig     `json:"configs,omitempty" doc:"the settings that an add-on asks for"`
	Warnings []string         `json:"warnings,omitempty"`
	Failure  *report.Failure  `json:"failure,omitempty" doc:"why the version cannot be run"`
}

type fileName struct {
	Name string `json:"name"`
	Size int    `json:"size" doc:"bytes"`
}

// TaskName is the parameter of a path.
type TaskName struct {
	Name string `path:"name" maxLength:"100" doc:"name of the task"`
}

// namePage selects a page of a list that is sorted by name.
type namePage struct {
	Search string `query:"search" maxLength:"100" doc:"a part of the name"`
	After  string `query:"after" maxLength:"100" doc:"the name that the page before ended with"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

func (a *api) addTasks() {
	tags := huma.OperationTags("tasks")
	type taskListOutput struct {
		Body struct {
			Tasks []TaskSummary `json:"tasks"`
			Next  string        `json:"next,omitempty" doc:"after of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/tasks", "list-tasks", "List tasks", tags), func(ctx context.Context, in *namePage) (*taskListOutput, error) {
		tasks, err := a.Tasks(ctx, callerOf(ctx), in.Search, in.After, in.Limit+1)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(taskListOutput)
		if len(tasks) > in.Limit {
			tasks = tasks[:in.Limit]
			out.Body.Next = tasks[in.Limit-1].Name
		}
		out.Body.Tasks = listOf(tasks, summaryOf)
		return out, nil
	})

	type getInput struct {
		TaskName

		Version int64 `query:"version" minimum:"0" doc:"default: the active one"`
	}
	type getOutput struct {
		ETag string `header:"ETag" doc:"of the task: says which version is active"`
		Body taskDetail
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/tasks/{name}", "get-task", "Describe a task", tags), func(ctx context.Context, in *getInput) (*getOutput, error) {
		t, err := a.Task(ctx, callerOf(ctx), in.Name, in.Version)
		if err != nil {
			return nil, a.failed(err)
		}
		return &getOutput{ETag: t.Task.ETag(), Body: detailOf(t)}, nil
	})

	type taskPutInput struct {
		TaskName

		IfNew

		Body struct {
			Main    string            `json:"main" minLength:"1" doc:"the file that is the task: a script, task file or add-on"`
			Files   map[string][]byte `json:"files" doc:"contents in base64, by name"`
			Options catalog.Options   `json:"options,omitempty"`
		}
	}
	type taskPutOutput struct {
		Status int
		ETag   string `header:"ETag"`
		Body   struct {
			VersionSummary

			Warnings []string `json:"warnings,omitempty"`
		}
	}
	put := a.operation(http.MethodPut, "/v1/tasks/{name}", "register-task", "Register a version of a task, and activate it", tags)
	put.MaxBodyBytes = maxBody
	huma.Register(a.huma, put, func(ctx context.Context, in *taskPutInput) (*taskPutOutput, error) {
		d := catalog.Definition{Name: in.Name, Main: in.Body.Main, Files: in.Body.Files, Options: in.Body.Options}
		d, warnings, err := a.Register(ctx, callerOf(ctx), d, in.match())
		if err != nil {
			return nil, a.failed(err)
		}
		out := &taskPutOutput{Status: http.StatusOK, ETag: catalog.Task{Name: d.Name, Active: d.Version}.ETag()}
		if d.Version == 1 {
			out.Status = http.StatusCreated
		}
		out.Body.VersionSummary, out.Body.Warnings = versionOf(d), warnings
		return out, nil
	})

	a.alsoCreates(put)

	type deleteInput struct {
		TaskName
		IfMatch
	}
	huma.Register(a.huma, a.operation(http.MethodDelete, "/v1/tasks/{name}", "delete-task", "Delete a task with its versions", tags), func(ctx context.Context, in *deleteInput) (*struct{}, error) {
		if err := a.DeleteTask(ctx, callerOf(ctx), in.Name, in.match()); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})

	type versionListOutput struct {
		Body struct {
			Versions []VersionSummary `json:"versions"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/tasks/{name}/versions", "list-versions", "List the versions of a task", tags), func(ctx context.Context, in *TaskName) (*versionListOutput, error) {
		versions, err := a.Versions(ctx, callerOf(ctx), in.Name)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(versionListOutput)
		out.Body.Versions = listOf(versions, versionOf)
		return out, nil
	})

	type versionInput struct {
		TaskName

		Version int64 `path:"version" minimum:"1" doc:"number of the version"`
	}
	huma.Register(a.huma, a.operation(http.MethodDelete, "/v1/tasks/{name}/versions/{version}", "delete-version", "Delete a version of a task that is not the active one", tags), func(ctx context.Context, in *versionInput) (*struct{}, error) {
		if err := a.DeleteVersion(ctx, callerOf(ctx), in.Name, in.Version); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})

	type activateInput struct {
		TaskName

		Body struct {
			Version int64 `json:"version" minimum:"0" doc:"0 deactivates the task"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodPost, "/v1/tasks/{name}/activate", "activate-version", "Make a version the one that runs use", tags), func(ctx context.Context, in *activateInput) (*struct{}, error) {
		if err := a.Activate(ctx, callerOf(ctx), in.Name, in.Body.Version); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})
}

func detailOf(t *service.TaskDetail) taskDetail {
	d := taskDetail{
		TaskSummary: summaryOf(t.Task), Kind: t.Kind, Label: t.Label, Items: t.Items, Warnings: t.Warnings,
	}
	if t.Definition.Version != 0 {
		v := versionOf(t.Definition)
		d.Version = &v
	}
	for name, content := range t.Definition.Files {
		d.Files = append(d.Files, fileName{name, len(content)})
	}
	for _, c := range t.Configs {
		config := taskConfig{Name: c.Name, Label: c.Label.In("en"), FormType: string(c.FormType), Required: c.Required}
		for _, item := range c.Items {
			config.Choices = append(config.Choices, item.Value)
		}
		d.Configs = append(d.Configs, config)
	}
	if t.Failure != nil {
		d.Failure = report.NewFailure(t.Failure, nil)
	}
	return d
}

// alsoCreates declares that an operation may respond with 201 as well.
func (a *api) alsoCreates(o huma.Operation) {
	responses := a.huma.OpenAPI().Paths[o.Path].Put.Responses
	created := *responses["200"]
	created.Description = http.StatusText(http.StatusCreated)
	responses["201"] = &created
}

// operation returns an operation with the errors that any may have.
func (a *api) operation(method, path, id, summary string, more ...func(*huma.Operation)) huma.Operation {
	o := huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary, BodyReadTimeout: a.readTimeout,
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
			http.StatusNotAcceptable, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable,
		},
	}
	for _, f := range more {
		f(&o)
	}
	return o
}
