package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addTasks(mux *http.ServeMux) {
	p.addTaskForms(mux)
	mux.HandleFunc("GET /tasks", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 100
		search := r.FormValue("search")
		tasks, err := p.service.Tasks(r.Context(), c, search, r.FormValue("after"), shown+1)
		if err != nil {
			return err
		}
		next := ""
		if len(tasks) > shown {
			tasks = tasks[:shown]
			next = tasks[shown-1].Name
		}
		p.show(w, r, http.StatusOK, "tasks", view{Title: "Tasks", Page: "tasks", Body: map[string]any{"Tasks": tasks, "Search": search, "Next": next}})
		return nil
	}))
	mux.HandleFunc("GET /tasks/{name}", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showTask(w, r, c, r.PathValue("name"), nil)
	}))
	mux.HandleFunc("POST /tasks/{name}/hook", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		hook, err := p.service.AddHook(r.Context(), c, r.PathValue("name"))
		if err != nil {
			return err
		}
		return p.showTaskAndHook(w, r, c, r.PathValue("name"), hook, nil)
	}))
	mux.HandleFunc("POST /tasks/{name}/hook/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.DeleteHook(r.Context(), c, r.PathValue("name")); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The webhook can no longer be called.")
		redirect(w, r, taskPath(r.PathValue("name")))
		return nil
	}))
	p.addVersions(mux)
	mux.HandleFunc("POST /tasks/{name}/run", p.signedIn(p.runTask))
}

func (p *Pages) addVersions(mux *http.ServeMux) {
	const path = "/tasks/{name}/versions/{version}/delete"
	mux.HandleFunc("GET "+path, p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		t, err := p.service.Task(r.Context(), c, r.PathValue("name"), pathVersion(r))
		if err != nil {
			return err
		}
		p.confirm(w, r, "tasks", confirmation{
			Question: fmt.Sprintf("Delete version %d of %s?", t.Definition.Version, t.Task.Name), Button: "Delete", Back: taskPath(t.Task.Name),
			Text: "Its files are deleted, and its number is not used again. Its runs stay. The version is kept if a run of it has not ended, or a schedule names it.",
		})
		return nil
	}))
	mux.HandleFunc("POST "+path, p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name, version := r.PathValue("name"), pathVersion(r)
		if err := p.service.DeleteVersion(r.Context(), c, name, version); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), fmt.Sprintf("Version %d was deleted.", version))
		redirect(w, r, taskPath(name))
		return nil
	}))
}

// pathVersion returns the version in the path; one that is not a number is a version that no task has.
func pathVersion(r *http.Request) int64 {
	version, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil || version < 1 {
		return -1
	}
	return version
}

func taskPath(name string) string { return "/tasks/" + url.PathEscape(name) }

// taskPage is a version of a task.
type taskPage struct {
	*service.TaskDetail

	Versions []catalog.Definition
	Hook     service.Hook // of a webhook; zero: none was made
	Problem  *problem     // why the version cannot be run
	Inputs   []field      // its data items
	Data     string       // as it was entered
	Sources  []source     // its files that are text, the main one first
}

// source is a file.
type source struct {
	Name  string
	Lines []line
}

// line is a line of a source.
type line struct {
	Number int
	Text   string
	Wrong  bool
}

func (p *Pages) runTask(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	name := r.PathValue("name")
	t, err := p.service.Task(r.Context(), c, name, 0)
	if err != nil {
		return err
	}
	request := service.RunRequest{Task: name}
	if request.Data, err = formData(r, t.Items); err != nil {
		return p.showTask(w, r, c, name, err)
	}
	for i := range t.Items {
		if t.Items[i].Type != hostapi.TypeFile {
			continue
		}
		files, err := uploads(r, "key."+t.Items[i].VarName)
		if err != nil {
			return err
		}
		for _, f := range files {
			f.Item = t.Items[i].VarName
			request.Files = append(request.Files, f)
		}
	}
	run, err := p.service.Start(r.Context(), c, request)
	if err != nil {
		return p.showTask(w, r, c, name, err)
	}
	redirect(w, r, "/runs/"+run.ID)
	return nil
}

func (p *Pages) showTask(w http.ResponseWriter, r *http.Request, c service.Caller, name string, failure error) error {
	hook, err := p.service.TaskHook(r.Context(), c, name)
	if err != nil && !service.IsNotFound(err) {
		return err
	}
	return p.showTaskAndHook(w, r, c, name, hook, failure)
}

// showTaskAndHook shows a task, and the URL of its hook if that was made just now.
func (p *Pages) showTaskAndHook(w http.ResponseWriter, r *http.Request, c service.Caller, name string, hook service.Hook, failure error) error {
	t, err := p.service.Task(r.Context(), c, name, versionOf(r))
	if err != nil {
		return err
	}
	body := taskPage{TaskDetail: t, Hook: hook, Problem: problemOf(t.Failure), Data: r.PostFormValue("data")}
	if body.Versions, err = p.service.Versions(r.Context(), c, name); err != nil {
		return err
	}
	for i := range t.Items {
		f := inputOf(&t.Items[i])
		f.Value = r.PostFormValue("key." + f.Name)
		body.Inputs = append(body.Inputs, f)
	}
	for _, file := range slices.SortedFunc(maps.Keys(t.Definition.Files), mainFirst(t.Definition.Main)) {
		if text, isBinary := sourceOf(t.Definition.Files[file]); !isBinary && text != "" {
			body.Sources = append(body.Sources, source{file, linesOf(text, t.Failure, file)})
		}
	}
	p.show(w, r, statusOf(failure), "task", view{Title: name, Page: "tasks", Body: body, Error: problemOf(failure)})
	return nil
}

// mainFirst orders files by name, after the main one.
func mainFirst(main string) func(a, b string) int {
	return func(a, b string) int {
		switch main {
		case a:
			return -1
		case b:
			return 1
		}
		return strings.Compare(a, b)
	}
}

// linesOf returns the lines of a file, with the one of an error marked.
func linesOf(text string, failure error, file string) []line {
	var lines []line
	wrong := 0
	if e, ok := hostError(failure); ok && e.File == file {
		wrong = e.Line
	}
	for i, text := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		lines = append(lines, line{i + 1, text, i+1 == wrong})
	}
	return lines
}

// inputOf returns the field of a data item.
func inputOf(item *hostapi.Item) field {
	f := field{Name: item.VarName, Label: item.Name, Hint: item.VarName + ", " + string(item.Type), Type: "text"}
	if f.Label == "" {
		f.Label = item.VarName
	}
	switch item.Type { //nolint:exhaustive // the others are text
	case hostapi.TypeTextarea, hostapi.TypeMarkdown, hostapi.TypeString:
		f.Type = "textarea"
	case hostapi.TypeDate, hostapi.TypeDateYMD:
		f.Type = "date"
	case hostapi.TypeDatetime:
		f.Hint += ", such as 2026-01-31T12:00:00Z"
	case hostapi.TypeFile:
		f.Type = "file"
	case hostapi.TypeSelectSingle:
		if item.Options != nil {
			f.Type, f.Options = "select", []option{{"", "none"}}
			for _, o := range item.Options {
				f.Options = append(f.Options, option{o.Value, o.Display})
			}
		}
	case hostapi.TypeSelect, hostapi.TypeSelectCheckbox, hostapi.TypeList, hostapi.TypeUser, hostapi.TypeGroup, hostapi.TypeJSON:
		f.Type = "textarea"
		f.Hint += ": JSON"
	}
	return f
}

// formData returns the values of data items in a form: fields key.NAME, and an object in
// JSON in the field data.
func formData(r *http.Request, items []hostapi.Item) (map[string]any, error) {
	data := make(map[string]any)
	if text := strings.TrimSpace(r.PostFormValue("data")); text != "" {
		if err := decodeJSON(text, &data); err != nil {
			return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the data are not a JSON object", Hint: `write {"q_name": "Ada"}`}
		}
	}
	for i := range items {
		name := items[i].VarName
		text := strings.ReplaceAll(r.PostFormValue("key."+name), "\r\n", "\n")
		isJSON := slices.Contains([]hostapi.ItemType{
			hostapi.TypeSelect, hostapi.TypeSelectCheckbox, hostapi.TypeList, hostapi.TypeUser, hostapi.TypeGroup, hostapi.TypeJSON,
		}, items[i].Type)
		switch {
		case strings.TrimSpace(text) == "":
		case isJSON:
			var value any
			if err := decodeJSON(text, &value); err != nil {
				return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Name: name, Message: "is not JSON", Hint: `a text is written with quotation marks: "Ada"`}
			}
			data[name] = value
		default:
			data[name] = text
		}
	}
	return data, nil
}

func decodeJSON(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}
