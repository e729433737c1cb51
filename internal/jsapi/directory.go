package jsapi

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// user and group are the objects of the directory. They are used by pointer, so that the
// same user is always the same object for a script.
type (
	user struct {
		hostapi.User
		object *goja.Object
	}
	group struct {
		hostapi.Group
		parent *group // nil: none
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

// directory returns the users and groups that the task may look up.
func (a *API) directory() *runState {
	w := a.runState()
	if !w.directory {
		w.directory = true
		p := a.host.Process()
		for _, u := range p.Users {
			a.addUser(u)
		}
		for _, g := range p.Groups {
			a.addGroup(g)
		}
		for _, g := range w.groups {
			for _, parent := range w.groups {
				if g.ParentID != 0 && parent.ID == g.ParentID {
					g.parent = parent
				}
			}
		}
	}
	return w
}

func (a *API) addUser(u hostapi.User) *user {
	added := &user{User: u}
	added.object = a.object(quserClass, added)
	w := a.runState()
	w.users = append(w.users, added)
	return added
}

func (a *API) addGroup(g hostapi.Group) *group {
	added := &group{Group: g}
	added.object = a.object(qgroupClass, added)
	w := a.runState()
	w.groups = append(w.groups, added)
	return added
}

// quser returns the object for u: that of the directory, if it has the user.
func (a *API) quser(u hostapi.User) *goja.Object {
	for _, known := range a.directory().users {
		if known.ID == u.ID {
			return known.object
		}
	}
	return a.addUser(u).object
}

// qgroup returns the object for g; see quser.
func (a *API) qgroup(g hostapi.Group) *goja.Object {
	for _, known := range a.directory().groups {
		if known.ID == g.ID {
			return known.object
		}
	}
	return a.addGroup(g).object
}

// quserDaoClass is the global quserDao. Its methods return null for an unknown user.
var quserDaoClass = newClass("quserDao", members{ //nolint:gochecknoglobals // a table, never changed
	"findByEmail":             quserDaoFindByEmail,
	"findById":                quserDaoFindByID,
	"findByQgroupAndPosition": quserDaoFindByQgroupAndPosition,
})

func (a *API) findUser(match func(u *user) bool) goja.Value {
	for _, u := range a.directory().users {
		if match(u) {
			return u.object
		}
	}
	return goja.Null()
}

func quserDaoFindByEmail(a *API, c call) (goja.Value, error) {
	email := textOrEmpty(c.arg(0))
	return a.findUser(func(u *user) bool { return email != "" && strings.EqualFold(u.Email, email) }), nil
}

func quserDaoFindByID(a *API, c call) (goja.Value, error) {
	id := textOrEmpty(c.arg(0))
	return a.findUser(func(u *user) bool { return strconv.FormatInt(u.ID, 10) == id }), nil
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
	var found []any
	for _, m := range g.Members {
		if m.Leader != leader {
			continue
		}
		for _, u := range a.directory().users {
			if u.ID == m.UserID {
				found = append(found, u.object)
			}
		}
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
	id := textOrEmpty(c.arg(0))
	for _, g := range a.directory().groups {
		if strconv.FormatInt(g.ID, 10) == id {
			return g.object, nil
		}
	}
	return goja.Null(), nil
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
	groups := a.directory().groups
	seen := map[*group]bool{top: true} // an invalid directory may have cycles
	level := []*group{top}
	var found []any
	for len(level) > 0 {
		parent := level[0]
		level = level[1:]
		for _, g := range groups {
			if g.parent != parent || seen[g] {
				continue
			}
			seen[g] = true
			found = append(found, g.object)
			if all {
				level = append(level, g)
			}
		}
	}
	return a.newList(found), nil
}
