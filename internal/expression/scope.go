package expression

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

// Scope holds the values that the expressions of one task can refer to. It counts the
// text that they produce and caches the values that they have loaded.
type Scope struct {
	items []hostapi.Item // nil: any name with a value is allowed
	data  map[string]any
	about *hostapi.Process

	loaded map[string]any // operands by variable name
	left   int            // bytes that the expressions may still produce
}

// NewScope returns the scope of a task: its data items in the form that
// [hostapi.CheckItems] returns, their values by variable name, and its process, which
// may be nil. If items is nil, every name with a value can be used.
func NewScope(items []hostapi.Item, data map[string]any, process *hostapi.Process) *Scope {
	if process == nil {
		process = new(hostapi.Process)
	}
	return &Scope{items: items, data: data, about: process, loaded: make(map[string]any), left: maxExpanded}
}

// process returns the value of a name that refers to a property of the process.
func (s *Scope) process(name string) (any, bool) {
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

// Item returns the data item of that variable name, or nil.
func (s *Scope) Item(name string) *hostapi.Item {
	for i := range s.items {
		if s.items[i].VarName == name {
			return &s.items[i]
		}
	}
	return nil
}

// has reports whether name is the name of a data item.
func (s *Scope) has(name string) bool {
	if s.items != nil {
		return s.Item(name) != nil
	}
	_, ok := s.data[name]
	return ok
}

// VarName returns the variable name of the data item with the number key. A key that is
// a variable name, or not the number of an item, is returned unchanged.
func (s *Scope) VarName(key string) string {
	if s.Item(key) == nil {
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

func (s *Scope) hint() string {
	if len(s.items) == 0 {
		return "no data items are declared"
	}
	names := make([]string, len(s.items))
	for i := range s.items {
		names[i] = s.items[i].VarName
	}
	return "use " + brief.List(names)
}

// load returns the value of a data item as an operand, and caches it.
func (s *Scope) load(name string) (any, error) {
	if v, ok := s.loaded[name]; ok {
		return v, nil
	}
	const most = 64 << 20 // bytes, as for the data of a task
	item := s.Item(name)
	v, _, err := hostapi.Normalize(s.data[name], most)
	if err == nil && item != nil && v != nil {
		v, err = item.Check(v)
	}
	if err != nil {
		message := "not a value"
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			message = e.Message
		}
		return nil, &positionError{-1, fmt.Sprintf("data item %q: %s", name, message), ""}
	}
	if item != nil {
		v = operand(item, v)
	}
	s.loaded[name] = v
	return v, nil
}

// operand converts the value of a data item to the form that expressions use: a date and
// time is text, the value of a select item is its options.
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

// option returns an option of a select item with its display.
func option(item *hostapi.Item, value any) hostapi.Option {
	text, _ := value.(string) // CheckItems has checked it
	for _, o := range item.Options {
		if o.Value == text && o.Display != "" {
			return o
		}
	}
	return hostapi.Option{Value: text, Display: text}
}

// spend counts n bytes that an expression produces.
func (s *Scope) spend(n int) error {
	if s.left -= n; s.left < 0 {
		return &hostapi.Error{Code: hostapi.CodeLimit, Message: fmt.Sprintf("expressions produce more than %d bytes", maxExpanded)}
	}
	return nil
}
