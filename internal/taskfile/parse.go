package taskfile

import (
	"path/filepath"
	"slices"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/httpstep"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// parseTask reads data as the task file of that name:
//
//	script = "greet.js"               # relative to the task file; or [request], see package httpstep
//	connections = ["crm"]             # what the task may name
//	allow = ["api.example.com"]       # where it may send requests beside their hosts
//
//	[data.q_name]                     # the data items; without any, every name is allowed
//	type = "STRING_TEXTFIELD"
//	value = "Ada"                     # this and all below may be left out
//	name = "Name"                     # its label
//	number = 1                        # default: its place in the file
//	options = ["a", { value = "b", display = "B" }]        # of a select item
//	columns = [{ var_name = "c", type = "DECIMAL", scale = 2 }] # of a LIST
//
//	[settings]                        # what configs.get and configs.getObject find
//	conf_text = "text"
//	conf_switch = true
//	conf_item = { item = "q_name" }
//	conf_auth = { connection = "crm" }
//	conf_user = { user = "ada@example.com" } # one of process.users
//	conf_group = { group = "Sales" }         # one of process.groups, by its name
//
//	[process]                         # the fields of hostapi.Process
//	instance_id = 1
//	model_info_id = 2
//	debug = false
//	time_zone = "GMT+09:00"
//	users = [{ id = 1, name = "Ada", email = "ada@example.com" }]
//	groups = [{ id = 1, name = "Sales", members = [{ user_id = 1, leader = true }] }]
//
//	[limits]                          # the fields of hostapi.Limits, at most those of ceiling
//	time = "5s"
//	response_bytes = "1MiB"
//
// Any other key is a mistake. The error tells of all mistakes.
func parseTask(file string, data []byte, ceiling hostapi.Limits) (*Task, error) {
	doc, top := stricttoml.Parse(file, data, mayHoldSecrets(data))
	if err := doc.Err(); err != nil {
		return nil, err
	}
	top.Only(taskKeys()...)
	t := &Task{scriptAt: top.At("script"), Connections: top.Texts("connections"), ConnectionsAt: top.At("connections")}
	switch script := top.Text("script"); {
	case top.Has("request"): // which is read below, once the data items are known
		if top.Has("script") {
			top.Fail("script", "is there beside [request]", "a task is a script or a request")
		}
	case filepath.IsAbs(script):
		t.Script = script
	case script != "":
		t.Script = filepath.Join(filepath.Dir(file), filepath.FromSlash(script))
	case top.Has("script"):
		top.Fail("script", "names no script", `write script = "name.js"`)
	default:
		top.Fail("script", "is missing", `write script = "name.js", or a table [request]`)
	}
	for _, text := range top.Texts("allow") {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			top.FailWith("allow", err)
		}
		t.Allow = append(t.Allow, rule)
	}
	if top.Has("data") {
		readItems(top.Table("data"), t)
	}
	t.Process = readProcess(top.Table("process"))
	t.Settings = readSettings(top.Table("settings"), t)
	t.Limits = readLimits(top.Table("limits"), ceiling)
	var step *httpstep.Step
	if top.Has("request") {
		step = t.readRequest(top.Table("request"))
	}
	if err := doc.Err(); err != nil || step == nil {
		return t, err
	}
	t.step, t.Request, t.Script, t.Source = step, true, file+" [request]", step.JavaScript(filepath.Base(file))
	return t, nil
}

// readRequest reads [request], whose connection the task is granted.
func (t *Task) readRequest(request *stricttoml.Table) *httpstep.Step {
	step := httpstep.Parse(request, t.Items)
	if name := request.Text("auth"); name != "" && !slices.Contains(t.Connections, name) {
		t.Connections = append(t.Connections, name)
		if t.ConnectionsAt.File == "" {
			t.ConnectionsAt = request.At("auth")
		}
	}
	return step
}

// taskKeys returns the keys of a task file.
func taskKeys() []string {
	return []string{"script", "request", "connections", "allow", "data", "settings", "process", "limits"}
}

// readLimits reads the limits of a task: it can lower those of ceiling.
func readLimits(t *stricttoml.Table, ceiling hostapi.Limits) hostapi.Limits {
	t.Only(limit.Names()...)
	var all hostapi.Limits
	for _, name := range t.Keys() {
		value, ok := t.Any(name)
		if !ok || !slices.Contains(limit.Names(), name) {
			continue
		}
		var own hostapi.Limits
		if err := limit.Set(&own, name, value); err != nil {
			t.FailWith(name, err)
			continue
		}
		if own.Within(ceiling) != own.Or(ceiling) {
			t.FailWith(name, &hostapi.Error{
				Message: "is more than " + limit.Format(ceiling, name) + ", the most a task may have",
				Hint:    "a task can lower a limit, not raise it", Reason: ErrRaisedLimit,
			})
			continue
		}
		all = own.Or(all)
	}
	return all
}
