package rewrite

import (
	"regexp/syntax"
	"strings"

	"github.com/dop251/goja/parser"
)

// emptyLookahead always matches the empty string. goja compiles a pattern that has it with
// regexp2.
const emptyLookahead = "(?=)"

// losesEmptyMatches reports whether goja would miss matches of a pattern with the flag g. It
// compiles most patterns with Go's package regexp, which omits an empty match at the end of
// another match: "aab".replace(/a*/g, "-") is "--b-" (ECMA-262, 22.2.6.11), and "-b-" there.
func losesEmptyMatches(pattern, flags string) bool {
	inGo, err := parser.TransformRegExp(pattern, strings.Contains(flags, "s"), strings.Contains(flags, "u"))
	if err != nil {
		return false // it goes to the other engine, or is not a pattern
	}
	tree, err := syntax.Parse(inGo, syntax.Perl)
	return err == nil && matchesEmpty(tree)
}

// matchesEmpty reports whether re can match the empty string in some text.
func matchesEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpCapture, syntax.OpPlus:
		return matchesEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || matchesEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !matchesEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if matchesEmpty(sub) {
				return true
			}
		}
	}
	return false
}
