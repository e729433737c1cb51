package taskfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/nearest"
)

// checkItem returns v as the data item holds it.
func checkItem(item hostapi.Item, v any) (any, error) {
	normal, _, err := hostapi.Normalize(v, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	return item.Check(normal)
}

// Item returns the declared data item of that name.
func (t *Task) Item(name string) (hostapi.Item, bool) {
	if t.Items == nil {
		return hostapi.Item{VarName: name, Type: hostapi.TypeJSON}, true
	}
	i := slices.IndexFunc(t.Items, func(item hostapi.Item) bool { return item.VarName == name })
	if i < 0 {
		return hostapi.Item{}, false
	}
	return t.Items[i], true
}

// Set gives a data item a value. Text for a select item is a list of option values,
// separated by commas; for a user or group it is the email address or the name of one
// of the process. Errors begin with op.
func (t *Task) Set(op, name string, v any) error {
	item, ok := t.Item(name)
	if !ok {
		return t.unknownItem(op, name)
	}
	if text, ok := v.(string); ok {
		v = t.fromText(item.Type, text)
	}
	checked, err := checkItem(item, v)
	if err != nil {
		message, hint := explanation(err)
		return configError(op+" "+name, message, hint)
	}
	if t.Data == nil {
		t.Data = make(map[string]any)
	}
	t.Data[name] = checked
	return nil
}

// fromText returns what text means in an item of a type that does not hold text.
func (t *Task) fromText(itemType hostapi.ItemType, text string) any {
	switch {
	case itemType.Matches("SELECT"):
		return splitOptions(text)
	case itemType == hostapi.TypeUser && t.findUser(text) != nil:
		return *t.findUser(text)
	case itemType == hostapi.TypeGroup && t.findGroup(text) != nil:
		return *t.findGroup(text)
	}
	return text
}

func splitOptions(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ",")
}

func (t *Task) unknownItem(op, name string) error {
	names := t.itemNames()
	hint := "the task file declares " + strings.Join(names, ", ")
	switch {
	case t.Definition != nil || t.Plain:
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: name, Message: "the task declares no such data item",
			Hint: nearest.Hint("", name, names, "declare it"), Reason: ErrNoItem,
		}
	case len(names) == 0:
		hint = "the task file declares none"
	}
	return configError(op+" "+name, "the task declares no such data item", nearest.Hint("", name, names, hint))
}

// Assign gives a data item the value of an assignment, NAME=TEXT or NAME:=JSON. Errors
// begin with op.
func (t *Task) Assign(op, assignment string) error {
	name, text, ok := strings.Cut(assignment, "=")
	name, isJSON := strings.CutSuffix(name, ":")
	if !ok || name == "" {
		return configError(op+" "+strconv.Quote(assignment), "is not an assignment", "write name=text, or name:=JSON for other values")
	}
	if !isJSON {
		return t.Set(op, name, text)
	}
	v, err := decodeJSON([]byte(text))
	if err != nil || !utf8.ValidString(text) {
		return configError(op+" "+name, "what follows := is not JSON", "write name=text for text")
	}
	return t.Set(op, name, v)
}

// decodeJSON keeps the digits of numbers.
func decodeJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return v, nil
}
