package hostapi

import (
	"strconv"
	"strings"
)

// Item is the declaration of a data item in a process model. Only VarName and Type are
// required.
type Item struct {
	VarName string   `json:"varName"`
	Type    ItemType `json:"type"`

	// Number is the item's number in the model. Default: its position among the items of
	// the task, from 1.
	Number int `json:"number"`

	// Name is the display name. Default: VarName.
	Name string `json:"name"`

	// Options are the options of a select item. Default nil: any text is allowed; an empty
	// list allows none.
	Options []Option `json:"options,omitzero"`

	// Columns are the columns of a LIST.
	Columns []Column `json:"columns,omitempty"`

	Bounds Bounds `json:"bounds,omitzero"`
}

// Option is an option of a select item.
type Option struct {
	Value   string `json:"value"`
	Display string `json:"display"` // display text; default: Value
}

// Column is one column of a table.
type Column struct {
	VarName string   `json:"varName"`
	Name    string   `json:"name"` // default: VarName
	Type    ItemType `json:"type"` // STRING, DECIMAL, DATE_YMD or SELECT_SINGLE

	Scale   *int     `json:"scale,omitempty"`  // of a DECIMAL: digits after the point to display
	Options []Option `json:"options,omitzero"` // of a SELECT_SINGLE, see Item.Options
}

// Bounds restrict the values of an item beyond its type. A zero field does not
// restrict.
type Bounds struct {
	Required  bool    `json:"required,omitempty"`  // a task must not clear the item
	MaxLength int     `json:"maxLength,omitempty"` // characters of text
	Min       Decimal `json:"min,omitempty"`       // of a DECIMAL
	Max       Decimal `json:"max,omitempty"`
	Scale     *int    `json:"scale,omitempty"`    // of a DECIMAL: maximum of digits after the point
	MaxFiles  int     `json:"maxFiles,omitempty"` // of a FILE
	MaxBytes  int64   `json:"maxBytes,omitempty"` // of all files of a FILE
}

// ItemType is the type of a data item.
type ItemType string

// The types of data items, and the value an item of each holds. Nil is an item
// without a value, whatever its type.
const (
	TypeString         ItemType = "STRING"           // any text
	TypeTextfield      ItemType = "STRING_TEXTFIELD" // text of one line
	TypeTextarea       ItemType = "STRING_TEXTAREA"  // text
	TypeMarkdown       ItemType = "STRING_MARKDOWN"  // text
	TypeDecimal        ItemType = "DECIMAL"          // Decimal or float64
	TypeDate           ItemType = "DATE"             // text, yyyy-MM-dd
	TypeDateYMD        ItemType = "DATE_YMD"         // text, yyyy-MM-dd
	TypeDatetime       ItemType = "DATETIME"         // text, RFC 3339
	TypeSelect         ItemType = "SELECT"           // list of option values
	TypeSelectSingle   ItemType = "SELECT_SINGLE"    // list of at most one option value
	TypeSelectCheckbox ItemType = "SELECT_CHECKBOX"  // list of option values
	TypeFile           ItemType = "FILE"             // list of *File
	TypeList           ItemType = "LIST"             // a table: list of objects, the text of each cell by the column's VarName
	TypeUser           ItemType = "QUSER"            // User
	TypeGroup          ItemType = "QGROUP"           // Group
	TypeJSON           ItemType = "JSON"             // any value; the type of an undeclared item
)

// ItemTypes returns the types that a task can declare.
func ItemTypes() []ItemType {
	return []ItemType{
		TypeString, TypeTextfield, TypeTextarea, TypeMarkdown, TypeDecimal, TypeDate, TypeDateYMD, TypeDatetime,
		TypeSelect, TypeSelectSingle, TypeSelectCheckbox, TypeFile, TypeList, TypeUser, TypeGroup, TypeJSON,
	}
}

// known reports whether t is one of ItemTypes, which a task looks up for each of its items.
func (t ItemType) known() bool {
	switch t {
	case TypeString, TypeTextfield, TypeTextarea, TypeMarkdown, TypeDecimal, TypeDate, TypeDateYMD, TypeDatetime,
		TypeSelect, TypeSelectSingle, TypeSelectCheckbox, TypeFile, TypeList, TypeUser, TypeGroup, TypeJSON:
		return true
	}
	return false
}

// ParseItemType returns the item type of that name. The error for another name has
// [CodeConfig].
func ParseItemType(name string) (ItemType, error) {
	if t := ItemType(name); t.known() {
		return t, nil
	}
	names := make([]string, 0, 16)
	for _, t := range ItemTypes() {
		names = append(names, string(t))
	}
	last := len(names) - 1
	return "", &Error{
		Code: CodeConfig, Op: "item type", Name: name, Message: "no such type",
		Hint: "use " + strings.Join(names[:last], ", ") + " or " + names[last],
	}
}

// Matches reports whether query includes the type t. It is a type, a family of types
// such as STRING, SELECT, DATE or STRING_MULTILINE, or several of these separated by |.
func (t ItemType) Matches(query string) bool {
	for name := range strings.SplitSeq(query, "|") {
		switch name = strings.TrimSpace(name); ItemType(name) {
		case t:
			return true
		case TypeString, TypeSelect, TypeDate:
			if strings.HasPrefix(string(t), name+"_") {
				return true
			}
		case "STRING_MULTILINE":
			if t == TypeTextarea || t == TypeMarkdown {
				return true
			}
		}
	}
	return false
}

// CheckItems returns the items with their defaults filled in. Duplicate names or
// numbers, an unknown type, and a column without a name or with a type that columns
// cannot have are [CodeConfig].
func CheckItems(items []Item) ([]Item, error) {
	if items == nil {
		return nil, nil
	}
	const op = "data item"
	out := make([]Item, len(items))
	names := make(map[string]bool, len(items))
	var numbers map[int]bool // made for the first item whose number is not its position
	for i := range items {
		item := &out[i]
		*item = items[i]
		if item.VarName == "" {
			return nil, &Error{Code: CodeConfig, Op: op, Name: item.Name, Message: "the data item has no variable name"}
		}
		if !item.Type.known() {
			_, err := ParseItemType(string(item.Type))
			return nil, err
		}
		if item.Number == 0 {
			item.Number = i + 1
		}
		if item.Name == "" {
			item.Name = item.VarName
		}
		if names[item.VarName] = true; len(names) <= i {
			return nil, &Error{Code: CodeConfig, Op: op, Name: item.VarName, Message: "the data item is declared twice"}
		}
		if numbers == nil && item.Number != i+1 {
			numbers = make(map[int]bool, len(items))
			for position := range i {
				numbers[position+1] = true
			}
		}
		if numbers != nil {
			if numbers[item.Number] {
				return nil, &Error{Code: CodeConfig, Op: op, Name: item.VarName, Message: "another data item has the number " + strconv.Itoa(item.Number) + " as well"}
			}
			numbers[item.Number] = true
		}
		columns, err := checkColumns(item)
		if err != nil {
			return nil, err
		}
		item.Columns = columns
	}
	return out, nil
}

func checkColumns(item *Item) ([]Column, error) {
	if len(item.Columns) == 0 {
		return nil, nil
	}
	fail := func(column, message, hint string) error {
		return &Error{Code: CodeConfig, Op: "column", Name: item.VarName + "." + column, Message: message, Hint: hint}
	}
	if item.Type != TypeList {
		return nil, fail(item.Columns[0].VarName, "only a LIST has columns", "")
	}
	out := make([]Column, len(item.Columns))
	for i, c := range item.Columns {
		if c.VarName == "" {
			return nil, fail(c.Name, "the column has no variable name", "")
		}
		if c.Name == "" {
			c.Name = c.VarName
		}
		switch c.Type {
		case TypeString, TypeTextfield, TypeDecimal, TypeDate, TypeDateYMD, TypeSelect, TypeSelectSingle:
		default:
			return nil, fail(c.VarName, "no column has the type "+strconv.Quote(string(c.Type)), "use STRING, DECIMAL, DATE_YMD or SELECT_SINGLE")
		}
		for _, other := range out[:i] {
			if other.VarName == c.VarName {
				return nil, fail(c.VarName, "the column is declared twice", "")
			}
		}
		out[i] = c
	}
	return out, nil
}
