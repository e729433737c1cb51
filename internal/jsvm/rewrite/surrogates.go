package rewrite

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// regexp2 takes two character classes of a pattern for the same one if they differ in
// surrogates alone: it keys them by text in UTF-8, which has none. So in
// /[\uD800-\uDBFF][\uDC00-\uDFFF]/g, which removes emoji, both are the first.

// The marks that tell classes apart are syllables of the Yi script, every other one, because
// adjacent characters would become one range.
const (
	firstMark = 0xA000
	lastMark  = 0xA48C
)

// tellClassesApart returns a pattern without the flag u in which each class with a surrogate,
// but the first one, has a mark that it does not match.
func tellClassesApart(pattern string) string {
	if strings.Count(pattern, `\u`) < 2 {
		return pattern
	}
	marks := make(map[string]int)
	var out strings.Builder
	for rest := pattern; rest != ""; {
		var item string
		var isClass bool
		if item, rest, isClass = nextItem(rest); isClass {
			item = marked(item, marks)
		}
		out.WriteString(item)
	}
	return out.String()
}

// marked returns a class with its mark, if it needs one. marks has those of the classes before
// it.
func marked(class string, marks map[string]int) string {
	if !needsMark(class) {
		return class
	}
	mark, known := marks[class]
	if !known {
		mark = firstMark + 2*(len(marks)-1)
		marks[class] = mark
	}
	if mark < firstMark || mark > lastMark {
		return class // the first one; or there are more than Yi has syllables for
	}
	written := `\u` + strconv.FormatInt(int64(mark), 16)
	if strings.HasPrefix(class, "[^") {
		return "(?:" + written + "|" + class[:len(class)-1] + written + "])"
	}
	return "(?:(?!" + written + ")" + class[:len(class)-1] + written + "])"
}

// needsMark reports whether a class has a surrogate, and nothing that may be a mark.
func needsMark(class string) bool {
	hasSurrogate := false
	var last rune
	isRange := false
	inside := strings.TrimPrefix(strings.TrimPrefix(class[:len(class)-1], "["), "^")
	for inside != "" {
		if inside[0] == '-' && last != 0 && len(inside) > 1 {
			isRange, inside = true, inside[1:]
			continue
		}
		r, size := classMember(inside)
		if r < 0 {
			return false
		}
		first := r
		if isRange {
			first = last
		}
		if first <= lastMark && r >= firstMark {
			return false
		}
		hasSurrogate = hasSurrogate || isSurrogate(r) || isSurrogate(first)
		last, isRange, inside = r, false, inside[size:]
	}
	return hasSurrogate
}

func isSurrogate(r rune) bool { return r >= 0xD800 && r <= 0xDFFF }

// classMember returns the first character of the inside of a class and its length there; -1
// for an escape such as \W that stands for many. Of other escapes, only \u and \x
// are decoded.
func classMember(inside string) (r rune, size int) {
	if inside[0] != '\\' || len(inside) < 2 {
		return utf8.DecodeRuneInString(inside)
	}
	switch inside[1] {
	case 'W', 'D', 'S':
		return -1, 2
	case 'u', 'x':
		end := map[byte]int{'u': 6, 'x': 4}[inside[1]]
		if len(inside) >= end {
			if n, err := strconv.ParseUint(inside[2:end], 16, 16); err == nil {
				return rune(n), end
			}
		}
	}
	return rune(inside[1]), 2
}

// neverMatches is an alternative that cannot match, which both of goja's engines accept.
const neverMatches = `\b\B`

// findSurrogates returns a pattern without the flag u that regexp2 finds also if a surrogate, as
// of 😀, is at a fixed distance from its beginning: where it looks for that, it has no surrogates.
// With an alternative of another length there is no such distance.
func findSurrogates(pattern string) string {
	class := classState{}
	for rest := pattern; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		isFirst := len(token)+len(rest) == len(pattern)
		if !class.inside && !isFirst && (token[0] >= 0xF0 || token == `\u` && isSurrogateEscape(rest)) {
			return "(?:" + pattern + "|" + neverMatches + ")"
		}
		class.next(token)
	}
	return pattern
}

func isSurrogateEscape(digits string) bool {
	if len(digits) < 4 {
		return false
	}
	n, err := strconv.ParseUint(digits[:4], 16, 16)
	return err == nil && isSurrogate(rune(n))
}
