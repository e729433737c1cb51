package postern

import (
	"errors"
	"testing"
)

func TestDirectoryAndFunctionsOutsideATask(t *testing.T) {
	t.Parallel()
	_, user := FindUser(1)
	_, email := FindUserByEmail("ada@example.com")
	_, members := FindMembers(1, true)
	_, group := FindGroup(1)
	_, groups := FindGroupsByName("Sales")
	_, subgroups := FindSubgroups(1)
	for name, err := range map[string]error{
		"FindUser": user, "FindUserByEmail": email, "FindMembers": members, "FindGroup": group, "FindGroupsByName": groups,
		"FindSubgroups": subgroups, "Call": Call(func(string) uint64 { return refused }, nil, 1),
	} {
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != "config" {
			t.Errorf("%s: %v, want an error that there is no host", name, err)
		}
	}
}
