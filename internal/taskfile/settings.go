package taskfile

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/stricttoml"
	"github.com/postern-dev/postern/internal/timezone"
)

// readSettings reads what the task finds in configs. The data items, connections and
// process of the task have been read.
func readSettings(t *stricttoml.Table, of *Task) map[string]hostapi.Setting {
	settings := make(map[string]hostapi.Setting)
	for _, name := range t.Keys() {
		raw, _ := t.Any(name)
		switch v := raw.(type) {
		case string:
			settings[name] = hostapi.Setting{Text: v}
		case bool:
			settings[name] = hostapi.Setting{On: &v}
		case map[string]any:
			settings[name] = readSetting(t.Table(name), of)
		default:
			t.Fail(name, "is not a setting", settingHint)
		}
	}
	return settings
}

const settingHint = `write text in quotes, true, false, or one of { item = "q_name" }, { connection = "crm" }, ` +
	`{ user = "ada@example.com" } and { group = "Sales" }`

// readSetting reads a setting that refers to something of the task.
func readSetting(t *stricttoml.Table, of *Task) hostapi.Setting {
	kinds := []string{"item", "connection", "user", "group"}
	t.Only(kinds...)
	if len(t.Keys()) != 1 {
		t.Fail("", "needs exactly one of "+"item, connection, user and group", settingHint)
		return hostapi.Setting{}
	}
	var s hostapi.Setting
	switch {
	case t.Has("item"):
		s.Item = t.Text("item")
		checkOneOf(t, "item", s.Item, "the task declares no such data item", of.itemNames())
	case t.Has("connection"):
		s.Connection = t.Text("connection")
		checkOneOf(t, "connection", s.Connection, "the task may not use this connection", of.Connections)
	case t.Has("user"):
		email := t.Text("user")
		s.User = of.findUser(email)
		checkOneOf(t, "user", email, "process.users has no user with this address", of.userEmails())
	case t.Has("group"):
		name := t.Text("group")
		s.Group = of.findGroup(name)
		checkOneOf(t, "group", name, "process.groups has no group of this name", of.groupNames())
	}
	return s
}

// checkOneOf records a mistake at key unless name is one of known.
func checkOneOf(t *stricttoml.Table, key, name, message string, known []string) {
	if name != "" && !slices.Contains(known, name) {
		hint := ""
		if len(known) > 0 {
			hint = nearest.Hint("", name, known, "use "+nearest.List(known))
		}
		t.Fail(key, strconv.Quote(name)+": "+message, hint)
	}
}

func (t *Task) itemNames() []string {
	var names []string
	for _, item := range t.Items {
		names = append(names, item.VarName)
	}
	slices.Sort(names)
	return names
}

func (t *Task) findUser(email string) *hostapi.User {
	if t.Process == nil {
		return nil
	}
	for i := range t.Process.Users {
		if t.Process.Users[i].Email == email {
			return &t.Process.Users[i]
		}
	}
	return nil
}

func (t *Task) findGroup(name string) *hostapi.Group {
	if t.Process == nil {
		return nil
	}
	for i := range t.Process.Groups {
		if t.Process.Groups[i].Name == name {
			return &t.Process.Groups[i]
		}
	}
	return nil
}

func (t *Task) userEmails() []string {
	var emails []string
	if t.Process != nil {
		for _, u := range t.Process.Users {
			if u.Email != "" {
				emails = append(emails, u.Email)
			}
		}
	}
	return emails
}

func (t *Task) groupNames() []string {
	var names []string
	if t.Process != nil {
		for _, g := range t.Process.Groups {
			if g.Name != "" {
				names = append(names, g.Name)
			}
		}
	}
	return names
}

// readProcess reads what the task is told of its process; nil without one.
func readProcess(t *stricttoml.Table) *hostapi.Process {
	if len(t.Keys()) == 0 {
		return nil
	}
	t.Only("instance_id", "model_info_id", "debug", "time_zone", "users", "groups", "started")
	p := &hostapi.Process{
		InstanceID: t.Whole("instance_id"), ModelInfoID: t.Whole("model_info_id"), Debug: t.Flag("debug"),
		TimeZone: t.Text("time_zone"), Started: t.Texts("started"),
	}
	if err := CheckZone(p.TimeZone); err != nil {
		t.FailWith("time_zone", err)
	}
	for _, u := range t.Tables("users", `a list of users, such as [{ id = 1, name = "Ada", email = "ada@example.com" }]`) {
		u.Only("id", "name", "email")
		p.Users = append(p.Users, hostapi.User{ID: u.Whole("id"), Name: u.Text("name"), Email: u.Text("email")})
	}
	for _, g := range t.Tables("groups", `a list of groups, such as [{ id = 1, name = "Sales" }]`) {
		g.Only("id", "name", "email", "parent_id", "members")
		group := hostapi.Group{ID: g.Whole("id"), Name: g.Text("name"), Email: g.Text("email"), ParentID: g.Whole("parent_id")}
		for _, m := range g.Tables("members", "a list of members, such as [{ user_id = 1, leader = true }]") {
			m.Only("user_id", "leader")
			group.Members = append(group.Members, hostapi.Member{UserID: m.Whole("user_id"), Leader: m.Flag("leader")})
		}
		p.Groups = append(p.Groups, group)
	}
	return p
}

// CheckZone returns an error for what is not a time zone; "" is the default one.
func CheckZone(zone string) error {
	_, err := timezone.Parse(cmp.Or(zone, timezone.Default))
	return err
}
