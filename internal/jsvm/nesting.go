package jsvm

import (
	"strings"

	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// goja's parser is recursive, with up to 4.5 KB of stack for each level, and a stack
// overflow of Go ends the process. The nesting of parsed code is checked in the syntax
// tree, see rewrite. Only a long source can be nested so deep that parsing it overflows the
// stack; its tokens are checked before parsing.

// maxParsed is the maximum nesting of a source to parse.
const maxParsed = 5 * rewrite.MaxNesting

// slow is the weight of a level that goja parses in time quadratic in their number: of labels
// and arrow functions.
const slow = 5

// maxShort is the length up to which a source can only exceed the bounds if it repeats.
const maxShort = 10_000

// tooDeep returns the offset at which source exceeds maxParsed levels of nesting, or what the
// parser or the compiler may do, see maxWork and maxEmitted; ok is false if it does not.
func tooDeep(source string) (offset int, found bool) {
	if len(source) <= maxShort && !repeats(source) {
		return 0, false
	}
	n := nesting{source: source}
	limit, emitted := maxWork(source), maxEmitted(source)
	for n.next() {
		if len(n.open)+n.below+n.pending > maxParsed || n.work.sum() > limit || n.emitted > emitted {
			return n.at, true
		}
	}
	for len(n.open) > 0 {
		if n.pop(0); n.work.sum() > limit {
			return n.at, true
		}
	}
	return 0, false
}

// nesting scans the tokens of a source and counts the levels of the parser's recursion:
// brackets and, within them, pending constructs such as a unary operator, the left side of an
// assignment, or an if. The count need not be exact, as long as usual scripts, also generated
// ones, are far below the bound and everything that exceeds it is found.
type nesting struct {
	source string
	at     int // start of the current token
	end    int // end of the current token

	open    []level
	below   int  // sum of pending of all outer levels
	pending int  // of the current level
	work    work // of the current level
	emitted int  // see maxEmitted

	// The token before: an operand has ended, so that an operator follows, or not.
	operand bool
	header  bool // it was a closing parenthesis: an if, or a call
	ended   bool // it was the end of a block or of the head of an if: what follows begins a statement
	block   bool // a brace that follows opens a block
	head    bool // a parenthesis that follows is the head of an if or of a loop
}

// level is a bracket that is open.
type level struct {
	pending  int  // of the level around it
	work     work // of the level around it
	template bool // it is ${
	block    bool // it is that of a block
	head     bool // it is that of the head of an if or of a loop
}

// next reads a token.
func (n *nesting) next() bool {
	n.skipSpace()
	if n.at = n.end; n.at >= len(n.source) {
		return false
	}
	ended, block, head := n.ended, n.block || n.at == 0, n.head
	n.ended, n.block, n.head = false, false, false
	switch c := n.source[n.at]; {
	case isWord(c):
		n.word()
	case c == '"' || c == '\'':
		n.begin()
		n.end = n.at + 1 + untilQuote(n.source[n.at+1:], c)
		n.operand, n.header = true, false
		n.work.token(false)
	case c == '`':
		n.end++
		n.work.token(false)
		n.template()
	case c == '(' || c == '[' || c == '{':
		n.work.token(c == '(')
		n.push(level{block: c == '{' && block, head: c == '(' && head})
	case c == ')' || c == ']' || c == '}':
		n.pop(c)
	case c == ';':
		n.end++
		n.operand, n.header = true, false // whatever follows begins a statement, if it is not else
		n.ended, n.block = true, true
		n.work.end()
	case c == ',':
		n.end++
		n.pending, n.operand, n.header = 0, false, false
		n.work.end()
	case c == '/' && (!n.operand || ended):
		n.end = n.at + 1 + untilSlash(n.source[n.at+1:])
		pattern := n.source[n.at+1 : n.end]
		if rewrite.PatternTooDeep(pattern) {
			n.pending += maxParsed + 1
		}
		n.emitted += rewrite.PatternSize(pattern)
		n.operand, n.header = true, false
		n.work.token(false)
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
	if n.operand {
		n.work.end()
	}
}

func (n *nesting) word() {
	for n.end < len(n.source) && isWord(n.source[n.end]) {
		n.end++
	}
	word := n.source[n.at:n.end]
	if word == "return" || word == "break" || word == "continue" {
		n.emitted += len(n.open)
	}
	switch word {
	case "else", "catch", "finally", "in", "of", "instanceof":
		n.pending++
		n.operand = false
		n.block = word == "else" || word == "catch" || word == "finally"
	case "if", "for", "while", "with", "do", "typeof", "void", "delete", "new", "await", "yield", "async", "extends":
		n.begin()
		n.pending++
		n.operand = false
		n.block = word == "do"
		n.head = word == "if" || word == "for" || word == "while" || word == "with" || word == "await" // for await
	case "return", "throw", "case", "default":
		n.begin()
		n.operand = false
		n.work.end()
	default:
		n.begin()
		n.operand = true
		n.block = word == "try" || word == "static"
	}
	n.work.word(word, !n.operand)
	n.header = false
}

func (n *nesting) operator() {
	for n.end++; n.end < len(n.source) && strings.IndexByte("=>*?&|.", n.source[n.end]) >= 0; n.end++ {
	}
	text := n.source[n.at:n.end]
	if text[0] == '+' || text[0] == '-' {
		if strings.HasPrefix(n.source[n.end:], text) && len(text) == 1 { // ++ or --, of what is before it or after
			n.end++
			n.work.token(false)
			return
		}
	}
	n.work.operator(text)
	n.block = text == "=>" || text == ":" && len(n.open) > 0 && n.open[len(n.open)-1].block
	switch {
	case text == "=>", text == ":":
		n.pending += slow
	case !n.operand, strings.HasSuffix(text, "="), text == "?", text == "**":
		n.pending++
	}
	n.operand, n.header = false, false
}

func (n *nesting) push(l level) {
	n.end++
	l.pending, l.work = n.pending, n.work
	n.open = append(n.open, l)
	n.below += n.pending
	n.pending, n.operand, n.header = 0, false, false
	n.work, n.block = work{}, l.block
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
	n.work = last.work.with(n.work)
	n.ended = last.head || last.block
	n.block = n.ended || closing == ')'
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
			n.push(level{template: true})
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
