package pages

import (
	"cmp"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/service"
)

// taskForm is the form that adds a task or a version of one.
type taskForm struct {
	Name, Main, Source string
	New                bool
	Files              []string // of the version that is changed, beside Main
	Options            catalog.Options
	Configs            []addon.Config // of an add-on
	Settings           []group        // the form of Configs
	Connections        []choice
	Allow              string
	Binary             bool   // Main is not text
	ETag               string // "": it is new
}

// choice is one of several that may be chosen together.
type choice struct {
	Value   string
	Checked bool
}

const exampleTask = `engine.log("Hello, " + engine.findDataByVarName("q_name"));
engine.setDataByVarName("q_greeting", "Hello, " + engine.findDataByVarName("q_name"));
`

func (p *Pages) addTaskForms(mux *http.ServeMux) {
	mux.HandleFunc("GET /new/task", p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showTaskForm(w, r, c, taskForm{New: true, Main: "main.js", Source: exampleTask}, nil)
	}))
	mux.HandleFunc("POST /new/task", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.register(w, r, c, catalog.Definition{Name: strings.TrimSpace(r.PostFormValue("name"))}, true)
	}))
	mux.HandleFunc("GET /tasks/{name}/edit", p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		t, err := p.service.Task(r.Context(), c, r.PathValue("name"), versionOf(r))
		if err != nil {
			return err
		}
		return p.showTaskForm(w, r, c, formOf(t), nil)
	}))
	mux.HandleFunc("POST /tasks/{name}/edit", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		t, err := p.service.Task(r.Context(), c, r.PathValue("name"), versionOf(r))
		if err != nil {
			return err
		}
		d := t.Definition
		d.Name = r.PathValue("name")
		return p.register(w, r, c, d, false)
	}))
	mux.HandleFunc("POST /tasks/{name}/activate", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
		if err != nil {
			return badSettings("there is no such version", "")
		}
		if err := p.service.Activate(r.Context(), c, name, version); err != nil {
			return p.showTask(w, r, c, name, err)
		}
		text := "The task has no active version: it cannot be run."
		if version > 0 {
			text = "Version " + strconv.FormatInt(version, 10) + " is active: the next runs use it."
		}
		p.service.Accounts.Flash(r.Context(), text)
		redirect(w, r, taskPath(name))
		return nil
	}))
	mux.HandleFunc("GET /tasks/{name}/delete", p.only(accounts.Author, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		t, err := p.service.Task(r.Context(), c, r.PathValue("name"), 0)
		if err != nil {
			return err
		}
		p.confirm(w, r, "tasks", confirmation{
			Question: "Delete the task " + t.Task.Name + "?", Button: "Delete", Back: taskPath(t.Task.Name),
			Text: "All of its versions are deleted. Its runs stay, and can no longer be repeated. The task is kept if a run has not ended, or a schedule starts it.",
		})
		return nil
	}))
	mux.HandleFunc("POST /tasks/{name}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		if err := p.service.DeleteTask(r.Context(), c, name, etag.Match{}); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The task "+name+" was deleted.")
		redirect(w, r, "/tasks")
		return nil
	}))
}

// versionOf returns the version that a request names; 0: the active one.
func versionOf(r *http.Request) int64 {
	version, err := strconv.ParseInt(r.FormValue("version"), 10, 64)
	if err != nil {
		return 0
	}
	return version
}

func formOf(t *service.TaskDetail) taskForm {
	d := t.Definition
	form := taskForm{Name: t.Task.Name, ETag: t.Task.ETag(), Main: d.Main, Options: d.Options, Allow: strings.Join(d.Options.Allow, "\n")}
	form.Source, form.Binary = sourceOf(d.Files[d.Main])
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		if name != d.Main {
			form.Files = append(form.Files, name)
		}
	}
	form.Configs = t.Configs
	return form
}

// sourceOf returns a file as it is edited; true if it is not text.
func sourceOf(content []byte) (string, bool) {
	text := string(content)
	if strings.ContainsRune(text, 0) || strings.ToValidUTF8(text, "") != text {
		return "", true
	}
	return text, false
}

// settingsOf returns the form that the definition of an add-on asks for, with a group for
// each of its tabs.
func settingsOf(configs []addon.Config, values map[string]string, connections []string) []group {
	var groups []group
	for i := range configs {
		c := &configs[i]
		f := field{
			Name: "setting." + c.Name, Label: cmp.Or(c.Label.In("en"), c.Name), Type: "text", Required: c.Required && c.DependsOn == "",
			Value: values[c.Name], Hint: c.Name,
		}
		switch c.FormType {
		case addon.FormTextarea:
			f.Type = "textarea"
		case addon.FormToggle:
			f.Type, f.Required = "checkbox", false
			if f.Value == "on" {
				f.Value = "true"
			}
		case addon.FormSelect:
			f.Hint += ": the variable name of a data item"
			if c.SelectDataType != "" {
				f.Hint += " of the type " + strings.ReplaceAll(c.SelectDataType, "|", " or ")
			}
			if c.Editable {
				f.Hint += ", or another text"
			}
		case addon.FormSelectItem:
			f.Type, f.Options = "select", append([]option{{"", "none"}}, optionsOf(c.Items)...)
			if c.Editable {
				f.Type = "text"
			}
		case addon.FormSelectSubData:
			f.Hint += ": a column of the table"
		case addon.FormOAuth2:
			f.Type, f.Options, f.Hint = "select", []option{{"", "none"}}, f.Hint+": a connection"
			for _, name := range connections {
				f.Options = append(f.Options, option{name, name})
			}
			if f.Value != "" && !slices.Contains(connections, f.Value) {
				f.Options = append(f.Options, option{f.Value, f.Value + ", which does not exist"})
			}
		case addon.FormUser, addon.FormGroup, addon.FormTextfield:
		}
		if c.Deprecated {
			f.Hint += "; deprecated"
		}
		title := cmp.Or(c.Tab.In("en"), "Settings of the add-on")
		if n := len(groups); n == 0 || groups[n-1].Title != title {
			groups = append(groups, group{Title: title})
		}
		last := &groups[len(groups)-1]
		last.Fields = append(last.Fields, f)
	}
	return groups
}

func optionsOf(items []addon.ConfigItem) []option {
	list := make([]option, 0, len(items))
	for _, item := range items {
		list = append(list, option{item.Value, cmp.Or(item.Label.In("en"), item.Value)})
	}
	return list
}

func (p *Pages) showTaskForm(w http.ResponseWriter, r *http.Request, c service.Caller, form taskForm, failure error) error {
	names, err := p.service.ConnectionNames(c)
	if err != nil {
		return err
	}
	for _, name := range names {
		form.Connections = append(form.Connections, choice{name, slices.Contains(form.Options.Connections, name)})
	}
	form.Settings = settingsOf(form.Configs, form.Options.Settings, names)
	v := view{Title: "Add a task", Page: "tasks", Body: form, Error: problemOf(failure)}
	if !form.New {
		v.Title, v.ETag, v.Error = "Edit "+form.Name, formTag(r, failure, form.ETag), formProblem(failure, taskPath(form.Name))
	}
	p.show(w, r, statusOf(failure), "task-form", v)
	return nil
}

// register stores what a form holds as a new version of the task in before.
func (p *Pages) register(w http.ResponseWriter, r *http.Request, c service.Caller, before catalog.Definition, isNew bool) error {
	d := catalog.Definition{Name: before.Name, Main: before.Main, Files: maps.Clone(before.Files)}
	if d.Files == nil {
		d.Files = make(map[string][]byte)
	}
	match := etag.Match{New: true}
	if !isNew {
		match = matchOf(r)
	}
	err := readTaskForm(r, &d, before.Options)
	if err == nil {
		var warnings []string
		if _, warnings, err = p.service.Register(r.Context(), c, d, match); err == nil {
			text := "The task was saved, and is active."
			if len(warnings) > 0 {
				text += " It has warnings."
			}
			p.service.Accounts.Flash(r.Context(), text)
			redirect(w, r, taskPath(d.Name))
			return nil
		}
	}
	form := formOf(&service.TaskDetail{Task: catalog.Task{Name: d.Name}, Definition: d})
	form.New, form.Allow = isNew, r.PostFormValue("allow")
	if !isNew {
		if t, err := p.service.Task(r.Context(), c, d.Name, before.Version); err == nil {
			form.Configs, form.ETag = t.Configs, t.Task.ETag()
		}
	}
	return p.showTaskForm(w, r, c, form, err)
}

// readTaskForm reads files and options into a definition.
func readTaskForm(r *http.Request, d *catalog.Definition, before catalog.Options) error {
	uploaded, err := uploads(r, "files")
	if err != nil {
		return err
	}
	for _, name := range r.PostForm["remove"] {
		delete(d.Files, name)
	}
	source := strings.ReplaceAll(r.PostFormValue("source"), "\r\n", "\n") // as browsers send it
	if len(uploaded) == 0 || d.Main != "" {
		if main := cmp.Or(strings.TrimSpace(r.PostFormValue("main")), d.Main); source != "" {
			if main != d.Main {
				delete(d.Files, d.Main)
			}
			d.Main, d.Files[main] = main, []byte(source)
		}
	}
	for _, f := range uploaded {
		d.Files[f.Name] = f.Content
	}
	if len(uploaded) > 0 && d.Files[d.Main] == nil || d.Main == "" {
		d.Main = mainOf(uploaded)
	}
	o := before
	o.Description, o.RetryUnsafe = strings.TrimSpace(r.PostFormValue("description")), r.PostFormValue("retry_unsafe") != ""
	o.Connections, o.Allow = r.PostForm["connection"], strings.FieldsFunc(strings.ReplaceAll(r.PostFormValue("allow"), "\r", ""), func(c rune) bool { return c == '\n' })
	o.StartTask, o.Tenant = strings.TrimSpace(r.PostFormValue("start_task")), strings.TrimSpace(r.PostFormValue("tenant"))
	o.Rate = catalog.Rate(strings.TrimSpace(r.PostFormValue("rate")))
	for name, to := range map[string]*int{"retries": &o.Retries, "concurrency": &o.Concurrency} {
		text := cmp.Or(strings.TrimSpace(r.PostFormValue(name)), "0")
		n, err := strconv.Atoi(text)
		if err != nil {
			return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Name: name, Message: "is not a number", Hint: "enter digits, or nothing"}
		}
		*to = n
	}
	settings := maps.Clone(o.Settings)
	for name, values := range r.PostForm {
		if key, ok := strings.CutPrefix(name, "key.setting."); ok {
			if settings == nil {
				settings = make(map[string]string)
			}
			settings[key] = strings.ReplaceAll(values[len(values)-1], "\r\n", "\n")
		}
	}
	maps.DeleteFunc(settings, func(_, value string) bool { return value == "" })
	o.Settings = settings
	d.Options = o
	return nil
}

// mainOf returns the file that is the task: a task file or an add-on, if there is one, and
// otherwise the first script that is not a test.
func mainOf(files []service.File) string {
	for _, kinds := range [][]string{{".toml", ".xml"}, {".js", ".wasm"}} {
		for _, f := range files {
			if slices.Contains(kinds, path.Ext(f.Name)) && !strings.HasSuffix(f.Name, ".test.js") {
				return f.Name
			}
		}
	}
	if len(files) > 0 {
		return files[0].Name
	}
	return ""
}

// uploads returns the files of a field of a form.
func uploads(r *http.Request, name string) ([]service.File, error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	var list []service.File
	for _, header := range r.MultipartForm.File[name] {
		if header.Filename == "" {
			continue
		}
		content, err := contentOf(header)
		if err != nil {
			return nil, err
		}
		list = append(list, service.File{Name: header.Filename, ContentType: header.Header.Get("Content-Type"), Content: content})
	}
	return list, nil
}

func contentOf(header *multipart.FileHeader) ([]byte, error) {
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return io.ReadAll(f)
}
