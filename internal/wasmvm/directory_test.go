package wasmvm

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestFindUsersAndGroups(t *testing.T) {
	t.Parallel()
	h := &host{process: hostapi.Process{
		Users:  []hostapi.User{{ID: 3, Name: "Ada", Email: "ada@example.com"}},
		Groups: []hostapi.Group{{ID: 10, Name: "All"}, {ID: 11, Name: "Sales", ParentID: 10, Members: []hostapi.Member{{UserID: 3, Leader: true}}}},
	}}
	const (
		ada      = `[{"id":3,"name":"Ada","email":"ada@example.com"}]`
		sales    = `[{"id":11,"name":"Sales","parentId":10}]`
		ofUsers  = "find_users: the query needs one of id, email and groupId, and leader only with groupId"
		ofGroups = "find_groups: the query needs one of id, name and parentId"
	)
	users, groups := operation{"find_users", "ii", findUsers}, operation{"find_groups", "ii", findGroups}
	p := newDriver(t, h, hostapi.DefaultLimits())
	for _, tt := range []struct {
		op          operation
		query, want string
	}{
		{users, `{"id": 3}`, ada},
		{users, `{"id": 4}`, `[]`},
		{users, `{"email": "ADA@example.com"}`, ada},
		{users, `{"groupId": 11, "leader": true}`, ada},
		{users, `{"groupId": 11}`, `[]`},
		{users, `{}`, ofUsers},
		{users, `{"id": 3, "email": "ada@example.com"}`, ofUsers},
		{users, `{"id": 3, "leader": true}`, ofUsers},
		{groups, `{"id": 11}`, sales},
		{groups, `{"name": "Sales"}`, sales},
		{groups, `{"parentId": 10}`, sales},
		{groups, `{"parentId": 11}`, `[]`},
		{groups, `{}`, ofGroups},
		{groups, `{"id": 11, "name": "Sales"}`, ofGroups},
	} {
		at := p.write(t, tt.query)
		c := &call{run: p.run, op: tt.op.name, memory: p.module.Memory(), args: []uint64{uint64(at[0]), uint64(at[1])}}
		got, err := tt.op.do(t.Context(), c)
		if err != nil {
			got = []byte(err.Error())
		}
		if string(got) != tt.want {
			t.Errorf("%s: %s, want %s", tt.query, got, tt.want)
		}
	}
}
