package jsvm

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// Places are counted in characters, on lines as editors show them, whatever a source
// begins with.
func TestPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		line, column int
	}{
		{"two bytes", "/* ü */ absent", 1, 9},
		{"three bytes", "const 値 = '日本'; absent", 1, 17},
		{"four bytes", "/* 😀 */ absent", 1, 9},
		{"in a function", "const f = () => { /* é */ absent }\nf()", 1, 27},
		{"in a template", "`é${absent}`", 1, 5},
		{"syntax", "const 値 = ;", 1, 11},
		{"redeclared", "let é; let é", 1, 12},
		{"regular expression", `/* é */ /\p{X}/u`, 1, 9},
		{"byte order mark", "\ufeffabsent", 1, 1},
		{"byte order mark and syntax", "\ufefflet = ;", 1, 7},
		{"carriage returns", "1;\r\n2;\r\n absent", 3, 2},
		{"lone carriage return", "1;\rabsent", 1, 4},
		{"line separator", "1;\u2028absent\n", 1, 4},
		{"paragraph separator", "'a\u2029'; absent", 1, 7},
		{"hashbang", "#!/usr/bin/env postern\nabsent", 2, 1},
		{"HTML-like comment", "/* é */ <!-- x", 1, 9},
		{"rejection", "/* é */ Promise.reject(new Error('x'))", 1, 24},
		{"await", "(async () => { /* é */ await new Promise(() => {}) })()", 1, 30},
	}
	for _, tt := range tests {
		e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), tt.source))
		if !ok {
			t.Errorf("%s: no error", tt.name)
		} else if e.Line != tt.line || e.Column != tt.column {
			t.Errorf("%s: %s at %d:%d, want %d:%d", tt.name, e.Message, e.Line, e.Column, tt.line, tt.column)
		}
	}
}

// What a source may hold beside letters.
func TestUnusualSources(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"\ufeff#!postern\n", "#!postern", "\ufeff", "\r\n", "1 // \u2028 2", "'\\u0000'",
		"if ('a\u2028b'.length !== 3) throw 'x'", "if (`\r\n`.length !== 1) throw 'x'",
	} {
		if err := compileAndRun(t, t.Context(), source); err != nil {
			t.Errorf("%q: %v", source, err)
		}
	}
	err := compileAndRun(t, t.Context(), "1;\n\x00")
	if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Line != 2 || !strings.HasPrefix(e.Message, "syntax error: ") {
		t.Errorf("NUL: %v", err)
	}
}
