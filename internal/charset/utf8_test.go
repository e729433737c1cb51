package charset_test

import (
	"testing"

	"github.com/postern-dev/postern/internal/charset"
)

func TestNotUTF8(t *testing.T) {
	t.Parallel()
	const other, utf16 = "the text is not UTF-8; save it in UTF-8", "the text is encoded in UTF-16; save it in UTF-8"
	tests := []struct {
		name, text, problem string
		line, column        int
	}{
		{"empty", "", "", 0, 0},
		{"text", "日本\n\ufffd\x00", "", 0, 0},
		{"byte order mark", "\ufeffx", "", 0, 0},
		{"second line, after wide characters", "a\n日本\xffx", other, 2, 3},
		{"after a byte order mark", "\ufeffa\xff", other, 1, 2},
		{"Latin-1", "M\xfcller", other, 1, 2},
		{"cut short", "\xe6\x97", other, 1, 1},
		{"UTF-16 with a mark", "\xff\xfea\x00", utf16, 1, 1},
		{"UTF-16, the other order", "\xfe\xff\x00a", utf16, 1, 1},
		{"UTF-16 without a mark", "a\x00b\x00", utf16, 1, 1},
		{"UTF-16 without a mark, the other order", "\x00a\x00b", utf16, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			problem, line, column := charset.NotUTF8([]byte(tt.text))
			if problem != tt.problem || line != tt.line || column != tt.column {
				t.Errorf("got %q at %d:%d, want %q at %d:%d", problem, line, column, tt.problem, tt.line, tt.column)
			}
		})
	}
}
