package report

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

// dataText returns data for a terminal, one "name = value" a line, by name.
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
	encoded, err := Marshal(name, "")
	return terminal.Escape(string(encoded)), err
}

func valueText(v any) (string, error) {
	text, ok := v.(string)
	switch {
	case !ok:
		encoded, err := Marshal(v, "")
		return " " + terminal.Escape(string(encoded)), err
	case needsQuotes(text):
		encoded, err := Marshal(text, "")
		return " " + terminal.Escape(string(encoded)), err
	case strings.Contains(text, "\n"):
		return hang("\n"+strings.TrimRight(text, "\n"), "  "), nil
	}
	return " " + text, nil
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
