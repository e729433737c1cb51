package cli

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

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
