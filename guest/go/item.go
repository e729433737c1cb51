package postern

import "encoding/json"

// Item is a data item that the task declares.
type Item struct {
	VarName string   `json:"varName"`
	Type    string   `json:"type"`              // such as "STRING_TEXTFIELD", see docs/ABI.md
	Number  int      `json:"number"`            // its number in the process model
	Name    string   `json:"name"`              // its display name
	Options []Option `json:"options,omitzero"`  // of a select item; nil allows any text
	Columns []Column `json:"columns,omitempty"` // of a LIST
	Bounds  Bounds   `json:"bounds,omitzero"`
}

// Option is something to choose in a select item.
type Option struct {
	Value   string `json:"value"`
	Display string `json:"display"` // the text shown to users; "" means Value
}

// Column is one column of a table.
type Column struct {
	VarName string   `json:"varName"`
	Name    string   `json:"name"`
	Type    string   `json:"type"`             // STRING, DECIMAL, DATE_YMD or SELECT_SINGLE
	Scale   *int     `json:"scale,omitempty"`  // of a DECIMAL: digits after the point that a cell shows
	Options []Option `json:"options,omitzero"` // of a SELECT_SINGLE
}

// Bounds restrict the values of an item further than its type does. The host refuses
// other values. The zero value of a field means no restriction.
type Bounds struct {
	Required  bool        `json:"required,omitempty"`  // the task may not clear the item; default false
	MaxLength int         `json:"maxLength,omitempty"` // characters of text
	Min       json.Number `json:"min,omitempty"`       // of a DECIMAL
	Max       json.Number `json:"max,omitempty"`
	Scale     *int        `json:"scale,omitempty"`    // of a DECIMAL: at most this many digits after the point
	MaxFiles  int         `json:"maxFiles,omitempty"` // of a FILE
	MaxBytes  int64       `json:"maxBytes,omitempty"` // of all files of a FILE
}

// Items returns the data items that the task declares. It is nil if the task declares
// none; it may then use any name.
func Items() ([]Item, error) {
	items, err := find[[]Item](hostDataItems())
	if items == nil {
		return nil, err
	}
	return *items, err
}

// User is a user of the organization that the workflow belongs to.
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

// Member is a user's place in a group.
type Member struct {
	UserID int64 `json:"userId"`
	Leader bool  `json:"leader,omitempty"`
}
