package taskfile

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path, content string
		want          Kind
	}{
		{"a.js", "", KindScript},
		{"a.JS", "", KindScript},
		{"a.wasm", "", KindScript},
		{"a.xml", "", KindOther},
		{"a.xml", "<project/>", KindOther},
		{"a.xml", "<?xml version=\"1.0\"?>\n<service-task-definition>", KindAddon},
		{"a.XML", "<service-task-definition>", KindAddon},
		{"a.xml", "\xff\xfe<\x00s\x00e\x00r\x00v\x00i\x00c\x00e\x00-\x00t\x00a\x00s\x00k\x00-\x00d\x00e\x00f\x00i\x00n\x00i\x00t\x00i\x00o\x00n\x00>\x00", KindAddon},
		{"a.txt", `script = "a.js"`, KindOther},
		{"a.toml", "", KindOther},
		{"a.toml", "[tool]", KindOther},
		{"a.toml", `script = "a.js"` + "\n" + `connections = ["crm"]`, KindTask},
		{"a.toml", `  "script"="a.js"`, KindTask},
		{"a.toml", "[connections.crm]", KindConnections},
		{"a.toml", "# x\n [ connections . crm ]", KindConnections},
		{"a.toml", `["connections"]`, KindConnections},
		{"a.toml", "[egress]", KindConnections},
		{"a.toml", "[store]", KindConnections},
		{"a.toml", "egress.allow = []", KindConnections},
		{"a.toml", "connections = { crm = {", KindConnections},
		{"a.toml", "script = 1\n[connections.crm]\ntoken = SEKRET", KindConnections},
		{"server.toml", "", KindServer},
		{"server.toml", "[connections.crm]", KindConnections},
		{"a.toml", `listen = ":8080"`, KindServer},
		{"a.toml", "url = 1\n[api_clients]", KindServer},
	} {
		if got := KindOf(test.path, []byte(test.content)); got != test.want {
			t.Errorf("KindOf(%q, %q) = %d, want %d", test.path, test.content, got, test.want)
		}
	}
}

// FuzzParseTask holds that any file is read or refused, that mistakes have a
// place in it, and that what is read has declared items and limits within the
// ceiling.
func FuzzParseTask(f *testing.F) {
	f.Add([]byte("script = \"a.js\"\nconnections = [\"crm\"]\nallow = [\"GET 127.0.0.1:80/x*\"]\n" +
		"[data.q]\ntype = \"DECIMAL\"\nvalue = 1.5\n[limits]\ntime = \"5s\"\nmemory = \"1MiB\"\nrequests = 0\n"))
	f.Add([]byte("script = \"a.js\"\n[data]\nq = { type = \"JSON\", value = { a = [1, 1979-05-27] } }"))
	f.Add([]byte("[[data]]\nlimits.time = 3"))
	f.Add([]byte("script = \"a.js\"\nconnections = [\"crm\"]\n[data.q]\ntype = \"LIST\"\nnumber = 2\n" +
		"columns = [{ var_name = \"c\", type = \"DECIMAL\", scale = 2, options = [\"a\", { value = \"b\" }] }]\n" +
		"[settings]\na = \"x\"\nb = true\nc = { item = \"q\" }\nd = { connection = \"crm\" }\ne = { user = \"a@b\" }\n" +
		"[process]\ntime_zone = \"GMT+09:00\"\nusers = [{ id = 1, email = \"a@b\" }]\n[[process.groups]]\nmembers = [{ user_id = 1 }]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ceiling := hostapi.DefaultLimits()
		lines := bytes.Count(data, []byte("\n")) + 1
		got, err := parseTask("task.toml", data, ceiling)
		if err != nil {
			if he, ok := asHost(err); !ok || he.Code != hostapi.CodeConfig || he.File != "task.toml" || he.Line > lines {
				t.Fatalf("%#v", err)
			}
			return
		}
		if got.Script == "" {
			t.Fatal("no script")
		}
		if got.Limits.Within(ceiling) != got.Limits.Or(ceiling) {
			t.Fatalf("limits above the ceiling: %+v", got.Limits)
		}
		if _, err := hostapi.CheckItems(got.Items); err != nil {
			t.Fatal(err)
		}
		for name, s := range got.Settings {
			if s.Item != "" && !slices.Contains(got.itemNames(), s.Item) || s.Connection != "" && !slices.Contains(got.Connections, s.Connection) {
				t.Fatalf("the setting %q names what there is not: %+v", name, s)
			}
		}
		for _, name := range slices.Collect(maps.Keys(got.Data)) {
			if _, ok := got.Item(name); !ok {
				t.Fatalf("%q has a value and no type", name)
			}
		}
	})
}

// TestLimitOfZeroAllowsNothing guards the one place where zero turns around.
func TestLimitOfZeroAllowsNothing(t *testing.T) {
	t.Parallel()
	task, err := parseTask("task.toml", []byte("script = \"a.js\"\n[limits]\nrequests = 0\nlog_bytes = 0\n"), hostapi.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	limits := task.Limits.Within(hostapi.DefaultLimits())
	if limits.Requests > 0 || limits.LogBytes > 0 || limits.LogLines != hostapi.DefaultLimits().LogLines {
		t.Errorf("got %+v", limits)
	}
}
