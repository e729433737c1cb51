package postern

import "encoding/json"

// userQuery and groupQuery are queries of the directory. One of their fields is set, and
// perhaps Leader.
type (
	userQuery struct {
		ID      *int64  `json:"id,omitempty"`
		Email   *string `json:"email,omitempty"`
		GroupID *int64  `json:"groupId,omitempty"`
		Leader  bool    `json:"leader,omitempty"`
	}
	groupQuery struct {
		ID       *int64  `json:"id,omitempty"`
		Name     *string `json:"name,omitempty"`
		ParentID *int64  `json:"parentId,omitempty"`
	}
)

// FindUser returns the user with that ID, nil if there is none.
func FindUser(id int64) (*User, error) { return first(findUsers(userQuery{ID: &id})) }

// FindUserByEmail returns the user with that address, in any case of letters; nil if
// there is none.
func FindUserByEmail(email string) (*User, error) { return first(findUsers(userQuery{Email: &email})) }

// FindMembers returns the leaders of a group, or its other members.
func FindMembers(group int64, leaders bool) ([]User, error) {
	return findUsers(userQuery{GroupID: &group, Leader: leaders})
}

// FindGroup returns the group with that ID, nil if there is none.
func FindGroup(id int64) (*Group, error) { return first(findGroups(groupQuery{ID: &id})) }

// FindGroupsByName returns the groups of exactly that name.
func FindGroupsByName(name string) ([]Group, error) { return findGroups(groupQuery{Name: &name}) }

// FindSubgroups returns the groups directly below a group.
func FindSubgroups(group int64) ([]Group, error) { return findGroups(groupQuery{ParentID: &group}) }

func findUsers(q userQuery) ([]User, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	return found[User](hostFindUsers(view(text)))
}

func findGroups(q groupQuery) ([]Group, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	return found[Group](hostFindGroups(view(text)))
}

func found[T any](status uint64) ([]T, error) {
	list, err := find[[]T](status)
	if err != nil {
		return nil, err
	}
	return *list, nil
}

func first[T any](list []T, err error) (*T, error) {
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
