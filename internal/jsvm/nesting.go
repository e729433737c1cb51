package jsvm

import (
	"strings"

	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// goja's parser calls itself for what is nested, with up to 4.5 KB for each level, and a
// stack that grows out of bounds ends the process. What comes out of the parser is
// measured in the syntax tree, see rewrite. Only a long source can be nested so deep
// that it does not come that far: it is looked at before, as tokens.

// maxParsed is how deep a source may be nested for the parser.
const maxParsed = 5 * rewrite.MaxNesting

// tooDeep returns the offset at which source is nested deeper than maxParsed, if it is.
func tooDeep(source string) (offset int, found bool) {
	if len(source) <= maxParsed {
		return 0, false
	}
	n := nesting{source: source}
	for n.next() {
		if len(n.open)+n.below+n.pending > maxParsed {
			return n.at, true
		}
	}
	return 0, false
}

// nesting goes over the tokens of a source and counts what is open: brackets, and
// within them what the parser has to come back to, such as an unary operator, the left
// side of an assignment, or an if. It need not be exact, as long as a script that people
// or programs write is far from the bound, and one that is beyond it is found.
type nesting struct {
	source string
	at     int // of the token that was read
	end    int // of the same

	open    []level
	below   int // pending of all levels below
	pending int // of the level that is open

	// The token before: an operand has ended, so that an operator follows, or not.
	operand bool
	header  bool // it was a closing parenthesis: an if, or a call
}

// level is a bracket that is open.
type level struct {
	pending  int  // of the level around it
	template bool // it is ${
}

// next reads a token.
func (n *nesting) next() bool {
	n.skipSpace()
	if n.at = n.end; n.at >= len(n.source) {
		return false
	}
	switch c := n.source[n.at]; {
	case isWord(c):
		n.word()
	case c == '"' || c == '\'':
		n.begin()
		n.end = n.at + 1 + untilQuote(n.source[n.at+1:], c)
		n.operand, n.header = true, false
	case c == '`':
		n.end++
		n.template()
	case c == '(' || c == '[' || c == '{':
		n.push(false)
	case c == ')' || c == ']' || c == '}':
		n.pop(c)
	case c == ';':
		n.end++
		n.operand, n.header = true, false // whatever follows begins a statement, if it is not else
	case c == ',':
		n.end++
		n.pending, n.operand, n.header = 0, false, false
	case c == '/' && !n.operand:
		n.end = n.at + 1 + untilSlash(n.source[n.at+1:])
		n.operand, n.header = true, false
	default:
		n.operator()
	}
	return true
}

// begin is called where a word or a literal begins. Where an operand has ended this is
// another statement, and what was pending is not any more. After a parenthesis it may be
// what an if or a loop does.
func (n *nesting) begin() {
	if n.operand && !n.header {
		n.pending = 0
	}
}

func (n *nesting) word() {
	for n.end < len(n.source) && isWord(n.source[n.end]) {
		n.end++
	}
	switch n.source[n.at:n.end] {
	case "else", "catch", "finally", "in", "of", "instanceof":
		n.pending++
		n.operand = false
	case "if", "for", "while", "with", "do", "typeof", "void", "delete", "new", "await", "yield", "async", "extends":
		n.begin()
		n.pending++
		n.operand = false
	case "return", "throw", "case", "default":
		n.begin()
		n.operand = false
	default:
		n.begin()
		n.operand = true
	}
	n.header = false
}

func (n *nesting) operator() {
	for n.end++; n.end < len(n.source) && strings.IndexByte("=>*?&|.", n.source[n.end]) >= 0; n.end++ {
	}
	switch text := n.source[n.at:n.end]; {
	case !n.operand, strings.HasSuffix(text, "="), text == "=>", text == "?", text == ":", text == "**":
		n.pending++
	}
	n.operand, n.header = false, false
}

func (n *nesting) push(template bool) {
	n.end++
	n.open = append(n.open, level{n.pending, template})
	n.below += n.pending
	n.pending, n.operand, n.header = 0, false, false
}

func (n *nesting) pop(closing byte) {
	n.end++
	n.operand, n.header = true, closing == ')'
	if len(n.open) == 0 {
		return
	}
	last := n.open[len(n.open)-1]
	n.open = n.open[:len(n.open)-1]
	n.pending = last.pending
	n.below -= last.pending
	if last.template && closing == '}' {
		n.template()
	}
}

// template reads the text of a template, up to its end or to an expression in it.
func (n *nesting) template() {
	for n.end < len(n.source) {
		switch c := n.source[n.end]; {
		case c == '\\':
			n.end++
		case c == '`':
			n.end++
			n.operand, n.header = true, false
			return
		case c == '$' && strings.HasPrefix(n.source[n.end:], "${"):
			n.end++
			n.push(true)
			return
		}
		n.end++
	}
}

// skipSpace skips white space and comments.
func (n *nesting) skipSpace() {
	for n.end < len(n.source) {
		rest := n.source[n.end:]
		switch {
		case strings.IndexByte(" \t\r\n\v\f", rest[0]) >= 0:
			n.end++
		case strings.HasPrefix(rest, "//"):
			if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
				n.end += i
			} else {
				n.end = len(n.source)
			}
		case strings.HasPrefix(rest, "/*"):
			if i := strings.Index(rest[2:], "*/"); i >= 0 {
				n.end += i + 4
			} else {
				n.end = len(n.source)
			}
		default:
			return
		}
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '#' || c >= 0x80
}

// untilQuote returns how long a text is, with its closing quote. It ends with the line.
func untilQuote(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote, '\n':
			return i + 1
		}
	}
	return len(s)
}

// untilSlash returns how long a regular expression is, with its closing slash.
func untilSlash(s string) int {
	class := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '\n' || c == '/' && !class:
			return i + 1
		}
	}
	return len(s)
}
