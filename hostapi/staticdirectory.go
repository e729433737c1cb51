package hostapi

import (
	"context"
	"strings"
	"sync"
)

// StaticDirectory is a [Directory] of the users and groups in two slices. They must not
// be changed once it is used. The first lookup indexes them: one StaticDirectory should
// serve all tasks that may see the same users.
//
//	runtime.Config{Directory: &hostapi.StaticDirectory{Users: users, Groups: groups}}
//
// If an ID or an address occurs twice, the first one is found. It is safe for concurrent
// use, and must not be copied.
type StaticDirectory struct {
	BaseDirectory

	Users  []User
	Groups []Group // with their Members

	once    sync.Once
	users   map[int64]int  // index in Users, by ID
	emails  map[string]int // by address in lower case
	groups  map[int64]int  // index in Groups, by ID
	names   map[string][]int
	parents map[int64][]int
}

var _ Directory = (*StaticDirectory)(nil)

func (d *StaticDirectory) index() {
	d.users, d.emails = make(map[int64]int, len(d.Users)), make(map[string]int, len(d.Users))
	for i := range d.Users {
		addFirst(d.users, d.Users[i].ID, i)
		addFirst(d.emails, strings.ToLower(d.Users[i].Email), i)
	}
	delete(d.emails, "")
	d.groups, d.names, d.parents = make(map[int64]int, len(d.Groups)), make(map[string][]int), make(map[int64][]int)
	for i := range d.Groups {
		g := &d.Groups[i]
		addFirst(d.groups, g.ID, i)
		d.names[g.Name] = append(d.names[g.Name], i)
		if g.ParentID != 0 {
			d.parents[g.ParentID] = append(d.parents[g.ParentID], i)
		}
	}
}

func addFirst[K comparable](index map[K]int, key K, i int) {
	if _, ok := index[key]; !ok {
		index[key] = i
	}
}

// User implements [Directory].
func (d *StaticDirectory) User(_ context.Context, id int64) (User, bool, error) {
	d.once.Do(d.index)
	if i, ok := d.users[id]; ok {
		return d.Users[i], true, nil
	}
	return User{}, false, nil
}

// UserByEmail implements [Directory].
func (d *StaticDirectory) UserByEmail(_ context.Context, email string) (User, bool, error) {
	d.once.Do(d.index)
	if i, ok := d.emails[strings.ToLower(email)]; ok {
		return d.Users[i], true, nil
	}
	return User{}, false, nil
}

// Group implements [Directory].
func (d *StaticDirectory) Group(_ context.Context, id int64) (Group, bool, error) {
	d.once.Do(d.index)
	if i, ok := d.groups[id]; ok {
		return d.Groups[i].withoutMembers(), true, nil
	}
	return Group{}, false, nil
}

// GroupsByName implements [Directory].
func (d *StaticDirectory) GroupsByName(_ context.Context, name string) ([]Group, error) {
	d.once.Do(d.index)
	return d.groupsAt(d.names[name]), nil
}

// Members implements [Directory].
func (d *StaticDirectory) Members(_ context.Context, group int64, leaders bool) ([]User, error) {
	d.once.Do(d.index)
	g, ok := d.groups[group]
	if !ok {
		return nil, nil
	}
	var found []User
	for _, m := range d.Groups[g].Members {
		if i, ok := d.users[m.UserID]; ok && m.Leader == leaders {
			found = append(found, d.Users[i])
		}
	}
	return found, nil
}

// Subgroups implements [Directory].
func (d *StaticDirectory) Subgroups(_ context.Context, group int64) ([]Group, error) {
	d.once.Do(d.index)
	return d.groupsAt(d.parents[group]), nil
}

func (d *StaticDirectory) groupsAt(indexes []int) []Group {
	var found []Group
	for _, i := range indexes {
		found = append(found, d.Groups[i].withoutMembers())
	}
	return found
}

func (g Group) withoutMembers() Group {
	g.Members = nil
	return g
}
