package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/terminal"
)

// checkItem returns v as the data item holds it.
func checkItem(item hostapi.Item, v any) (any, error) {
	normal, _, err := hostapi.Normalize(v, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	return item.Check(normal)
}

// item returns the declared data item of that name.
func (t *task) item(name string) (hostapi.Item, bool) {
	if t.items == nil {
		return hostapi.Item{VarName: name, Type: hostapi.TypeJSON}, true
	}
	i := slices.IndexFunc(t.items, func(item hostapi.Item) bool { return item.VarName == name })
	if i < 0 {
		return hostapi.Item{}, false
	}
	return t.items[i], true
}

// set gives a data item a value. With text from the command line a list of
// option values is separated by commas.
func (t *task) set(op, name string, v any) error {
	item, ok := t.item(name)
	if !ok {
		return t.unknownItem(op, name)
	}
	if text, ok := v.(string); ok {
		v = t.fromText(item.Type, text)
	}
	checked, err := checkItem(item, v)
	if err != nil {
		message, hint := explanation(err)
		return usageError(op+" "+name, message, hint)
	}
	if t.data == nil {
		t.data = make(map[string]any)
	}
	t.data[name] = checked
	return nil
}

// fromText returns what text from the command line means in an item of a type
// that does not hold text.
func (t *task) fromText(itemType hostapi.ItemType, text string) any {
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

func (t *task) unknownItem(op, name string) error {
	names := t.itemNames()
	hint := "the task file declares " + strings.Join(names, ", ")
	switch {
	case t.definition != nil || t.plain:
		hint = "declare it with --item " + name + "=STRING, or another type"
	case len(names) == 0:
		hint = "the task file declares none"
	}
	return usageError(op+" "+name, "the task declares no such data item", suggest("", name, names, hint))
}

// setFlag applies one --data NAME=TEXT or NAME:=JSON.
func (t *task) setFlag(assignment string) error {
	name, text, ok := strings.Cut(assignment, "=")
	name, isJSON := strings.CutSuffix(name, ":")
	if !ok || name == "" {
		return usageError("--data "+strconv.Quote(assignment), "is not an assignment", "write name=text, or name:=JSON for other values")
	}
	if !isJSON {
		return t.set("--data", name, text)
	}
	v, err := decodeJSON([]byte(text))
	if err != nil || !utf8.ValidString(text) {
		return usageError("--data "+name, "what follows := is not JSON", "write name=text for text")
	}
	return t.set("--data", name, v)
}

// setFile applies --data-file: a JSON object whose members are data items.
func (t *task) setFile(path string, stdin io.Reader) error {
	var object map[string]any
	file, err := readJSON(path, stdin, &object, "a JSON object, one member for each data item")
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := t.set("data", name, object[name]); err != nil {
			if e, ok := asHost(err); ok {
				e.File = file
			}
			return err
		}
	}
	return nil
}

// readData returns the content of --data-file and what errors call the file.
func readData(path string, stdin io.Reader) (content []byte, file string, err error) {
	if path != "-" || stdin == nil {
		content, err = readFile(path)
		return content, path, err
	}
	if content, err = input.ReadAll(stdin, maxInput); err != nil {
		return nil, "", usageError("read stdin", reason(err), "")
	}
	return bytes.TrimPrefix(content, []byte("\ufeff")), "stdin", nil
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

// dataText returns data for people, one "name = value" a line, by name.
//
// Text is shown verbatim; in quotes, if it would otherwise be invisible or look
// like another kind of value; and indented below its name, if it has several
// lines. All other values are JSON. A name that is not a word is in quotes.
func dataText(data map[string]any) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(data)) {
		text, err := valueText(data[name])
		if err != nil {
			return nil, err
		}
		quoted, err := nameText(name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s =%s\n", quoted, text)
	}
	return b.Bytes(), nil
}

func nameText(name string) (string, error) {
	plain := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.", r) }
	if name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return name, nil
	}
	encoded, err := marshal(name, "")
	return terminal.Escape(string(encoded)), err
}

func valueText(v any) (string, error) {
	text, ok := v.(string)
	switch {
	case !ok:
		encoded, err := marshal(v, "")
		return " " + terminal.Escape(string(encoded)), err
	case needsQuotes(text):
		encoded, err := marshal(text, "")
		return " " + terminal.Escape(string(encoded)), err
	case strings.Contains(text, "\n"):
		return indent("\n"+strings.TrimRight(text, "\n"), "  "), nil
	}
	return " " + text, nil
}

// indent puts by in front of every line of text but the first and empty ones.
func indent(text, by string) string {
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		if lines[i] != "" {
			lines[i] = by + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

func needsQuotes(text string) bool {
	if text == "" || strings.HasPrefix(text, `"`) || terminal.EscapeBut(text, "\n\t") != text {
		return true
	}
	if !strings.Contains(text, "\n") && (strings.TrimSpace(text) != text || strings.ContainsAny(text[:1], "[{")) {
		return true
	}
	_, isNumber := hostapi.ParseDecimal(text)
	return isNumber || text == "true" || text == "false" || text == "null"
}
