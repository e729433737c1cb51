package cli

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
	"github.com/postern-dev/postern/internal/nearest"
)

// settings reads what the task finds in configs. The data items, connections and
// process of the task have been read.
func (t *table) settings(of *task) map[string]hostapi.Setting {
	settings := make(map[string]hostapi.Setting, len(t.values))
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		raw, _ := t.any(name)
		switch v := raw.(type) {
		case string:
			settings[name] = hostapi.Setting{Text: v}
		case bool:
			settings[name] = hostapi.Setting{On: &v}
		case map[string]any:
			settings[name] = t.table(name).setting(of)
		default:
			t.fail(name, "is no setting", settingHint)
		}
	}
	return settings
}

const settingHint = `write text in quotes, true, false, or one of { item = "q_name" }, { connection = "crm" }, ` +
	`{ user = "ada@example.com" } and { group = "Sales" }`

// setting reads a setting that stands for something of the task.
func (t *table) setting(of *task) hostapi.Setting {
	kinds := []string{"item", "connection", "user", "group"}
	t.only(kinds...)
	if len(t.values) != 1 {
		t.fail("", "needs exactly one of "+"item, connection, user and group", settingHint)
		return hostapi.Setting{}
	}
	var s hostapi.Setting
	switch {
	case t.has("item"):
		s.Item = t.text("item")
		t.mustBe("item", s.Item, "the task declares no such data item", of.itemNames())
	case t.has("connection"):
		s.Connection = t.text("connection")
		t.mustBe("connection", s.Connection, "the task may not use this connection", of.connections)
	case t.has("user"):
		email := t.text("user")
		s.User = of.findUser(email)
		t.mustBe("user", email, "process.users has no user with this address", of.userEmails())
	case t.has("group"):
		name := t.text("group")
		s.Group = of.findGroup(name)
		t.mustBe("group", name, "process.groups has no group of this name", of.groupNames())
	}
	return s
}

// mustBe records a mistake at key unless name is one of known.
func (t *table) mustBe(key, name, message string, known []string) {
	if name != "" && !slices.Contains(known, name) {
		hint := ""
		if len(known) > 0 {
			hint = suggest("", name, known, "use "+nearest.List(known))
		}
		t.fail(key, strconv.Quote(name)+": "+message, hint)
	}
}

func (t *task) itemNames() []string {
	var names []string
	for _, item := range t.items {
		names = append(names, item.VarName)
	}
	slices.Sort(names)
	return names
}

func (t *task) findUser(email string) *hostapi.User {
	if t.process == nil {
		return nil
	}
	for i := range t.process.Users {
		if t.process.Users[i].Email == email {
			return &t.process.Users[i]
		}
	}
	return nil
}

func (t *task) findGroup(name string) *hostapi.Group {
	if t.process == nil {
		return nil
	}
	for i := range t.process.Groups {
		if t.process.Groups[i].Name == name {
			return &t.process.Groups[i]
		}
	}
	return nil
}

func (t *task) userEmails() []string {
	var emails []string
	if t.process != nil {
		for _, u := range t.process.Users {
			if u.Email != "" {
				emails = append(emails, u.Email)
			}
		}
	}
	return emails
}

func (t *task) groupNames() []string {
	var names []string
	if t.process != nil {
		for _, g := range t.process.Groups {
			if g.Name != "" {
				names = append(names, g.Name)
			}
		}
	}
	return names
}

// process reads what the task is told of its process; nil if that is nothing.
func (t *table) process() *hostapi.Process {
	if len(t.values) == 0 {
		return nil
	}
	t.only("instance_id", "model_info_id", "debug", "time_zone", "users", "groups", "started")
	p := &hostapi.Process{
		InstanceID: t.whole("instance_id"), ModelInfoID: t.whole("model_info_id"), Debug: t.flag("debug"),
		TimeZone: t.text("time_zone"), Started: t.texts("started"),
	}
	if err := checkZone(p.TimeZone); err != nil {
		t.failWith("time_zone", err)
	}
	for _, u := range t.tables("users", `a list of users, such as [{ id = 1, name = "Ada", email = "ada@example.com" }]`) {
		u.only("id", "name", "email")
		p.Users = append(p.Users, hostapi.User{ID: u.whole("id"), Name: u.text("name"), Email: u.text("email")})
	}
	for _, g := range t.tables("groups", `a list of groups, such as [{ id = 1, name = "Sales" }]`) {
		g.only("id", "name", "email", "parent_id", "members")
		group := hostapi.Group{ID: g.whole("id"), Name: g.text("name"), Email: g.text("email"), ParentID: g.whole("parent_id")}
		for _, m := range g.tables("members", "a list of members, such as [{ user_id = 1, leader = true }]") {
			m.only("user_id", "leader")
			group.Members = append(group.Members, hostapi.Member{UserID: m.whole("user_id"), Leader: m.flag("leader")})
		}
		p.Groups = append(p.Groups, group)
	}
	return p
}

// checkZone returns an error for what is no time zone; "" is the default one.
func checkZone(zone string) error {
	if _, err := java.ParseZone(cmp.Or(zone, "UTC")); err != nil {
		return usageError("", "there is no time zone "+strconv.Quote(zone), `write it as "UTC", "GMT+09:00" or "Asia/Tokyo"`)
	}
	return nil
}
