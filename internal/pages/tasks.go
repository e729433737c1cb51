package pages

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addTasks(mux *http.ServeMux) {
	mux.HandleFunc("GET /tasks", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 200
		tasks, err := p.service.Tasks(r.Context(), c, r.FormValue("search"), r.FormValue("after"), shown)
		if err != nil {
			return err
		}
		p.show(w, r, http.StatusOK, "tasks", view{Title: "Tasks", Page: "tasks", Body: tasks})
		return nil
	}))
	mux.HandleFunc("GET /tasks/{name}", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showTask(w, r, c, r.PathValue("name"), nil)
	}))
	mux.HandleFunc("POST /tasks/{name}/run", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		data, err := formData(r)
		if err != nil {
			return p.showTask(w, r, c, name, err)
		}
		run, err := p.service.Start(r.Context(), c, service.RunRequest{Task: name, Data: data})
		if err != nil {
			return p.showTask(w, r, c, name, err)
		}
		redirect(w, r, "/runs/"+run.ID)
		return nil
	}))
}

func (p *Pages) showTask(w http.ResponseWriter, r *http.Request, c service.Caller, name string, failure error) error {
	t, err := p.service.Task(r.Context(), c, name, 0)
	if err != nil {
		return err
	}
	versions, err := p.service.Versions(r.Context(), c, name)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failure != nil {
		status = http.StatusUnprocessableEntity
	}
	body := map[string]any{
		"Task": t, "Versions": versions, "Failure": problemOf(t.Failure), "Data": r.PostFormValue("data"),
		"Source": string(t.Definition.Files[t.Definition.Main]),
	}
	p.show(w, r, status, "task", view{Title: name, Page: "tasks", Body: body, Error: problemOf(failure)})
	return nil
}

// formData returns the values of data items in a form: fields data.NAME, and an object in
// JSON in the field data.
func formData(r *http.Request) (map[string]any, error) {
	data := make(map[string]any)
	if text := strings.TrimSpace(r.PostFormValue("data")); text != "" {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&data); err != nil {
			return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the data are not a JSON object", Hint: `write {"q_name": "Ada"}`}
		}
	}
	for field, values := range r.PostForm {
		if name, ok := strings.CutPrefix(field, "data."); ok && values[0] != "" {
			data[name] = values[0]
		}
	}
	return data, nil
}
