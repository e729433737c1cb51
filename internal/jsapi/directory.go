package jsapi

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// user and group are the objects of the directory. They are used by pointer, and the same
// user is always the same object for a script.
type (
	user struct {
		hostapi.User
		object *goja.Object
	}
	group struct {
		hostapi.Group
		object *goja.Object
	}
)

var quserClass = newClass("Quser", members{ //nolint:gochecknoglobals // a table, never changed
	"getId":    getter(func(a *API, u *user) goja.Value { return a.vm.ToValue(u.ID) }),
	"getName":  getter(func(a *API, u *user) goja.Value { return a.vm.ToValue(u.Name) }),
	"getEmail": getter(func(a *API, u *user) goja.Value { return a.vm.ToValue(u.Email) }),
	"equals":   objectEquals,
})

var qgroupClass = newClass("Qgroup", members{ //nolint:gochecknoglobals // a table, never changed
	"getId":    getter(func(a *API, g *group) goja.Value { return a.vm.ToValue(g.ID) }),
	"getName":  getter(func(a *API, g *group) goja.Value { return a.vm.ToValue(g.Name) }),
	"getEmail": getter(func(a *API, g *group) goja.Value { return a.orNull(g.Email) }),
	"equals":   objectEquals,
})

// addUser returns a new object for u. It is the object of that user, unless there is one.
func (a *API) addUser(u hostapi.User) *user {
	added := &user{User: u}
	added.object = a.object(quserClass, added)
	w := a.runState()
	if w.users == nil {
		w.users = make(map[int64]*user)
	}
	if w.users[u.ID] == nil {
		w.users[u.ID] = added
	}
	return added
}

// addGroup is addUser for a group.
func (a *API) addGroup(g hostapi.Group) *group {
	added := &group{Group: g}
	added.object = a.object(qgroupClass, added)
	w := a.runState()
	if w.groups == nil {
		w.groups = make(map[int64]*group)
	}
	if w.groups[g.ID] == nil {
		w.groups[g.ID] = added
	}
	return added
}

// quser returns the object for u, a value that has perhaps fewer details than the
// directory.
func (a *API) quser(u hostapi.User) *goja.Object {
	if known := a.runState().users[u.ID]; known != nil {
		return known.object
	}
	return a.addUser(u).object
}

// qgroup returns the object for g; see quser.
func (a *API) qgroup(g hostapi.Group) *goja.Object {
	if known := a.runState().groups[g.ID]; known != nil {
		return known.object
	}
	return a.addGroup(g).object
}

// foundUser returns the object for a user of the directory, with the details it has there.
func (a *API) foundUser(u hostapi.User) *goja.Object {
	object := a.quser(u)
	a.runState().users[u.ID].User = u
	return object
}

// foundGroup returns the object for a group of the directory; see foundUser.
func (a *API) foundGroup(g hostapi.Group) *goja.Object {
	object := a.qgroup(g)
	a.runState().groups[g.ID].Group = g
	return object
}

// quserDaoClass is the global quserDao. Its methods return null for an unknown user.
var quserDaoClass = newClass("quserDao", members{ //nolint:gochecknoglobals // a table, never changed
	"findByEmail":             quserDaoFindByEmail,
	"findById":                quserDaoFindByID,
	"findByQgroupAndPosition": quserDaoFindByQgroupAndPosition,
})

func quserDaoFindByEmail(a *API, c call) (goja.Value, error) {
	email := textOrEmpty(c.arg(0))
	if email == "" {
		return goja.Null(), nil
	}
	u, ok, err := a.world.directory().UserByEmail(a.ctx, email)
	return a.userOrNull(u, ok, err)
}

func quserDaoFindByID(a *API, c call) (goja.Value, error) {
	id, ok := idOf(c.arg(0))
	if !ok {
		return goja.Null(), nil
	}
	u, ok, err := a.world.directory().User(a.ctx, id)
	return a.userOrNull(u, ok, err)
}

func (a *API) userOrNull(u hostapi.User, ok bool, err error) (goja.Value, error) {
	if err != nil || !ok {
		return goja.Null(), err
	}
	return a.foundUser(u), nil
}

// idOf returns an ID that a script gives as a number or as text, if it is one.
func idOf(v goja.Value) (id int64, ok bool) {
	text := textOrEmpty(v)
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && strconv.FormatInt(id, 10) == text
}

// quserDaoFindByQgroupAndPosition returns the leaders of a group, or its other members.
func quserDaoFindByQgroupAndPosition(a *API, c call) (goja.Value, error) {
	g, ok := stateOf[*group](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "the first argument is "+typeName(c.arg(0))+", not a group", "")
	}
	leader, err := c.flag(1, "leader")
	if err != nil {
		return nil, err
	}
	members, err := a.world.directory().Members(a.ctx, g.ID, leader)
	if err != nil {
		return nil, err
	}
	found := make([]any, len(members))
	for i, u := range members {
		found[i] = a.foundUser(u)
	}
	return a.newList(found), nil
}

// qgroupDaoClass is the global qgroupDao.
var qgroupDaoClass = newClass("qgroupDao", members{ //nolint:gochecknoglobals // a table, never changed
	"findById":              qgroupDaoFindByID,
	"findChildQgroups":      qgroupDaoFindChildQgroups,
	"findDescendantQgroups": qgroupDaoFindDescendantQgroups,
})

func qgroupDaoFindByID(a *API, c call) (goja.Value, error) {
	id, ok := idOf(c.arg(0))
	if !ok {
		return goja.Null(), nil
	}
	g, ok, err := a.world.directory().Group(a.ctx, id)
	if err != nil || !ok {
		return goja.Null(), err
	}
	return a.foundGroup(g), nil
}

func qgroupDaoFindChildQgroups(a *API, c call) (goja.Value, error) {
	return a.subgroups(c, false)
}

func qgroupDaoFindDescendantQgroups(a *API, c call) (goja.Value, error) {
	return a.subgroups(c, true)
}

// subgroups returns the groups below the first argument in breadth-first order.
func (a *API) subgroups(c call, all bool) (goja.Value, error) {
	top, ok := stateOf[*group](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "needs a group, got "+typeName(c.arg(0)), "")
	}
	seen := map[int64]bool{top.ID: true} // an invalid directory may have cycles
	level := []int64{top.ID}
	var found []any
	for len(level) > 0 {
		groups, err := a.world.directory().Subgroups(a.ctx, level[0])
		if err != nil {
			return nil, err
		}
		level = level[1:]
		for _, g := range groups {
			if seen[g.ID] {
				continue
			}
			seen[g.ID] = true
			found = append(found, a.foundGroup(g))
			if all {
				level = append(level, g.ID)
			}
		}
	}
	return a.newList(found), nil
}
