package hostapi

// User is a member of the organization that a workflow belongs to.
type User struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Group is an organization, or a part of one.
type Group struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Email    string   `json:"email,omitempty"`
	ParentID int64    `json:"parentId,omitempty"` // 0: none
	Members  []Member `json:"members,omitempty"`
}

// Member is a user's membership in a group.
type Member struct {
	UserID int64 `json:"userId"`
	Leader bool  `json:"leader,omitempty"`
}
