package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
)

// readJSON decodes the JSON in a file, or on stdin if its name is -, and returns
// what errors call the file. Members that the form of into does not have are
// mistakes; want says in words what the file holds.
func readJSON(path string, stdin io.Reader, into any, want string) (file string, err error) {
	content, file, err := readData(path, stdin)
	if err != nil {
		return file, err
	}
	if err := checkText(file, content); err != nil {
		return file, err
	}
	fail := func(offset int64, message string) (string, error) {
		e := &hostapi.Error{Code: hostapi.CodeConfig, Message: message, File: file}
		if offset > 0 {
			e.Line = 1 + bytes.Count(content[:min(offset, int64(len(content)))], []byte("\n"))
		}
		return file, e
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber() // the digits stay as they are
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return file, nil
		}
		err = errors.New("something follows the value")
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fail(e.Offset, "not valid JSON: "+err.Error())
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return fail(0, "needs "+want)
		}
		return fail(e.Offset, fmt.Sprintf("%s cannot be a JSON %s", e.Field, e.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		at := regexp.MustCompile(regexp.QuoteMeta(name) + `\s*:`).FindIndex(content)
		if at == nil {
			at = []int{0, 0} // the name is written with escapes
		}
		return fail(int64(at[1]), "there is no member "+name)
	}
	return fail(0, "not valid JSON: "+err.Error())
}

// configTexts returns what --config-file and --config say, by name.
func (a *app) configTexts(f *runFlags) (map[string]string, error) {
	texts := make(map[string]string)
	if f.configFile != "" {
		var object map[string]any
		file, err := readJSON(f.configFile, a.env.Stdin, &object, "a JSON object, one member for each setting")
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
func (t *task) declare(f *runFlags, texts map[string]string) error {
	if f.items != "" {
		var items []hostapi.Item
		file, err := readJSON(f.items, nil, &items, "a JSON array of data items")
		if err != nil {
			return err
		}
		if t.items, err = hostapi.CheckItems(append(t.items, items...)); err != nil {
			if e, ok := asHost(err); ok {
				e.File = file
			}
			return err
		}
	}
	for _, assignment := range f.item {
		item, err := parseItem(assignment)
		if err != nil {
			message, hint := explanation(err)
			return usageError("--item "+strconv.Quote(assignment), message, hint)
		}
		t.items = append(t.items, item)
	}
	if t.definition != nil {
		t.inferItems(texts)
		t.inferFiles(f.file)
	}
	items, err := hostapi.CheckItems(t.items)
	if err == nil && items != nil {
		t.items = items
	}
	return err
}

// parseItem reads NAME=TYPE or NAME=LIST(COLUMN[:TYPE],…).
func parseItem(assignment string) (hostapi.Item, error) {
	name, text, ok := strings.Cut(assignment, "=")
	if !ok || name == "" {
		return hostapi.Item{}, usageError("", "is not a declaration", "write name=TYPE, such as q_total=DECIMAL")
	}
	text, columns, isTable := strings.Cut(text, "(")
	itemType, err := hostapi.ParseItemType(text)
	if err != nil {
		return hostapi.Item{}, err
	}
	item := hostapi.Item{VarName: name, Type: itemType}
	if !isTable {
		return item, nil
	}
	columns, closed := strings.CutSuffix(columns, ")")
	if !closed || itemType != hostapi.TypeList {
		return hostapi.Item{}, usageError("", "is not a declaration", "write a table as name=LIST(text,price:DECIMAL)")
	}
	for column := range strings.SplitSeq(columns, ",") {
		name, columnType, typed := strings.Cut(strings.TrimSpace(column), ":")
		if !typed {
			columnType = string(hostapi.TypeString)
		}
		item.Columns = append(item.Columns, hostapi.Column{VarName: name, Type: hostapi.ItemType(columnType)})
	}
	_, err = hostapi.CheckItems([]hostapi.Item{item})
	return item, err
}

// inferFiles declares the data items of --file that are not declared.
func (t *task) inferFiles(assignments []string) {
	for _, assignment := range assignments {
		name, _, ok := strings.Cut(assignment, "=")
		if _, declared := t.item(name); ok && !declared && name != "" {
			t.items = append(t.items, hostapi.Item{VarName: name, Type: hostapi.TypeFile})
		}
	}
}

// setProcess applies --process and --time-zone.
func (t *task) setProcess(f *runFlags) error {
	if f.process != "" {
		t.process = new(hostapi.Process)
		file, err := readJSON(f.process, nil, t.process, "a JSON object")
		if err != nil {
			return err
		}
		if err := checkZone(t.process.TimeZone); err != nil {
			message, hint := explanation(err)
			return &hostapi.Error{Code: hostapi.CodeConfig, Name: "timeZone", Message: message, Hint: hint, File: file}
		}
	}
	if f.timeZone == "" {
		return nil
	}
	if err := checkZone(f.timeZone); err != nil {
		message, hint := explanation(err)
		return usageError("--time-zone", message, hint)
	}
	p := hostapi.Process{}
	if t.process != nil {
		p = *t.process
	}
	p.TimeZone = f.timeZone
	t.process = &p
	return nil
}
