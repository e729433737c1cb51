package pages

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addRuns(mux *http.ServeMux) {
	mux.HandleFunc("GET /runs", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 50
		q := runs.Query{Limit: shown, Cursor: r.FormValue("cursor"), Filter: runs.Filter{Task: r.FormValue("task"), Text: r.FormValue("search")}}
		if state := r.FormValue("state"); state != "" {
			q.States = []runs.State{runs.State(state)}
		}
		page, err := p.service.RunList(r.Context(), c, q)
		if err != nil {
			return err
		}
		p.show(w, r, http.StatusOK, "runs", view{Title: "Runs", Page: "runs", Body: map[string]any{
			"Runs": page.Runs, "Next": page.Next, "Query": q, "State": r.FormValue("state"), "States": runs.States(),
		}})
		return nil
	}))
	mux.HandleFunc("GET /runs/{id}", p.signedIn(p.showRun))
	mux.HandleFunc("POST /runs/{id}/cancel", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.Cancel(r.Context(), c, r.PathValue("id")); err != nil {
			return err
		}
		redirect(w, r, "/runs/"+r.PathValue("id"))
		return nil
	}))
	mux.HandleFunc("POST /runs/{id}/retry", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		run, err := p.service.Retry(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		redirect(w, r, "/runs/"+run.ID)
		return nil
	}))
	mux.HandleFunc("GET /runs/{id}/files/{index}", p.signedIn(p.file))
}

func (p *Pages) showRun(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	const shown = 1000
	run, err := p.service.Run(r.Context(), c, r.PathValue("id"))
	if err != nil {
		return err
	}
	entries, err := p.service.Entries(r.Context(), c, run.ID, 0, shown)
	if err != nil {
		return err
	}
	body := map[string]any{"Run": run, "Entries": entries, "Ended": !run.Finished.IsZero(), "Failure": (*problem)(nil)}
	if run.Error != nil {
		body["Failure"] = problemOf(run.Error)
	}
	if len(run.Result) > 0 {
		var result service.Result
		if err := json.Unmarshal(run.Result, &result); err != nil {
			return err
		}
		var outcome struct {
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(result.Outcome, &outcome); err != nil {
			return err
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, outcome.Data, "", "  "); err != nil {
			return err
		}
		body["Data"], body["Files"] = indented.String(), result.Files
	}
	if run.Finished.IsZero() {
		w.Header().Set("Refresh", "2") // without a script, the page is loaded again
	}
	p.show(w, r, http.StatusOK, "run", view{Title: "Run of " + run.Task, Page: "runs", Body: body})
	return nil
}

func (p *Pages) file(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	var index int
	if err := json.Unmarshal([]byte(r.PathValue("index")), &index); err != nil {
		index = -1
	}
	f, err := p.service.RunFile(r.Context(), c, r.PathValue("id"), index)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", service.Attachment(f.Name))
	_, _ = w.Write(f.Content) // fails only if the browser has gone
	return nil
}
