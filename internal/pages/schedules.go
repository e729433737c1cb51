package pages

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addSchedules(mux *http.ServeMux) {
	mux.HandleFunc("GET /schedules", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 100
		list, next, err := p.service.Schedules(r.Context(), c, r.FormValue("cursor"), shown)
		if err != nil {
			return err
		}
		p.show(w, r, http.StatusOK, "schedules", view{Title: "Schedules", Page: "schedules", Body: map[string]any{"Schedules": list, "Next": next}})
		return nil
	}))
	mux.HandleFunc("GET /schedules/new", p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showScheduleForm(w, r, scheduleForm{
			New: true, Schedule: runs.Schedule{Enabled: true, CatchUp: runs.CatchUpOne}, Task: r.FormValue("task"),
		}, nil)
	}))
	mux.HandleFunc("POST /schedules/new", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.saveSchedule(w, r, c, runs.Schedule{})
	}))
	mux.HandleFunc("GET /schedules/{id}", p.signedIn(p.showSchedule))
	mux.HandleFunc("GET /schedules/{id}/edit", p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		s, err := p.service.Schedule(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		request, err := service.InputOf(s.Request)
		if err != nil {
			return err
		}
		return p.showScheduleForm(w, r, scheduleForm{Schedule: *s, Task: s.Request.Task, Version: s.Request.Version, Every: everyText(s.Every), Data: dataText(request.Data)}, nil)
	}))
	mux.HandleFunc("POST /schedules/{id}/edit", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		s, err := p.service.Schedule(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		return p.saveSchedule(w, r, c, *s)
	}))
	mux.HandleFunc("POST /schedules/{id}/start", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		run, err := p.service.StartSchedule(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		redirect(w, r, "/runs/"+run.ID)
		return nil
	}))
	mux.HandleFunc("POST /schedules/{id}/reset", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.ResetSchedule(r.Context(), c, r.PathValue("id")); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The next run begins with all items again.")
		redirect(w, r, "/schedules/"+r.PathValue("id"))
		return nil
	}))
	mux.HandleFunc("GET /schedules/{id}/delete", p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		s, err := p.service.Schedule(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		p.confirm(w, r, "schedules", confirmation{
			Question: "Delete the schedule " + s.Name + "?", Button: "Delete", Back: "/schedules/" + s.ID, Text: "It starts no more runs. Those that it has started stay.",
		})
		return nil
	}))
	mux.HandleFunc("POST /schedules/{id}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.DeleteSchedule(r.Context(), c, r.PathValue("id"), etag.Match{}); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The schedule was deleted.")
		redirect(w, r, "/schedules")
		return nil
	}))
}

// scheduleForm is the form that adds or changes a schedule.
type scheduleForm struct {
	runs.Schedule

	New                        bool
	Task, Version, Every, Data string
	CatchUps                   []option
}

func everyText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func dataText(data map[string]any) string {
	if len(data) == 0 {
		return ""
	}
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return "" // it was decoded from JSON
	}
	return string(text)
}

func (p *Pages) showScheduleForm(w http.ResponseWriter, r *http.Request, form scheduleForm, failure error) error {
	form.CatchUps = []option{
		{string(runs.CatchUpNone), "leave them out"}, {string(runs.CatchUpOne), "start one run for the last of them"}, {string(runs.CatchUpAll), "start a run for each, at most 100"},
	}
	v := view{Title: "Add a schedule", Page: "schedules", Body: form, Error: problemOf(failure)}
	if !form.New {
		v.Title, v.ETag, v.Error = "Edit "+form.Name, formTag(r, failure, form.ETag()), formProblem(failure, "/schedules/"+form.ID)
	}
	p.show(w, r, statusOf(failure), "schedule-form", v)
	return nil
}

func (p *Pages) saveSchedule(w http.ResponseWriter, r *http.Request, c service.Caller, s runs.Schedule) error {
	form := scheduleForm{
		New: s.ID == "", Task: strings.TrimSpace(r.PostFormValue("task")), Version: strings.TrimSpace(r.PostFormValue("version")),
		Every: strings.TrimSpace(r.PostFormValue("every")), Data: r.PostFormValue("data"),
	}
	s.Name, s.Cron, s.Zone = strings.TrimSpace(r.PostFormValue("name")), strings.TrimSpace(r.PostFormValue("cron")), strings.TrimSpace(r.PostFormValue("zone"))
	s.CatchUp, s.NoOverlap, s.Enabled = runs.CatchUp(r.PostFormValue("catch_up")), r.PostFormValue("no_overlap") != "", r.PostFormValue("enabled") != ""
	form.Schedule = s
	saved, err := p.storeSchedule(r, c, s, form)
	if err != nil {
		return p.showScheduleForm(w, r, form, err)
	}
	p.service.Accounts.Flash(r.Context(), "The schedule was saved.")
	redirect(w, r, "/schedules/"+saved.ID)
	return nil
}

func (p *Pages) storeSchedule(r *http.Request, c service.Caller, s runs.Schedule, form scheduleForm) (*runs.Schedule, error) {
	var err error
	if s.Every, err = time.ParseDuration(cmp.Or(form.Every, "0")); err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Name: "interval", Message: "is not a time", Hint: "write a number and a unit, such as 15m or 6h"}
	}
	data, err := formData(r, nil)
	if err != nil {
		return nil, err
	}
	version, err := strconv.ParseInt(cmp.Or(form.Version, "0"), 10, 64)
	if err != nil || version < 0 {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Name: "version", Message: "is not the number of a version", Hint: "leave it empty for the one that is active"}
	}
	request, match := service.RunRequest{Task: form.Task, Version: version, Data: data}, etag.Match{}
	if s.ID != "" {
		if request, err = service.InputOf(s.Request); err != nil {
			return nil, err
		}
		request.Task, request.Data, request.Version = form.Task, data, version
		match = matchOf(r)
	}
	return p.service.SaveSchedule(r.Context(), c, s, request, match)
}

func (p *Pages) showSchedule(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	const shown = 5
	s, err := p.service.Schedule(r.Context(), c, r.PathValue("id"))
	if err != nil {
		return err
	}
	body := map[string]any{"Schedule": s, "Problem": problemOf(p.service.ScheduleProblem(r.Context(), s))}
	if s.Enabled {
		if body["Ticks"], err = s.Ticks(time.Now(), shown); err != nil {
			return err
		}
	}
	request, err := service.InputOf(s.Request)
	if err != nil {
		return err
	}
	body["Data"] = dataText(request.Data)
	page, err := p.service.RunList(r.Context(), c, runs.Query{Filter: runs.Filter{Schedule: s.ID}, Limit: 10})
	if err != nil {
		return err
	}
	body["Runs"] = page.Runs
	p.show(w, r, http.StatusOK, "schedule", view{Title: s.Name, Page: "schedules", Body: body})
	return nil
}
