package placeholder

import (
	"iter"
	"strings"
)

// texts returns the string literals of a source, with their offsets. It handles comments
// and escapes but does not recognize regular expressions, which is good enough for a
// warning.
func texts(source string, language Language) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := 0; i < len(source); {
			switch rest := source[i:]; {
			case language == JavaScript && strings.HasPrefix(rest, "//"), language == TOML && rest[0] == '#':
				i += lengthTo(rest, "\n")
			case language == JavaScript && strings.HasPrefix(rest, "/*"):
				i += 2 + lengthTo(rest[2:], "*/")
			case language == TOML && (strings.HasPrefix(rest, `"""`) || strings.HasPrefix(rest, `'''`)):
				n := 3 + lengthTo(rest[3:], rest[:3])
				if !yield(i+3, strings.TrimSuffix(rest[3:n], rest[:3])) {
					return
				}
				i += n
			case rest[0] == '"' || rest[0] == '\'' || rest[0] == '`' && language == JavaScript:
				n := quotedLength(rest)
				if !yield(i+1, strings.TrimSuffix(rest[1:n], rest[:1])) {
					return
				}
				i += n
			default:
				i++
			}
		}
	}
}

// lengthTo returns the length of text up to and including end.
func lengthTo(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}

// quotedLength returns the length of the string literal at the start of text. One in " or
// ' ends at the end of its line at the latest.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == text[0]:
			return i + 1
		case c == '\n' && text[0] != '`':
			return i
		}
	}
	return len(text)
}
