package hostapi_test

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

func TestStaticDirectory(t *testing.T) {
	t.Parallel()
	hostapitest.TestDirectory(t, func(_ *testing.T, users []hostapi.User, groups []hostapi.Group) hostapi.Directory {
		return &hostapi.StaticDirectory{Users: users, Groups: groups}
	})
}

func TestBaseDirectoryRefuses(t *testing.T) {
	t.Parallel()
	var d hostapi.BaseDirectory
	_, _, user := d.User(t.Context(), 1)
	_, _, email := d.UserByEmail(t.Context(), "a@example.com")
	_, _, group := d.Group(t.Context(), 1)
	_, groups := d.GroupsByName(t.Context(), "a")
	_, members := d.Members(t.Context(), 1, true)
	_, subgroups := d.Subgroups(t.Context(), 1)
	for i, err := range []error{user, email, group, groups, members, subgroups} {
		if hostapi.CodeOf(err) != hostapi.CodeDenied || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("lookup %d: %v, want denied and unsupported", i, err)
		}
	}
}
