package addon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
	"github.com/postern-dev/postern/internal/expression"
	"github.com/postern-dev/postern/runtime"
)

// Listing is the result of [Addon.List].
type Listing struct {
	*runtime.Result

	// Items are those that no workflow was started for, in the order of the script.
	Items []StartItem
}

// StartItem is an item that a workflow is to be started for.
type StartItem struct {
	ID        string         // add it to Process.Started of later runs
	Timestamp time.Time      // zero if it has none
	Data      map[string]any // of the workflow, by variable name
}

// List runs a start event and returns the items to start workflows for: at most
// limit, and none from before since; a [StartEventTimer] ignores since. Items whose
// id is in task.Process.Started are left out.
//
// The property p of an item becomes the value of the data item that the setting
// conf_pData names; null and properties without a setting are left out. The
// Listing is never nil, see [runtime.Engine.Run].
func (a *Addon) List(ctx context.Context, task runtime.Task, limit int, since time.Time) (*Listing, error) {
	if err := a.ready(); err != nil {
		return &Listing{Result: refused(task)}, err
	}
	if limit < 1 {
		err := a.definition.fail(hostapi.CodeInvalidArgument, "the limit of a list is at least 1", "")
		return &Listing{Result: refused(task)}, err
	}
	args := []any{limit}
	if a.definition.Type == StartEvent {
		args = append(args, since)
	}
	result, err := a.run(ctx, task, listFunction, args, StartEvent, StartEventTimer)
	listing := &Listing{Result: result}
	if err != nil {
		return listing, err
	}
	l := &lister{file: a.definition.File, task: &task, seen: make(map[string]bool)}
	if task.Process != nil {
		for _, id := range task.Process.Started {
			l.seen[id] = true
		}
	}
	if listing.Items, err = l.list(result.Value, limit); err != nil {
		listing.Result = undone(result, task)
	}
	return listing, err
}

// undone returns the result of a run that succeeded but returned an unusable value:
// its effects are dropped.
func undone(result *runtime.Result, task runtime.Task) *runtime.Result {
	none := refused(task)
	none.Logs, none.Usage = result.Logs, result.Usage
	return none
}

// lister converts the list that a script returned to start items.
type lister struct {
	file string
	task *runtime.Task
	seen map[string]bool // ids that a workflow was started for
}

func (l *lister) list(value any, limit int) ([]StartItem, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, l.fail("list must return an array", "")
	}
	if len(list) > limit {
		return nil, l.fail(fmt.Sprintf("list returned %d items, and the limit is %d", len(list), limit), "")
	}
	var items []StartItem
	for i, v := range list {
		properties, ok := v.(map[string]any)
		if !ok {
			return nil, l.fail(fmt.Sprintf("item %d of the list is not an object", i+1), "")
		}
		id, _ := textValue(properties["id"])
		if id == "" {
			return nil, l.fail(fmt.Sprintf("item %d of the list has no id", i+1), "set id to text")
		}
		if l.seen[id] {
			continue
		}
		l.seen[id] = true
		item := StartItem{ID: id, Timestamp: timestamp(properties["timestamp"])}
		var err error
		if item.Data, err = l.data(properties); err != nil {
			return nil, l.fail(fmt.Sprintf("item %d of the list: %v", i+1, err), "")
		}
		items = append(items, item)
	}
	return items, nil
}

func (l *lister) fail(message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeScript, Message: message, Hint: hint, File: l.file}
}

// data returns the values of the data items that the properties of an item set.
func (l *lister) data(properties map[string]any) (map[string]any, error) {
	data := make(map[string]any)
	for _, property := range slices.Sorted(maps.Keys(properties)) {
		value, item := properties[property], l.item("conf_"+property+"Data")
		if value == nil || item == nil {
			continue
		}
		value, err := item.Check(fit(item, value))
		if err != nil {
			message := err.Error()
			if e, ok := errors.AsType[*hostapi.Error](err); ok {
				message = e.Message
			}
			return nil, fmt.Errorf("%s does not fit the data item %q: %s", brief.Text(property), item.VarName, message)
		}
		data[item.VarName] = value
	}
	return data, nil
}

// item returns the data item that a setting names, or nil. The engine has checked
// that the task declares it.
func (l *lister) item(setting string) *hostapi.Item {
	varName := l.task.Settings[setting].Item
	for i := range l.task.Items {
		if l.task.Items[i].VarName == varName {
			return &l.task.Items[i]
		}
	}
	return nil
}

// fit converts a value to the form that an item of the type holds, where the
// conversion is unambiguous.
func fit(item *hostapi.Item, value any) any {
	if file, ok := value.(*hostapi.File); ok {
		return []any{file}
	}
	text, isText := textValue(value)
	if !isText {
		return value
	}
	switch t := item.Type; {
	case t.Matches("STRING"):
		return text
	case t.Matches("SELECT"):
		return []any{text}
	case t.Matches("DATE") && len(text) > len(time.DateOnly):
		return text[:len(time.DateOnly)] // a timestamp begins with its date
	}
	return value
}

// textValue returns a value as text, if it has a text form: of a user or group the id.
func textValue(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64, hostapi.Decimal:
		text, err := expression.FormatNumber(v)
		return text, err == nil
	case hostapi.User:
		return strconv.FormatInt(v.ID, 10), true
	case hostapi.Group:
		return strconv.FormatInt(v.ID, 10), true
	}
	return "", false
}

func timestamp(value any) time.Time {
	text, _ := value.(string)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
