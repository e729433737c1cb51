package rewrite

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
)

// maxExpanded is the maximum length of rewritten patterns: of all literals of a program
// together, or of one that is created at run time.
const maxExpanded = 1 << 20

// regExpLiteral rewrites a literal whose pattern goja would interpret differently.
func (w *walker) regExpLiteral(e *ast.RegExpLiteral) {
	if w.err != nil {
		return
	}
	pattern, err := corrected(e.Pattern, e.Flags, maxExpanded-w.changes.expanded)
	if err != nil {
		w.refuse(e.Idx, invalid(e.Pattern, e.Flags, err))
		return
	}
	if pattern == e.Pattern {
		w.plain = append(w.plain, plainPattern{pattern, e.Flags})
		return
	}
	if w.changes.sources == nil {
		w.changes.sources = make(map[string]string)
	}
	w.changes.sources[pattern], e.Pattern = e.Pattern, pattern
	w.changes.expanded += len(pattern)
}

// corrected returns a pattern of at most limit bytes that has the same meaning in goja as the
// given one in JavaScript: mostly the pattern itself. Without the flag u, \p is just a p.
func corrected(pattern, flags string, limit int) (string, error) {
	if PatternTooDeep(pattern) {
		return "", errors.New("its groups are nested too deep")
	}
	if hasNameTwice(pattern) {
		return "", errors.New("two of its groups have the same name")
	}
	if strings.Contains(flags, "u") && hasProperty(pattern) {
		expanded, err := expand(pattern, limit)
		if err != nil {
			return "", err
		}
		pattern = expanded
	}
	if strings.Contains(flags, "i") {
		pattern = spellComplements(pattern)
	}
	pattern = mendFirstSet(pattern)
	if !strings.Contains(flags, "u") {
		pattern = findSurrogates(tellClassesApart(pattern))
	} else if hasNamedGroup(pattern) {
		pattern = emptyLookahead + pattern // in text beyond ASCII, goja omits groups that Go's package finds
	}
	if strings.Contains(flags, "g") && losesEmptyMatches(pattern, flags) {
		pattern = emptyLookahead + pattern
	}
	return forOtherEngine(pattern, flags), nil
}

// hasNamedGroup reports whether a pattern may have a group with a name.
func hasNamedGroup(pattern string) bool {
	return strings.Contains(strings.NewReplacer("(?<=", "", "(?<!", "").Replace(pattern), "(?<")
}

// hasNameTwice reports whether two groups of a pattern have one name. Of goja's engines one
// takes it and the other does not, so that goja panics when it changes over.
func hasNameTwice(pattern string) bool {
	const begin = "(?<"
	if strings.Count(pattern, begin) < 2 {
		return false
	}
	seen := make(map[string]bool)
	class := classState{}
	for rest := pattern; rest != ""; {
		if name, found := strings.CutPrefix(rest, begin); found && !class.inside {
			name, _, _ = strings.Cut(name, ">")
			isGroup := !strings.HasPrefix(name, "=") && !strings.HasPrefix(name, "!")
			if isGroup && seen[name] {
				return true
			}
			seen[name] = true
		}
		var token string
		token, rest = nextToken(rest)
		class.next(token)
	}
	return false
}

func hasProperty(pattern string) bool {
	return strings.Contains(pattern, `\p`) || strings.Contains(pattern, `\P`)
}

// maxShown is the maximum length in bytes of a pattern in an error.
const maxShown = 200

func invalid(pattern, flags string, err error) string {
	if len(pattern) > maxShown {
		pattern = strings.ToValidUTF8(pattern[:maxShown], "") + "…"
	}
	return fmt.Sprintf("Invalid regular expression: /%s/%s: %v", pattern, flags, err)
}

// expand replaces the properties in a pattern with the flag u by their ranges of code
// points, in at most limit bytes.
//
// \P{…} becomes the complement, not a negated class: with the flag i, /\P{Lu}/iu matches an
// A because it matches an a.
func expand(pattern string, limit int) (string, error) {
	var out strings.Builder
	class := classState{}
	for rest := pattern; rest != ""; {
		token, after := nextToken(rest)
		rest = after
		if token != `\p` && token != `\P` {
			class.next(token)
			out.WriteString(token)
			continue
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok || !strings.HasPrefix(name, "{") {
			return "", errors.New("a property is written \\p{…}")
		}
		rest = after
		s, ok := property(name[1:])
		if !ok {
			return "", fmt.Errorf("unknown Unicode property %q", name[1:])
		}
		if class.inside && (class.dash || strings.HasPrefix(rest, "-") && !strings.HasPrefix(rest, "-]")) {
			return "", errors.New("a property cannot be the end of a range")
		}
		if token == `\P` {
			s = s.complement()
		}
		if class.inside {
			s.write(&out)
		} else {
			out.WriteByte('[')
			s.write(&out)
			out.WriteByte(']')
		}
		class.next(token)
		if out.Len() > limit {
			return "", errors.New("too many Unicode properties")
		}
	}
	return out.String(), nil
}

// nextToken splits off an escape, the start of a class, or a byte.
func nextToken(pattern string) (token, rest string) {
	size := 1
	switch {
	case len(pattern) > 1 && pattern[0] == '\\', strings.HasPrefix(pattern, "[^"):
		size = 2
	}
	return pattern[:size], pattern[size:]
}

// nextItem splits off a whole class, or a token outside of classes. A class that does not end is no class, but
// all of the rest.
func nextItem(pattern string) (item, rest string, isClass bool) {
	token, rest := nextToken(pattern)
	if token[0] != '[' {
		return token, rest, false
	}
	for rest != "" {
		if token, rest = nextToken(rest); token == "]" {
			return pattern[:len(pattern)-len(rest)], rest, true
		}
	}
	return pattern, "", false
}

// classState tracks the character classes of a pattern.
type classState struct {
	inside bool
	empty  bool // there is nothing in the class yet
	dash   bool // the last token was a dash with something before it
}

func (c *classState) next(token string) {
	switch {
	case !c.inside && token[0] == '[':
		*c = classState{inside: true, empty: true}
	case token == "]":
		*c = classState{}
	default:
		c.dash = token == "-" && !c.empty
		c.empty = false
	}
}

// write writes s as the inside of a class.
func (s set) write(out *strings.Builder) {
	for _, r := range s {
		writeRune(out, r.first)
		if r.last > r.first {
			out.WriteByte('-')
			writeRune(out, r.last)
		}
	}
}

func writeRune(out *strings.Builder, r rune) {
	// RegExp.prototype.source would escape the line separators.
	if r >= utf8.RuneSelf && utf8.ValidRune(r) && r != '\u2028' && r != '\u2029' {
		out.WriteRune(r)
		return
	}
	out.WriteString(`\u{` + strconv.FormatInt(int64(r), 16) + `}`)
}
