package rewrite

import (
	"strings"
	"unicode/utf8"
)

// regexp2 looks for the first character of a match in a set of all that may be one, which it
// takes for what [^x] matches if an optional item, or another alternative, is before [^x]:
// /-?[^,]+/ does not begin with a dash then.

// unlikelyCharacter is a noncharacter. In a class it makes [^x] one that regexp2 treats rightly.
const unlikelyCharacter = `\uffff`

// openGroup is a group of a pattern that has begun, or the pattern.
type openGroup struct {
	lookaround bool
	follows    bool // something that matches a character or more is before the group
	consumes   bool // the alternative so far matches a character or more
	always     bool // the alternatives before do
}

func (g *openGroup) add(consumes bool) { g.consumes = g.consumes || consumes }

// mendFirstSet returns a pattern whose first characters regexp2 finds.
func mendFirstSet(pattern string) string {
	if strings.Index(pattern, "[^") <= 0 {
		return pattern
	}
	groups := []openGroup{{always: true}}
	some := false // characters have been in the set
	for rest := pattern; rest != ""; {
		var item string
		var isClass bool
		item, rest, isClass = nextItem(rest)
		end := len(pattern) - len(rest)
		group := &groups[len(groups)-1]
		switch {
		case isClass:
		case item == "(":
			next := openGroup{always: true, lookaround: group.lookaround, follows: group.follows || group.consumes}
			for _, kind := range []string{"?=", "?!", "?<=", "?<!"} {
				next.lookaround = next.lookaround || strings.HasPrefix(rest, kind)
			}
			if name := strings.IndexByte(rest, '>'); strings.HasPrefix(rest, "?<") && !next.lookaround && name > 0 {
				rest = rest[name+1:]
			} else if strings.HasPrefix(rest, "?") {
				rest = rest[min(len(rest), strings.IndexAny(rest, ":=!")+1):]
			}
			groups = append(groups, next)
			continue
		case item == ")" && len(groups) > 1:
			groups = groups[:len(groups)-1]
			groups[len(groups)-1].add(!group.lookaround && group.consumes && group.always && !isOptional(rest))
			continue
		case item == "|":
			group.always, group.consumes = group.always && group.consumes, false
			continue
		case item == "{":
			_, rest, _ = strings.Cut(rest, "}")
			continue
		case item == `\b`, item == `\B`, strings.Contains("^$?*+", item):
			continue
		}
		if group.lookaround || rest != "" && !utf8.RuneStart(rest[0]) {
			continue
		}
		if !group.follows && !group.consumes {
			if isExclusion(item) {
				if !some {
					return pattern
				}
				return pattern[:end-1] + unlikelyCharacter + pattern[end-1:]
			}
			some = true
		}
		group.add(!isOptional(rest))
	}
	return pattern
}

func isOptional(rest string) bool {
	return strings.HasPrefix(rest, "?") || strings.HasPrefix(rest, "*") || strings.HasPrefix(rest, "{0")
}

// isExclusion reports whether an item is the class of all characters but one.
func isExclusion(item string) bool {
	inside, ok := strings.CutPrefix(item, "[^")
	if !ok || len(inside) < 2 {
		return false
	}
	_, size := classMember(inside)
	return size == len(inside)-1
}
