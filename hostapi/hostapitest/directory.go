package hostapitest

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// TestDirectory tests that a Directory is one as its interface describes. Call it from a
// test:
//
//	func TestDirectory(t *testing.T) {
//		hostapitest.TestDirectory(t, func(t *testing.T, users []hostapi.User, groups []hostapi.Group) hostapi.Directory {
//			return newDirectory(t, users, groups)
//		})
//	}
//
// Each test calls open for a Directory of these users and groups, whose Members are set.
// The tests run in parallel.
func TestDirectory(t *testing.T, open func(t *testing.T, users []hostapi.User, groups []hostapi.Group) hostapi.Directory) {
	t.Helper()
	users := []hostapi.User{
		{ID: 1, Name: "Ada", Email: "Ada@example.com"},
		{ID: 2, Name: "Bob", Email: "bob@example.com"},
		{ID: 3, Name: "Cid"},
		{ID: 1 << 62, Name: "Dora", Email: "dora@example.com"},
	}
	groups := []hostapi.Group{
		{ID: 10, Name: "All", Email: "all@example.com"},
		{ID: 11, Name: "Sales", ParentID: 10, Members: []hostapi.Member{{UserID: 3}, {UserID: 1, Leader: true}, {UserID: 2}}},
		{ID: 12, Name: "Sales", ParentID: 11, Members: []hostapi.Member{{UserID: 2, Leader: true}, {UserID: 1 << 62, Leader: true}}},
		{ID: 13, Name: "Support", ParentID: 10},
	}
	group := func(i int) hostapi.Group { g := groups[i]; g.Members = nil; return g }
	for name, test := range map[string]func(d directory){
		"User": func(d directory) {
			d.user(1, &users[0])
			d.user(3, &users[2])
			d.user(1<<62, &users[3])
			d.user(4, nil)
			d.user(0, nil)
			d.user(-1, nil)
		},
		"UserByEmail": func(d directory) {
			d.email("Ada@example.com", &users[0])
			d.email("ada@EXAMPLE.com", &users[0])
			d.email("bob@example.com", &users[1])
			d.email("", nil) // Cid has no address
			d.email("bob@example.co", nil)
			d.email("Bob", nil)
			d.email("%", nil)
		},
		"Group": func(d directory) {
			for i := range groups {
				got, ok, err := d.Group(d.t.Context(), groups[i].ID)
				d.same("Group", got, group(i), err)
				if !ok {
					d.t.Errorf("group %d was not found", groups[i].ID)
				}
			}
			if got, ok, err := d.Group(d.t.Context(), 1); ok || err != nil {
				d.t.Errorf("the group with the ID of a user is %v, %v", got, err)
			}
		},
		"GroupsByName": func(d directory) {
			d.named("All", group(0))
			d.named("Sales", group(1), group(2))
			d.named("sales")
			d.named("")
			d.named("Sal%")
		},
		"Members": func(d directory) {
			d.members(11, false, users[2], users[1])
			d.members(11, true, users[0])
			d.members(12, true, users[1], users[3])
			d.members(12, false)
			d.members(10, false) // not those of its subgroups
			d.members(99, true)
		},
		"Subgroups": func(d directory) {
			for parent, want := range map[int64][]hostapi.Group{10: {group(1), group(3)}, 11: {group(2)}, 12: nil, 0: nil, 99: nil} {
				got, err := d.Subgroups(d.t.Context(), parent)
				d.sameList("Subgroups", got, want, err)
			}
		},
		"ManyAtOnce": func(d directory) {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					d.user(2, &users[1])
					d.email("dora@example.com", &users[3])
					d.members(11, true, users[0])
				})
			}
			wg.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(directory{t, open(t, users, groups)})
		})
	}
}

// directory is a Directory whose calls must not fail.
type directory struct {
	t *testing.T
	hostapi.Directory
}

func (d directory) same(what string, got, want any, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Errorf("%s: %v", what, err)
	} else if !reflect.DeepEqual(got, want) {
		d.t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// sameList is same for a list, which may be nil or empty if nothing was found.
func (d directory) sameList(what string, got, want any, err error) {
	d.t.Helper()
	if reflect.ValueOf(got).Len()+reflect.ValueOf(want).Len() > 0 || err != nil {
		d.same(what, got, want, err)
	}
}

func (d directory) user(id int64, want *hostapi.User) {
	d.t.Helper()
	got, ok, err := d.User(d.t.Context(), id)
	d.found("User", got, ok, want, err)
}

func (d directory) email(email string, want *hostapi.User) {
	d.t.Helper()
	got, ok, err := d.UserByEmail(d.t.Context(), email)
	d.found("UserByEmail "+strings.ToLower(email), got, ok, want, err)
}

func (d directory) found(what string, got hostapi.User, ok bool, want *hostapi.User, err error) {
	d.t.Helper()
	switch {
	case want != nil && ok:
		d.same(what, got, *want, err)
	case want != nil || ok || err != nil:
		d.t.Errorf("%s: got %+v, found: %t, %v; want %+v", what, got, ok, err, want)
	}
}

func (d directory) members(group int64, leaders bool, want ...hostapi.User) {
	d.t.Helper()
	got, err := d.Members(d.t.Context(), group, leaders)
	d.sameList("Members", got, want, err)
}

func (d directory) named(name string, want ...hostapi.Group) {
	d.t.Helper()
	got, err := d.GroupsByName(d.t.Context(), name)
	d.sameList("GroupsByName", got, want, err)
}
