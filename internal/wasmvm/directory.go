package wasmvm

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// find_users(json, json_len): the users with an id, an email, or a position in a group, as
// JSON.
func findUsers(ctx context.Context, c *call) ([]byte, error) {
	var q struct {
		ID      *int64  `json:"id"`
		Email   *string `json:"email"`
		GroupID *int64  `json:"groupId"`
		Leader  bool    `json:"leader"`
	}
	if err := c.object("the query", "data_bytes", 0, &q); err != nil {
		return nil, err
	}
	d := c.host.Directory()
	switch {
	case q.ID != nil && q.Email == nil && q.GroupID == nil && !q.Leader:
		return oneOrNone(d.User(ctx, *q.ID))
	case q.ID == nil && q.Email != nil && q.GroupID == nil && !q.Leader:
		return oneOrNone(d.UserByEmail(ctx, *q.Email))
	case q.ID == nil && q.Email == nil && q.GroupID != nil:
		return list(d.Members(ctx, *q.GroupID, q.Leader))
	}
	return nil, invalidArgument(c.op, "the query needs one of id, email and groupId, and leader only with groupId")
}

// find_groups(json, json_len): the groups with an id, a name or a parent, as JSON.
func findGroups(ctx context.Context, c *call) ([]byte, error) {
	var q struct {
		ID       *int64  `json:"id"`
		Name     *string `json:"name"`
		ParentID *int64  `json:"parentId"`
	}
	if err := c.object("the query", "data_bytes", 0, &q); err != nil {
		return nil, err
	}
	d := c.host.Directory()
	switch {
	case q.ID != nil && q.Name == nil && q.ParentID == nil:
		return oneOrNone(d.Group(ctx, *q.ID))
	case q.ID == nil && q.Name != nil && q.ParentID == nil:
		return list(d.GroupsByName(ctx, *q.Name))
	case q.ID == nil && q.Name == nil && q.ParentID != nil:
		return list(d.Subgroups(ctx, *q.ParentID))
	}
	return nil, invalidArgument(c.op, "the query needs one of id, name and parentId")
}

func oneOrNone[T hostapi.User | hostapi.Group](found T, ok bool, err error) ([]byte, error) {
	if !ok {
		return list[T](nil, err)
	}
	return list([]T{found}, err)
}

// list returns a list as JSON, [] if it is empty.
func list[T hostapi.User | hostapi.Group](all []T, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return encodeJSON(append([]T{}, all...))
}
