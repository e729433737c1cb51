// Package label says which names people can read and tell apart: those of users, API clients, schedules and tokens,
// which may be in any script.
package label

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault returns what is wrong with a name of at most that many characters; "" if nothing is.
//
// Characters that cannot be seen are refused: a name with them may look like another one, and those that change the
// direction of text also move what is beside it. The two joiners are part of words in some scripts, and of emoji.
func Fault(name string, most int) string {
	const nonJoiner, joiner = '\u200c', '\u200d'
	hidden := func(r rune) bool { return !unicode.IsGraphic(r) && r != nonJoiner && r != joiner }
	seen := func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) }
	switch {
	case name == "":
		return "is missing"
	case utf8.RuneCountInString(name) > most:
		return fmt.Sprintf("is longer than %d characters", most)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, hidden) || !strings.ContainsFunc(name, seen):
		return "has a character that is not visible"
	}
	return ""
}
