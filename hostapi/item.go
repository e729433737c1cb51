package hostapi

import (
	"fmt"
	"strings"
	"time"
)

// Item is a data item as a process model declares it.
type Item struct {
	VarName string   `json:"varName"`
	Type    ItemType `json:"type"`
}

// ItemType is the type of a data item.
type ItemType string

// The item types a task can declare.
const (
	TypeString         ItemType = "STRING"           // any text
	TypeTextfield      ItemType = "STRING_TEXTFIELD" // text of one line
	TypeTextarea       ItemType = "STRING_TEXTAREA"  // text
	TypeMarkdown       ItemType = "STRING_MARKDOWN"  // text
	TypeDecimal        ItemType = "DECIMAL"          // Decimal
	TypeDate           ItemType = "DATE_YMD"         // text, yyyy-MM-dd
	TypeDatetime       ItemType = "DATETIME"         // text, RFC 3339
	TypeSelectSingle   ItemType = "SELECT_SINGLE"    // list of at most one option value
	TypeSelectCheckbox ItemType = "SELECT_CHECKBOX"  // list of option values
	TypeJSON           ItemType = "JSON"             // any value; the type of an item that nobody declared
)

// ParseItemType returns the item type of that name.
func ParseItemType(name string) (ItemType, error) {
	switch t := ItemType(name); t {
	case TypeString, TypeTextfield, TypeTextarea, TypeMarkdown, TypeDecimal, TypeDate, TypeDatetime,
		TypeSelectSingle, TypeSelectCheckbox, TypeJSON:
		return t, nil
	}
	return "", &Error{
		Code: CodeConfig, Op: "item type", Name: name, Message: "no such type",
		Hint: "use STRING, STRING_TEXTFIELD, STRING_TEXTAREA, STRING_MARKDOWN, DECIMAL, DATE_YMD, DATETIME, SELECT_SINGLE, SELECT_CHECKBOX or JSON",
	}
}

// Check returns value as an item of type t holds it. The value is one that
// [Normalize] returned; nil clears an item of any type.
func (t ItemType) Check(varName string, value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	mismatch := func(want, hint string) (any, error) {
		return nil, &Error{
			Code: CodeInvalidArgument, Op: "data item", Name: varName,
			Message: fmt.Sprintf("%s needs %s, got %s", t, want, describe(value)), Hint: hint,
		}
	}
	text, isText := value.(string)
	switch t {
	case TypeString, TypeTextarea, TypeMarkdown:
		if !isText {
			return mismatch("text", "convert it with String(…)")
		}
	case TypeTextfield:
		if !isText {
			return mismatch("text", "convert it with String(…)")
		}
		if strings.ContainsAny(text, "\r\n") {
			return mismatch("one line of text", "use STRING_TEXTAREA for text with line breaks")
		}
	case TypeDecimal:
		switch v := value.(type) {
		case float64, Decimal:
		case string:
			d, ok := ParseDecimal(v)
			if !ok {
				return mismatch("a number", "")
			}
			return d, nil
		default:
			return mismatch("a number", "")
		}
	case TypeDate:
		if _, err := time.Parse(time.DateOnly, text); !isText || err != nil {
			return mismatch("a date", `write it as "2006-01-02"`)
		}
	case TypeDatetime:
		if _, err := time.Parse(time.RFC3339, text); !isText || err != nil {
			return mismatch("a date and time", `write it as "2006-01-02T15:04:05Z", RFC 3339`)
		}
	case TypeSelectSingle, TypeSelectCheckbox:
		list, ok := value.([]any)
		if !ok {
			return mismatch("a list of option values", "")
		}
		if t == TypeSelectSingle && len(list) > 1 {
			return mismatch("at most one option", "")
		}
		for _, e := range list {
			if _, ok := e.(string); !ok {
				return mismatch("a list of option values", "option values are text")
			}
		}
	}
	return value, nil
}

func describe(v any) string {
	switch v := v.(type) {
	case bool:
		return fmt.Sprint(v)
	case float64, Decimal:
		return "a number"
	case string:
		if strings.ContainsAny(v, "\r\n") {
			return "text of several lines"
		}
		return "text"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	}
	return "an object"
}
