package database

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The function lower() of SQLite knows the letters of ASCII only, and that of PostgreSQL those of its locale. So a
// condition that looks for other letters replaces their forms by one.

// Containing returns the pattern of [Contains]; without text it is "%%".
func Containing(text string) string {
	text = strings.Map(folded, strings.TrimSpace(Plain(text)))
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

// Contains returns the condition that one of some columns contains text, in any case. The parameter, such as $1, has what
// [Containing] returns for it.
func Contains(text, parameter string, columns ...string) string {
	before, after := "lower(", ")"
	done := make(map[rune]bool)
	for _, letter := range Plain(text) {
		const most = 50 // letters: a search for more finds them as they are written
		to := folded(letter)
		if to < utf8.RuneSelf || done[to] || len(done) == most {
			continue
		}
		done[to] = true
		for from := unicode.SimpleFold(to); from != to; from = unicode.SimpleFold(from) {
			before, after = "replace("+before, after+", '"+string(from)+"', '"+string(to)+"')"
		}
	}
	conditions := make([]string, len(columns))
	for i, column := range columns {
		conditions[i] = before + column + after + " LIKE " + parameter + " ESCAPE '!'"
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}

// folded returns one letter for all that differ from it in their case only: that of ASCII in lower case, if there is one.
func folded(letter rune) rune {
	least := letter
	for r := unicode.SimpleFold(letter); r != letter; r = unicode.SimpleFold(r) {
		least = min(least, r)
	}
	if least < utf8.RuneSelf {
		return unicode.ToLower(least)
	}
	return least
}
