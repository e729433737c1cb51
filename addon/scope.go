package addon

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// scope is what expressions can name. It serves all settings of one task.
type scope struct {
	items []hostapi.Item // nil: any name that has a value
	data  map[string]any
	about *hostapi.Process

	loaded map[string]any // operands by variable name
	left   int            // bytes that the expressions may still make
}

func newScope(items []hostapi.Item, env *Environment) *scope {
	s := &scope{items: items, data: env.Data, about: env.Process, loaded: make(map[string]any), left: maxExpanded}
	if s.about == nil {
		s.about = new(hostapi.Process)
	}
	return s
}

// process returns what a name says of the process.
func (s *scope) process(name string) (any, bool) {
	number := func(n int64) hostapi.Decimal { return hostapi.Decimal(strconv.FormatInt(n, 10)) }
	switch name {
	case "processInstanceId":
		return number(s.about.InstanceID), true
	case "processModelInfoId":
		return number(s.about.ModelInfoID), true
	case "processInstanceDebug":
		return s.about.Debug, true
	}
	return nil, false
}

func (s *scope) item(name string) *hostapi.Item {
	for i := range s.items {
		if s.items[i].VarName == name {
			return &s.items[i]
		}
	}
	return nil
}

// has reports whether there is a data item of that variable name.
func (s *scope) has(name string) bool {
	if s.items != nil {
		return s.item(name) != nil
	}
	_, ok := s.data[name]
	return ok
}

// byNumber returns the variable name of the data item with the number that key
// is, or else key.
func (s *scope) byNumber(key string) string {
	if s.item(key) == nil {
		if n, err := strconv.Atoi(key); err == nil {
			for i := range s.items {
				if s.items[i].Number == n {
					return s.items[i].VarName
				}
			}
		}
	}
	return key
}

func (s *scope) hint() string {
	if len(s.items) == 0 {
		return "no data items are declared"
	}
	names := make([]string, len(s.items))
	for i := range s.items {
		names[i] = s.items[i].VarName
	}
	return "use " + oneOf(names)
}

// load returns the value of a data item as an operand.
func (s *scope) load(name string) (any, error) {
	if v, ok := s.loaded[name]; ok {
		return v, nil
	}
	const most = 64 << 20 // bytes, as for the data of a task
	item := s.item(name)
	v, _, err := hostapi.Normalize(s.data[name], most)
	if err == nil && item != nil && v != nil {
		v, err = item.Check(v)
	}
	if err != nil {
		message := "is no value"
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			message = e.Message
		}
		return nil, &expressionError{-1, fmt.Sprintf("data item %q: %s", name, message), ""}
	}
	if item != nil {
		v = operand(item, v)
	}
	s.loaded[name] = v
	return v, nil
}

// operand returns the value of a data item with what its type knows of it.
func operand(item *hostapi.Item, v any) any {
	switch v := v.(type) {
	case string:
		if item.Type == hostapi.TypeDatetime {
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				return t.Format("2006-01-02 15:04")
			}
		}
	case []any:
		if !item.Type.Matches("SELECT") {
			return v
		}
		options := make([]any, len(v))
		for i := range v {
			options[i] = option(item, v[i])
		}
		return options
	}
	return v
}

// option returns the option of a select item with its display.
func option(item *hostapi.Item, value any) hostapi.Option {
	text, _ := value.(string) // the item has been checked
	for _, o := range item.Options {
		if o.Value == text && o.Display != "" {
			return o
		}
	}
	return hostapi.Option{Value: text, Display: text}
}

// spend counts n bytes that an expression makes.
func (s *scope) spend(n int) error {
	if s.left -= n; s.left < 0 {
		return &hostapi.Error{Code: hostapi.CodeLimit, Message: fmt.Sprintf("expressions make more than %d bytes", maxExpanded)}
	}
	return nil
}
