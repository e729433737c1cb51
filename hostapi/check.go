package hostapi

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Check validates value for the item and returns it in the item's form. The value must
// be one that [Normalize] returned; nil clears an item of any type. An error is
// [CodeInvalidArgument] and has the name of the item, not the value.
//
// For types beyond those of JSON, an object of the same shape is accepted: {"name",
// "contentType", "content"} for a file, with the content in base64, and {"id", "name",
// "email"} for a user or a group.
func (item *Item) Check(value any) (any, error) {
	c := checker{item}
	if value == nil {
		if item.Bounds.Required {
			return nil, c.fail("the item is required and cannot be cleared", "")
		}
		return nil, nil
	}
	switch t := item.Type; t {
	case TypeString, TypeTextarea, TypeMarkdown, TypeTextfield:
		return c.text(value)
	case TypeDecimal:
		return c.decimal(value)
	case TypeDate, TypeDateYMD:
		return c.day(value)
	case TypeDatetime:
		return c.moment(value)
	case TypeSelect, TypeSelectSingle, TypeSelectCheckbox:
		return c.options(value)
	case TypeFile:
		return c.files(value)
	case TypeList:
		return c.table(value)
	case TypeUser:
		return c.user(value)
	case TypeGroup:
		return c.group(value)
	}
	return value, nil
}

type checker struct{ item *Item }

func (c checker) fail(message, hint string) error {
	return &Error{Code: CodeInvalidArgument, Op: "data item", Name: c.item.VarName, Message: message, Hint: hint}
}

func (c checker) mismatch(want string, got any, hint string) error {
	return c.fail(fmt.Sprintf("%s needs %s, got %s", c.item.Type, want, describe(got)), hint)
}

func (c checker) text(value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return nil, c.mismatch("text", value, "convert it with String(…)")
	}
	if c.item.Type == TypeTextfield && strings.ContainsAny(text, "\r\n") {
		return nil, c.mismatch("one line of text", value, "use STRING_TEXTAREA for text with line breaks")
	}
	if most := c.item.Bounds.MaxLength; most > 0 && utf8.RuneCountInString(text) > most {
		return nil, c.fail("the text has more than "+strconv.Itoa(most)+" characters", "")
	}
	return value, nil
}

func (c checker) decimal(value any) (any, error) {
	if text, ok := value.(string); ok {
		if value, ok = ParseDecimal(text); !ok {
			return nil, c.mismatch("a number", text, "")
		}
	}
	var digits string
	switch v := value.(type) {
	case float64:
		digits = strconv.FormatFloat(v, 'f', -1, 64)
	case Decimal:
		digits = string(v)
	default:
		return nil, c.mismatch("a number", value, "")
	}
	return value, c.decimalBounds(digits)
}

func (c checker) decimalBounds(digits string) error {
	b := &c.item.Bounds
	if b.Scale == nil && b.Min == "" && b.Max == "" {
		return nil
	}
	const mostDigits, mostExponent = 1000, 1000
	if len(digits) > mostDigits { // comparing a million takes seconds
		return c.fail("the number has too many digits", "round it")
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(digits), "e"); ok {
		if n, err := strconv.Atoi(exponent); err != nil || n < -mostExponent || n > mostExponent {
			return c.fail("the exponent is out of range", "")
		}
	}
	n, ok := new(big.Rat).SetString(digits)
	if !ok {
		return c.mismatch("a number", digits, "")
	}
	if b.Scale != nil {
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(*b.Scale, 0))), nil)
		if !new(big.Rat).Mul(n, new(big.Rat).SetInt(power)).IsInt() {
			return c.fail("the number has more than "+strconv.Itoa(*b.Scale)+" digits after the point", "round it")
		}
	}
	if least, ok := new(big.Rat).SetString(string(b.Min)); ok && n.Cmp(least) < 0 {
		return c.fail("the number is below "+string(b.Min), "")
	}
	if most, ok := new(big.Rat).SetString(string(b.Max)); ok && n.Cmp(most) > 0 {
		return c.fail("the number is above "+string(b.Max), "")
	}
	return nil
}

func (c checker) day(value any) (any, error) {
	text, _ := value.(string)
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return nil, c.mismatch("a date", value, `write it as "2006-01-02"`)
	}
	return text, nil
}

func (c checker) moment(value any) (any, error) {
	text, _ := value.(string)
	const hour = len("2006-01-02T15")
	if _, err := time.Parse(time.RFC3339, text); err != nil || text[hour] != ':' || strings.Contains(text, ",") { // which Parse accepts
		return nil, c.mismatch("a date and time", value, `write it as "2006-01-02T15:04:05Z", RFC 3339`)
	}
	return text, nil
}

func (c checker) options(value any) (any, error) {
	const want = "a list of option values"
	list, ok := value.([]any)
	if !ok {
		return nil, c.mismatch(want, value, "")
	}
	if c.item.Type == TypeSelectSingle && len(list) > 1 {
		return nil, c.mismatch("at most one option", value, "")
	}
	for _, e := range list {
		text, ok := e.(string)
		if !ok {
			return nil, c.mismatch(want, value, "option values are text")
		}
		if err := checkOption(c.item.Options, text); err != "" {
			return nil, c.fail(err, "")
		}
	}
	if len(list) == 0 && c.item.Bounds.Required {
		return nil, c.fail("the item is required and cannot be cleared", "")
	}
	return list, nil
}

// checkOption returns what is wrong with value, if anything.
func checkOption(options []Option, value string) string {
	if options == nil {
		return ""
	}
	if slices.ContainsFunc(options, func(o Option) bool { return o.Value == value }) {
		return ""
	}
	if len(options) == 0 {
		return "no such option; the item has no options"
	}
	known := make([]string, len(options)) // only now: a list may have a million valid ones
	for i, o := range options {
		known[i] = strconv.Quote(o.Value)
	}
	const most = 10
	more := ""
	if len(known) > most {
		known, more = known[:most], " …"
	}
	return "no such option; the options are " + strings.Join(known, ", ") + more
}

func (c checker) files(value any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, c.mismatch("a list of files", value, "")
	}
	out := make([]any, len(list))
	var size int64
	for i, e := range list {
		f, err := c.file(e)
		if err != nil {
			return nil, err
		}
		out[i] = f
		size += f.Length()
	}
	switch b := &c.item.Bounds; {
	case b.Required && len(out) == 0:
		return nil, c.fail("the item is required and cannot be cleared", "")
	case b.MaxFiles > 0 && len(out) > b.MaxFiles:
		return nil, c.fail("the item holds at most "+strconv.Itoa(b.MaxFiles)+" files", "")
	case b.MaxBytes > 0 && size > b.MaxBytes:
		return nil, c.fail("the files have more than "+strconv.FormatInt(b.MaxBytes, 10)+" bytes", "")
	}
	return out, nil
}

func (c checker) file(value any) (*File, error) {
	if f, ok := value.(*File); ok {
		return f, nil
	}
	const hint = `a file is {"name", "contentType", "content"}, the content in base64`
	o, ok := value.(map[string]any)
	if !ok {
		return nil, c.mismatch("a list of files", value, hint)
	}
	f := &File{ContentType: "application/octet-stream", Content: []byte{}}
	for k, v := range o {
		if v == nil {
			continue
		}
		text, ok := v.(string)
		if !ok {
			return nil, c.fail("a file's "+strconv.Quote(k)+" is not text", hint)
		}
		switch k {
		case "name":
			f.Name = text
		case "contentType":
			f.ContentType = text
		case "content":
			content, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return nil, c.fail("a file's content is not base64", hint)
			}
			f.Content = content
		default:
			return nil, c.fail("a file has no "+strconv.Quote(k), hint)
		}
	}
	if f.Name == "" {
		return nil, c.fail("a file has no name", hint)
	}
	if wrong := f.wrong(); wrong != "" {
		return nil, c.fail(wrong, "")
	}
	return f, nil
}

func (c checker) table(value any) (any, error) {
	const hint = "each row is an object with the text of each cell by the column's variable name"
	list, ok := value.([]any)
	if !ok {
		return nil, c.mismatch("a list of rows", value, hint)
	}
	out := make([]any, len(list))
	for i, e := range list {
		o, ok := e.(map[string]any)
		if !ok {
			return nil, c.mismatch("a list of rows", value, hint)
		}
		row := make(map[string]any, len(o))
		for k, v := range o {
			text, err := c.cell(i, k, v)
			if err != nil {
				return nil, err
			}
			row[k] = text
		}
		out[i] = row
	}
	return out, nil
}

func (c checker) cell(row int, varName string, value any) (string, error) {
	at := func(what string) error {
		return c.fail(fmt.Sprintf("row %d, column %q: %s", row+1, varName, what), "")
	}
	var column *Column
	for i := range c.item.Columns {
		if c.item.Columns[i].VarName == varName {
			column = &c.item.Columns[i]
		}
	}
	if column == nil {
		return "", at("there is no such column")
	}
	var text string
	switch v := value.(type) {
	case nil:
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	case Decimal:
		text = string(v)
	default:
		return "", at("a cell is text, got " + describe(value))
	}
	if text == "" {
		return "", nil
	}
	switch column.Type {
	case TypeDecimal:
		if _, ok := ParseDecimal(text); !ok {
			return "", at("not a number")
		}
	case TypeDate, TypeDateYMD:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "", at(`not a date; write it as "2006-01-02"`)
		}
	case TypeSelect, TypeSelectSingle:
		if wrong := checkOption(column.Options, text); wrong != "" {
			return "", at(wrong)
		}
	}
	return text, nil
}

func (c checker) user(value any) (any, error) {
	switch v := value.(type) {
	case User:
		return v, nil
	case map[string]any:
		if id, name, email, ok := identityOf(v); ok {
			return User{ID: id, Name: name, Email: email}, c.checkIdentity(name, email)
		}
	}
	return nil, c.mismatch("a user", value, `a user is {"id", "name", "email"}`)
}

func (c checker) group(value any) (any, error) {
	switch v := value.(type) {
	case Group:
		return Group{ID: v.ID, Name: v.Name, Email: v.Email}, nil // its members are in the directory
	case map[string]any:
		if id, name, email, ok := identityOf(v); ok {
			return Group{ID: id, Name: name, Email: email}, c.checkIdentity(name, email)
		}
	}
	return nil, c.mismatch("a group", value, `a group is {"id", "name", "email"}`)
}

// checkIdentity refuses a name or address of a script that is not a single one.
func (c checker) checkIdentity(name, email string) error {
	a := Address{Name: name, Address: email}
	if email == "" {
		a.Address = "none@example.com"
	}
	if wrong := a.wrong(); wrong != "" {
		return c.fail(wrong, "")
	}
	return nil
}

func identityOf(o map[string]any) (id int64, name, email string, ok bool) {
	number := ""
	for k, v := range o {
		switch v := v.(type) {
		case string:
			switch k {
			case "name":
				name = v
			case "email":
				email = v
			}
		case float64:
			if k == "id" {
				number = strconv.FormatFloat(v, 'f', -1, 64)
			}
		case Decimal:
			if k == "id" {
				number = string(v)
			}
		}
	}
	id, err := strconv.ParseInt(number, 10, 64)
	return id, name, email, err == nil
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
	case *File:
		return "a file"
	case User:
		return "a user"
	case Group:
		return "a group"
	}
	return "an object"
}
