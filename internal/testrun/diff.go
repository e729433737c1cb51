package testrun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// How much of two values is shown.
const (
	mostDiffLines = 60
	mostDiffWidth = 100 // columns of a value on one line
	diffLead      = 40  // characters before the first difference, where not all is shown
)

// mismatchText shows where two values differ: by their lines if there are several
// or if they are long JSON, else below each other.
func mismatchText(m *runtime.Mismatch) string {
	expected, actual := m.Expected, m.Actual
	if strings.Contains(expected, "\n") || strings.Contains(actual, "\n") {
		return lineDiff(expected, actual)
	}
	if max(len(expected), len(actual)) > mostDiffWidth {
		if e, ok := spread(expected); ok {
			if a, ok := spread(actual); ok && a != e {
				return lineDiff(e, a)
			}
		}
	}
	if m.Text && (blurred(expected) || blurred(actual)) {
		return lineByLine(quote(expected), quote(actual))
	}
	return lineByLine(expected, actual)
}

// blurred reports whether a reader would not see where the text begins or ends.
func blurred(text string) bool { return text == "" || strings.TrimSpace(text) != text }

func quote(text string) string {
	quoted, _ := report.Marshal(text, "") // a string can be marshalled
	return string(quoted)
}

// spread returns a JSON object or array with a line for each of its members.
func spread(text string) (string, bool) {
	if text == "" || !strings.ContainsAny(text[:1], "[{") {
		return "", false
	}
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return "", false
	}
	return b.String(), true
}

// lineByLine shows two values of one line each, with a caret at the first
// difference.
func lineByLine(expected, actual string) string {
	const label = "expected  "
	same := commonPrefix(expected, actual)
	from := window(same, expected, actual)
	text := label + cut(expected, from) + "\nactual    " + cut(actual, from) + "\n"
	if same > 0 && expected != actual {
		text += strings.Repeat(" ", len(label)+terminal.Width(cut(expected[:same], from))) + "^\n"
	}
	return text
}

// window returns where to begin to show two texts that differ at the byte same:
// at their beginning, if they are short.
func window(same int, texts ...string) (from int) {
	widest := 0
	for _, text := range texts {
		widest = max(widest, terminal.Width(exact(text)))
	}
	if widest <= mostDiffWidth {
		return 0
	}
	from = same
	for n := 0; n < diffLead && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(texts[0][:from])
		from -= size
	}
	return from
}

// cut returns what is shown of a text that is shown from some byte.
func cut(text string, from int) string {
	shown := exact(terminal.Head(text[from:], mostDiffWidth))
	if from > 0 {
		return "…" + shown
	}
	return shown
}

// exact returns text with everything that could be taken for something else
// escaped, spaces of other kinds among it.
func exact(text string) string {
	text = terminal.Escape(strings.ToValidUTF8(text, "\ufffd"))
	var b strings.Builder
	for _, r := range text {
		if r != ' ' && unicode.Is(unicode.Zs, r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// commonPrefix returns how many bytes of whole characters two texts share at
// their beginning.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) {
		r, size := utf8.DecodeRuneInString(a[n:])
		s, other := utf8.DecodeRuneInString(b[n:])
		if r != s || size != other {
			break
		}
		n += size
	}
	return n
}

// lineDiff shows how one text becomes the other, in the unified format.
func lineDiff(expected, actual string) string {
	if !strings.HasSuffix(expected, "\n") && !strings.HasSuffix(actual, "\n") {
		expected, actual = expected+"\n", actual+"\n" // or the format would tell of it
	}
	_, hunks, _ := strings.Cut(string(diff.Diff("expected", []byte(expected), "actual", []byte(actual))), "\n")
	lines := strings.Split(strings.TrimSuffix(hunks, "\n"), "\n")
	var b strings.Builder
	for i := 0; i < min(len(lines), mostDiffLines); i++ {
		line := lines[i]
		if i+1 < len(lines) && strings.HasPrefix(line, "-") && strings.HasPrefix(lines[i+1], "+") {
			was, is := line[1:], lines[i+1][1:]
			from := window(commonPrefix(was, is), was, is)
			b.WriteString("-" + cut(was, from) + "\n+" + cut(is, from) + "\n")
			i++
			continue
		}
		b.WriteString(cut(line, 0) + "\n")
	}
	if left := len(lines) - mostDiffLines; left > 0 {
		fmt.Fprintf(&b, "… %s more\n", report.Plural(left, "line", "lines"))
	}
	return b.String()
}
