package cli

import (
	"cmp"
	"path/filepath"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// parseTask reads data as the task file of that name:
//
//	script = "greet.js"               # seen from the folder of the task file
//	connections = ["crm"]             # what the task may name
//	allow = ["api.example.com"]       # where it may send requests beside their hosts
//
//	[data.q_name]                     # the data items; without any, every name is allowed
//	type = "STRING_TEXTFIELD"
//	value = "Ada"                     # this and all below may be left out
//	name = "Name"                     # what people call it
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
func parseTask(file string, data []byte, ceiling hostapi.Limits) (*task, error) {
	doc, top := stricttoml.Parse(file, data, mayHoldSecrets(data))
	if err := doc.Err(); err != nil {
		return nil, err
	}
	top.Only(taskKeys()...)
	t := &task{scriptAt: top.At("script"), connections: top.Texts("connections"), connectionsAt: top.At("connections")}
	switch script := top.Text("script"); {
	case filepath.IsAbs(script):
		t.script = script
	case script != "":
		t.script = filepath.Join(filepath.Dir(file), filepath.FromSlash(script))
	case top.Has("script"):
		top.Fail("script", "names no script", `write script = "name.js"`)
	default:
		top.Fail("script", "is missing", `write script = "name.js"`)
	}
	for _, text := range top.Texts("allow") {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			top.FailWith("allow", err)
		}
		t.allow = append(t.allow, rule)
	}
	if top.Has("data") {
		readItems(top.Table("data"), t)
	}
	t.process = readProcess(top.Table("process"))
	t.settings = readSettings(top.Table("settings"), t)
	t.limits = readLimits(top.Table("limits"), ceiling)
	return t, doc.Err()
}

// taskKeys returns the keys of a task file.
func taskKeys() []string {
	return []string{"script", "connections", "allow", "data", "settings", "process", "limits"}
}

// readLimits reads the limits of a task. Zero is none at all, which
// [hostapi.Limits] writes as a negative number.
func readLimits(t *stricttoml.Table, ceiling hostapi.Limits) hostapi.Limits {
	t.Only("time", "memory", "call_depth", "log_lines", "log_bytes", "data_bytes",
		"requests", "request_time", "request_bytes", "response_bytes", "redirects")
	return hostapi.Limits{
		Time:          readDuration(t, "time", ceiling.Time),
		Memory:        readSize(t, "memory", ceiling.Memory),
		CallDepth:     int(readCount(t, "call_depth", int64(ceiling.CallDepth))),
		LogLines:      int(readCount(t, "log_lines", int64(ceiling.LogLines))),
		LogBytes:      readSize(t, "log_bytes", ceiling.LogBytes),
		DataBytes:     readSize(t, "data_bytes", ceiling.DataBytes),
		Requests:      int(readCount(t, "requests", int64(ceiling.Requests))),
		RequestTime:   readDuration(t, "request_time", ceiling.RequestTime),
		RequestBytes:  readSize(t, "request_bytes", ceiling.RequestBytes),
		ResponseBytes: readSize(t, "response_bytes", ceiling.ResponseBytes),
		Redirects:     int(readCount(t, "redirects", int64(ceiling.Redirects))),
	}
}

func readDuration(t *stricttoml.Table, key string, most time.Duration) time.Duration {
	const want = `a time, such as "5s" or "200ms"`
	text, ok := stricttoml.Value[string](t, key, want)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || d <= 0:
		t.Fail(key, "needs "+want, "")
	case d > most:
		hint := "a task can lower a limit, not raise it"
		if key == "time" {
			hint += "; --timeout " + text + " raises it for one run"
		}
		t.Fail(key, "is more than "+most.String()+", the most a task may have", hint)
	}
	return d
}

func readCount(t *stricttoml.Table, key string, most int64) int64 {
	n, ok := stricttoml.Value[int64](t, key, "a whole number")
	if !ok {
		return 0
	}
	return checkMost(t, key, n, most, strconv.FormatInt(max(most, 0), 10))
}

func readSize(t *stricttoml.Table, key string, most int64) int64 {
	const want = `a number of bytes, such as 4096 or "1MiB"`
	raw, ok := t.Any(key)
	if !ok {
		return 0
	}
	n, ok := raw.(int64)
	if text, isText := raw.(string); isText {
		n, ok = bytesize.Parse(text)
	}
	if !ok {
		t.Fail(key, "needs "+want, "")
		return 0
	}
	return checkMost(t, key, n, most, bytesize.Format(most))
}

func checkMost(t *stricttoml.Table, key string, n, most int64, mostText string) int64 {
	switch {
	case n < 0:
		t.Fail(key, "is below zero", "")
	case n > max(most, 0):
		t.Fail(key, "is more than "+mostText+", the most a task may have", "a task can lower a limit, not raise it")
	}
	return cmp.Or(n, -1)
}
