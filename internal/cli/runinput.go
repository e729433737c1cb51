package cli

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
)

// readJSON decodes the JSON in a file, or on stdin if its name is -, and returns
// what errors call the file; want says in words what it holds.
func readJSON(ctx context.Context, path string, stdin io.Reader, into any, want string) (file string, err error) {
	in, err := readText(ctx, path, stdin)
	if err != nil {
		return in.file, err
	}
	return in.file, taskfile.DecodeJSON(in.file, in.content, into, want)
}

// setFile applies --data-file: a JSON object whose members are data items.
func setFile(ctx context.Context, t *taskfile.Task, path string, stdin io.Reader) error {
	var object map[string]any
	file, err := readJSON(ctx, path, stdin, &object, "a JSON object, one member for each data item")
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := t.Set("data", name, object[name]); err != nil {
			if e, ok := asHost(err); ok {
				e.File = file
			}
			return err
		}
	}
	return nil
}

// configTexts returns what --config-file and --config say, by name.
func (a *app) configTexts(ctx context.Context, f *runFlags) (map[string]string, error) {
	texts := make(map[string]string)
	if f.configFile != "" {
		var object map[string]any
		file, err := readJSON(ctx, f.configFile, a.env.Stdin, &object, "a JSON object, one member for each setting")
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			switch v := object[name].(type) {
			case nil:
			case string:
				texts[name] = v
			case bool:
				texts[name] = strconv.FormatBool(v)
			case json.Number:
				texts[name] = v.String()
			default:
				return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: "config", Name: name, Message: "needs text, a number, true or false", File: file}
			}
		}
	}
	for _, assignment := range f.config {
		name, text, ok := strings.Cut(assignment, "=")
		if !ok || name == "" || !utf8.ValidString(text) {
			return nil, usageError("--config "+strconv.Quote(assignment), "is not an assignment", "write name=text")
		}
		texts[name] = text
	}
	return texts, nil
}

// declare adds the data items of --items and --item, and those that an add-on's
// settings and --file need.
func declare(ctx context.Context, t *taskfile.Task, f *runFlags, texts map[string]string) error {
	if f.items != "" {
		var items []hostapi.Item
		file, err := readJSON(ctx, f.items, nil, &items, "a JSON array of data items")
		if err != nil {
			return err
		}
		if t.Items, err = hostapi.CheckItems(append(t.Items, items...)); err != nil {
			if e, ok := asHost(err); ok {
				e.File = file
			}
			return err
		}
	}
	for _, assignment := range f.item {
		item, err := taskfile.ParseItem(assignment)
		if err != nil {
			message, hint := explanation(err)
			return usageError("--item "+strconv.Quote(assignment), message, hint)
		}
		t.Items = append(t.Items, item)
	}
	if t.Definition != nil {
		t.InferItems(texts)
		inferFiles(t, f.file)
	}
	items, err := hostapi.CheckItems(t.Items)
	if err == nil && items != nil {
		t.Items = items
	}
	return err
}

// inferFiles declares the data items of --file that are not declared.
func inferFiles(t *taskfile.Task, assignments []string) {
	for _, assignment := range assignments {
		name, _, ok := strings.Cut(assignment, "=")
		if _, declared := t.Item(name); ok && !declared && name != "" {
			t.Items = append(t.Items, hostapi.Item{VarName: name, Type: hostapi.TypeFile})
		}
	}
}

// setProcess applies --process and --time-zone.
func setProcess(ctx context.Context, t *taskfile.Task, f *runFlags) error {
	if f.process != "" {
		t.Process = new(hostapi.Process)
		file, err := readJSON(ctx, f.process, nil, t.Process, "a JSON object")
		if err != nil {
			return err
		}
		if err := taskfile.CheckZone(t.Process.TimeZone); err != nil {
			message, hint := explanation(err)
			return &hostapi.Error{Code: hostapi.CodeConfig, Name: "timeZone", Message: message, Hint: hint, File: file}
		}
	}
	if f.timeZone == "" {
		return nil
	}
	if err := taskfile.CheckZone(f.timeZone); err != nil {
		message, hint := explanation(err)
		return usageError("--time-zone", message, hint)
	}
	p := hostapi.Process{}
	if t.Process != nil {
		p = *t.Process
	}
	p.TimeZone = f.timeZone
	t.Process = &p
	return nil
}
